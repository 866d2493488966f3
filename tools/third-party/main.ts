/**
 * `npm run third-party -- [js] [quickjs] [c] [rust] [text] [system]`: builds with other toolchains than Hotcell's and
 * runs what they made, of both worlds or of one. JavaScript needs nothing installed; C needs `clang` with `wasm-ld` ($CLANG) and wasi-libc ($WASI_SYSROOT), Rust `rustc`
 * ($RUSTC, $RUST_LINKER) with its targets wasm32-unknown-unknown and wasm32-wasi ($RUST_WASI_TARGET), and wasi-libc too.
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemBuilds, textBuilds } from "./builds.ts";
import { checkSystem, checkText } from "./checks.ts";

const worlds = [
  ["text", textBuilds, checkText],
  ["system", systemBuilds, checkSystem],
] as const;
const asked = process.argv.slice(2);
const names = asked.filter((name) => !worlds.some(([world]) => world === name));
const folder = await mkdtemp(join(tmpdir(), "hotcell-third-party-"));
try {
  for (const name of names.length > 0 ? names : ["js", "quickjs"]) {
    for (const [world, builds, check] of worlds) {
      const build = builds[name];
      if (!build || (asked.length > names.length && !asked.includes(world))) continue;
      const component = join(folder, `${name}-${world}.wasm`);
      await build(folder, component);
      await check(component);
      console.log(`${name} ${world}: ${(await stat(component)).size} bytes, built and run`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
