/**
 * `npm run third-party -- [js] [c] [rust]`: builds the same world with other toolchains than Hotcell's and runs what
 * they made. JavaScript needs nothing installed; C needs `clang` and `wasm-ld` ($CLANG), Rust `rustc` ($RUSTC,
 * $RUST_LINKER) with its target wasm32-unknown-unknown.
 */
import { deepStrictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { componentEmbed, componentNew } from "@bytecodealliance/jco";
import { ComponentError } from "../../host/errors.ts";
import { open } from "../../host/open.ts";

const run = promisify(execFile);
const source = (name: string) => join(import.meta.dirname, name);
// componentize-js comes with jco and uses, but does not declare, another package that jco has.
const jco = import.meta.resolve("@bytecodealliance/jco");
registerHooks({
  resolve: (name, context, next) =>
    next(name, name.startsWith("@bytecodealliance/preview2-shim") ? { ...context, parentURL: jco } : context),
});
const componentizer = import.meta.resolve("@bytecodealliance/componentize-js");
const { componentize } = (await import(componentizer)) as {
  componentize(source: string, options: object): Promise<{ component: Uint8Array }>;
};

type Build = (folder: string, component: string) => Promise<void>;

const builds: Record<string, Build> = {
  async js(_, component) {
    const made = await componentize(await readFile(source("plugin.js"), "utf8"), {
      witWorld: await readFile(source("world.wit"), "utf8"),
      disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
    });
    await writeFile(component, made.component);
  },
  async c(folder, component) {
    const core = join(folder, "c.core.wasm");
    const options = ["--target=wasm32", "-O2", "-nostdlib", "-Wl,--no-entry"];
    await run(process.env.CLANG ?? "clang", [...options, source("plugin.c"), "-o", core]);
    await componentOf(core, component);
  },
  async rust(folder, component) {
    const core = join(folder, "rust.core.wasm");
    const options = ["--edition=2021", "--target=wasm32-unknown-unknown", "--crate-type=cdylib", "-O"];
    const linker = process.env.RUST_LINKER ? [`-Clinker=${process.env.RUST_LINKER}`] : [];
    const files = [source("plugin.rs"), "-o", core];
    await run(process.env.RUSTC ?? "rustc", [...options, "-Cpanic=abort", ...linker, ...files]);
    await componentOf(core, component);
  },
};

async function componentOf(core: string, component: string): Promise<void> {
  const embedded = await componentEmbed({
    binary: await readFile(core),
    witSource: await readFile(source("world.wit"), "utf8"),
    stringEncoding: "utf8",
    dummy: false,
  });
  await writeFile(component, await componentNew(embedded, []));
}

/** Throws unless the component does what its sources say. */
async function check(component: string): Promise<void> {
  const lines: string[] = [];
  const imports = { "demo:text/journal": { write: (line: string) => lines.push(line) } };
  await using plugin = await open(await readFile(component), { imports });
  const greet = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");
  deepStrictEqual(
    ["Ada", "", "💡 é"].map((name) => greet(name)),
    ["Hello, Ada!", "Hello, !", "Hello, 💡 é!"],
  );
  deepStrictEqual(lines, ["greeting Ada", "greeting ", "greeting 💡 é"]);

  const words = plugin.lookup("words").as<(text: string) => string[]>("func(text: string) -> list<string>");
  deepStrictEqual(words("  the quick  fox "), ["the", "quick", "fox"]);

  const points = "list<record { x: f64, y: f64 }>";
  const area = plugin
    .lookup("demo:text/shapes#area")
    .as<(of: { tag: string; val?: unknown }) => number>(
      `func(of: variant { circle(f64), polygon(${points}), nothing }) -> result<f64, string>`,
    );
  const triangle = [0, 2, 2].map((x, i) => ({ x, y: i === 2 ? 3 : 0 }));
  deepStrictEqual(area({ tag: "polygon", val: triangle }), 3);
  deepStrictEqual(area({ tag: "circle", val: 2 }), Math.PI * 4);
  try {
    area({ tag: "nothing" });
  } catch (thrown) {
    if (thrown instanceof ComponentError && thrown.payload === "no shape, no area") return;
    throw thrown;
  }
  throw new Error("an area of nothing");
}

const asked = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "hotcell-third-party-"));
for (const name of asked.length > 0 ? asked : ["js"]) {
  const component = join(folder, `${name}.wasm`);
  await builds[name]!(folder, component);
  await check(component);
  console.log(`${name}: ${(await readFile(component)).length} bytes, built and run`);
}
await rm(folder, { recursive: true });
