/** Components of other toolchains than Hotcell's. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { componentEmbed, componentNew, preview1AdapterReactorPath } from "@bytecodealliance/jco";

const run = promisify(execFile);
const source = (name: string) => join(import.meta.dirname, name);

/** Writes a component; `folder` is for what comes before it. */
export type Build = (folder: string, component: string) => Promise<void>;

/** Toolchain that is not on this machine: what it makes is not run. */
export class MissingToolchain extends Error {}

/** The world of world.wit, which needs nothing but what it imports itself. */
export const textBuilds: Readonly<Record<string, Build>> = {
  async js(_, component) {
    const made = await (await componentizer())(await readFile(source("plugin.js"), "utf8"), {
      witWorld: await readFile(source("world.wit"), "utf8"),
      disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
    });
    await writeFile(component, made.component);
  },
  /** By an interpreter in Rust, whose standard library uses WASI 0.2 itself. */
  async quickjs(_, component) {
    const { componentize } = (await import(import.meta.resolve("componentize-qjs"))) as Quickjs;
    const made = await componentize({
      jsSource: await readFile(source("plugin.js"), "utf8"),
      witPath: source("world.wit"),
      // Its other runtime is for WASI 0.3.
      sync: true,
    });
    await writeFile(component, made.component);
  },
  async c(folder, component) {
    const core = join(folder, "c.core.wasm");
    const options = ["--target=wasm32", "-O2", "-nostdlib", "-Wl,--no-entry"];
    await needed(clang, [...options, source("plugin.c"), "-o", core]);
    await componentOf(core, component, source("world.wit"), "third-party");
  },
  async rust(folder, component) {
    const core = join(folder, "rust.core.wasm");
    await rust("wasm32-unknown-unknown", [source("plugin.rs"), "-o", core]);
    await componentOf(core, component, source("world.wit"), "third-party");
  },
};

const system = { wit: source("system.wit"), name: "system" };

/** The worlds of system.wit, by the standard libraries of the languages. */
export const systemBuilds: Readonly<Record<string, Build>> = {
  /** With everything that the toolchain adds by itself. */
  async js(_, component) {
    const made = await (await componentizer())(await readFile(source("system.js"), "utf8"), {
      witWorld: await readFile(source("system.wit"), "utf8"),
      worldName: "standard",
    });
    await writeFile(component, made.component);
  },
  c: (folder, component) => cReactor(source("system.c"), system, folder, component),
  rust: (folder, component) => rustReactor(source("system.rs"), system, folder, component),
  async go(folder, component) {
    const core = join(folder, "go.core.wasm");
    const options = ["-buildmode=c-shared", "-ldflags=-s -w", "-o", core, source("system.go")];
    const env = { ...process.env, GOOS: "wasip1", GOARCH: "wasm" };
    await needed(process.env.GO ?? "go", ["build", ...options], { env });
    await componentOf(core, component, system.wit, "numbers");
  },
};

/** World of a file of WIT, which a component is made for. */
interface BuiltWorld {
  readonly wit: string;
  readonly name: string;
}

/** C against wasi-libc. */
export async function cReactor(code: string, { wit, name }: BuiltWorld, folder: string, component: string) {
  const core = join(folder, "c.core.wasm");
  const options = ["--target=wasm32-wasi", "-O2", "-mexec-model=reactor", `--sysroot=${sysroot}`];
  await needed(clang, [...options, code, "-o", core]);
  await componentOf(core, component, wit, name);
}

/** Rust against its standard library. */
export async function rustReactor(
  code: string,
  { wit, name }: BuiltWorld,
  folder: string,
  component: string,
) {
  const core = join(folder, "rust.core.wasm");
  // Without the start-up code of a reactor every export runs the constructors, realloc in the middle of a call too.
  const reactor = `-Clink-arg=${join(sysroot, "lib", "wasm32-wasi", "crt1-reactor.o")}`;
  const options = ["-Cstrip=symbols", reactor, "-Clink-arg=--export=_initialize"];
  await rust(process.env.RUST_WASI_TARGET ?? "wasm32-wasi", [...options, code, "-o", core]);
  await componentOf(core, component, wit, name);
}

const clang = process.env.CLANG ?? "clang";
const sysroot = process.env.WASI_SYSROOT ?? "/usr";

async function rust(target: string, more: readonly string[]): Promise<void> {
  const linker = process.env.RUST_LINKER ? [`-Clinker=${process.env.RUST_LINKER}`] : [];
  const options = ["--edition=2021", `--target=${target}`, "--crate-type=cdylib", "-O", "-Cpanic=abort"];
  const rustc = process.env.RUSTC ?? "rustc";
  await neededTarget(rustc, target);
  await needed(rustc, [...options, ...linker, ...more]);
}

/** `preview1` modules become components by the adapter that the toolchains use. */
async function componentOf(core: string, component: string, wit: string, world: string): Promise<void> {
  const embedded = await componentEmbed({
    binary: await readFile(core),
    witSource: await readFile(wit, "utf8"),
    world,
    stringEncoding: "utf8",
    dummy: false,
  });
  const adapter = await readFile(preview1AdapterReactorPath());
  await writeFile(component, await componentNew(embedded, [["wasi_snapshot_preview1", adapter]]));
}

interface Quickjs {
  componentize(options: object): Promise<{ component: Uint8Array }>;
}

type Componentize = (source: string, options: object) => Promise<{ component: Uint8Array }>;

/** componentize-js comes with jco and uses, but does not declare, another package that jco has. */
export async function componentizer(): Promise<Componentize> {
  const jco = import.meta.resolve("@bytecodealliance/jco");
  registerHooks({
    resolve: (name, context, next) =>
      next(
        name,
        name.startsWith("@bytecodealliance/preview2-shim") ? { ...context, parentURL: jco } : context,
      ),
  });
  const { componentize } = (await import(import.meta.resolve("@bytecodealliance/componentize-js"))) as {
    componentize: Componentize;
  };
  return componentize;
}

/** Throws `MissingToolchain` where there is no such program. */
export async function needed(program: string, args: readonly string[], options: object = {}) {
  try {
    return await run(program, args, { encoding: "utf8", ...options });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    throw new MissingToolchain(`there is no ${program}`);
  }
}

/** Throws `MissingToolchain` where a Rust compiler has no standard library for a target. */
export async function neededTarget(rustc: string, target: string): Promise<void> {
  // Newer compilers do not know the names of older targets.
  const known = (await needed(rustc, ["--print", "target-list"])).stdout.split("\n").includes(target);
  const folder =
    known && (await needed(rustc, ["--print", "target-libdir", "--target", target])).stdout.trim();
  if (!folder || !existsSync(folder)) throw new MissingToolchain(`${rustc} has no target ${target}`);
}
