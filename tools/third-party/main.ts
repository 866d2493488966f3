/**
 * `npm run third-party -- [js] [quickjs] [c] [rust] [go] [python] [text] [system] [files] [served]`: builds with other toolchains than
 * Hotcell's and runs what they made, of all worlds or of one; `served` answers HTTP, and asks others by it. JavaScript needs nothing installed; C needs `clang` with `wasm-ld` ($CLANG) and wasi-libc ($WASI_SYSROOT), Rust `rustc`
 * ($RUSTC, $RUST_LINKER) with its targets wasm32-unknown-unknown and wasm32-wasi ($RUST_WASI_TARGET), and wasi-libc too;
 * for `served` it needs `cargo`, its target wasm32-wasip2 and crates.io, and Python `componentize-py` ($COMPONENTIZE_PY).
 * Go needs `go` ($GO).
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MissingToolchain, systemBuilds, textBuilds } from "./builds.ts";
import { checkSystem, checkText } from "./checks.ts";
import { filesBuilds } from "./files/files-builds.ts";
import { checkFiles } from "./files/files-checks.ts";
import { servedBuilds } from "./served/served-builds.ts";
import { checkServed } from "./served/served-checks.ts";

const worlds = [
  ["text", textBuilds, checkText],
  ["system", systemBuilds, checkSystem],
  ["files", filesBuilds, checkFiles],
  ["served", servedBuilds, checkServed],
] as const;
const asked = process.argv.slice(2);
const names = asked.filter((name) => !worlds.some(([world]) => world === name));
const folder = await mkdtemp(join(tmpdir(), "hotcell-third-party-"));
try {
  for (const name of names.length > 0 ? names : all()) {
    for (const [world, builds, check] of worlds) {
      const build = builds[name];
      if (!build || (asked.length > names.length && !asked.includes(world))) continue;
      const component = join(folder, `${name}-${world}.wasm`);
      try {
        await build(folder, component);
      } catch (error) {
        if (!(error instanceof MissingToolchain)) throw error;
        console.log(`${name} ${world}: not run, ${error.message}`);
        continue;
      }
      const measured = await check(component);
      const size = `${(await stat(component)).size} bytes`;
      console.log(`${name} ${world}: ${size}, built and run${measured ? `; ${measured}` : ""}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Every toolchain that some world is built by. */
function all(): string[] {
  return [...new Set(worlds.flatMap(([, builds]) => Object.keys(builds)))];
}
