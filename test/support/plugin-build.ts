import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { transpile } from "@bytecodealliance/jco";
import asc from "assemblyscript/asc";
import { toolchainInputs } from "../../guest-plugins/build.ts";

const transform = fileURLToPath(new URL("../../guest-plugins/toolchain/transform.ts", import.meta.url));

export interface PluginSource {
  /** Path below the plugin's folder → text: `wit/world.wit`, `assembly/index.ts`, … */
  readonly files: Readonly<Record<string, string>>;
  /** Options of asc. */
  readonly options?: readonly string[];
  /** Of an earlier build; by default a new one. */
  readonly folder?: string;
}

export interface Build {
  /** What asc printed. */
  readonly output: string;
  /** The plugin's folder: asc's other outputs lie there. */
  readonly folder: string;
  /** Absent when the build failed. */
  readonly component?: Uint8Array;
}

/** Builds a plugin as an author would: one asc command on its entry file. */
export async function build({ files, options = [], folder: given }: PluginSource): Promise<Build> {
  const folder = given ?? (await temporaryFolder());
  await writeFiles(folder, files);
  let colored = "";
  const stream = {
    write(chunk: string | Uint8Array) {
      colored += chunk;
    },
  };
  const { error } = await asc.main(
    ["assembly/index.ts", "--baseDir", folder, "--transform", transform, "-o", "plugin.wasm", ...options],
    { stdout: stream, stderr: stream },
  );
  // Where the variable CI is set, asc writes colors whatever it writes to.
  const output = stripVTControlCharacters(colored);
  if (error) return { output, folder };
  return { output, folder, component: new Uint8Array(await readFile(join(folder, "plugin.wasm"))) };
}

/** Like `build`, for plugins that have to build. What was built of the same before, by the same toolchain, is not built again. */
export async function buildComponent(source: PluginSource): Promise<Uint8Array> {
  if (source.folder !== undefined) return builtAnew(source);
  const name = createHash("sha256").update(JSON.stringify([source.files, source.options]));
  guests ??= guestFolder();
  const file = join(await guests, `${name.digest("hex")}.wasm`);
  const earlier = await readFile(file).catch(() => undefined);
  if (earlier) return new Uint8Array(earlier);
  const component = await builtAnew(source);
  // Another worker may be at the same.
  const made = `${file}.${process.pid}`;
  await writeFile(made, component);
  await rename(made, file);
  return component;
}

async function builtAnew(source: PluginSource): Promise<Uint8Array> {
  const { component, output } = await build(source);
  if (!component) throw new Error(output);
  return component;
}

let guests: Promise<string> | undefined;

/** The folder of what this toolchain built; what another did is removed. */
async function guestFolder(): Promise<string> {
  const all = fileURLToPath(new URL("../../build/guests/", import.meta.url));
  const own = await toolchainInputs();
  await mkdir(join(all, own), { recursive: true });
  const others = (await readdir(all)).filter((name) => name !== own);
  await Promise.all(others.map((name) => rm(join(all, name), { recursive: true, force: true })));
  return join(all, own);
}

type Exports = Record<string, unknown>;
type Function = (...args: unknown[]) => unknown;

export interface Running {
  /** An exported function; `interface` as the component names it. */
  call(name: string, ...args: unknown[]): unknown;
  callIn(interfaceId: string, name: string, ...args: unknown[]): unknown;
  /** Bytes of the plugin's memory. */
  memorySize(): number;
}

/** Instantiates a component by the reference implementation. `imports`: import name → functions. */
export async function run(component: Uint8Array, imports: Record<string, unknown> = {}): Promise<Running> {
  const folder = await temporaryFolder();
  const { files } = await transpile(component, { name: "plugin", instantiation: "sync", noTypescript: true });
  const contents = Object.entries(files) as [string, Uint8Array][];
  await writeFiles(folder, Object.fromEntries(contents));
  const modules = new Map(contents.filter(([name]) => name.endsWith(".wasm")));
  const glue = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "plugin.js")).href)) as {
    instantiate(
      getModule: (path: string) => WebAssembly.Module,
      imports: unknown,
      instantiateCore: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
    ): Exports;
  };
  let memory: WebAssembly.Memory | undefined;
  const exports = glue.instantiate(
    (path) => new WebAssembly.Module(modules.get(path)!),
    imports,
    (module, coreImports) => {
      const instance = new WebAssembly.Instance(module, coreImports);
      if (instance.exports.memory) memory = instance.exports.memory as WebAssembly.Memory;
      return instance;
    },
  );
  return {
    call: (name, ...args) => (exports[name] as Function)(...args),
    callIn: (interfaceId, name, ...args) =>
      (exports[interfaceId] as Record<string, Function>)[name]!(...args),
    memorySize: () => memory!.buffer.byteLength,
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-toolchain-"));
  cleanups.push(folder);
  return folder;
}

const cleanups: string[] = [];

/** For `afterAll`: removes what the tests of a file wrote. */
export async function removeTemporaryFolders(): Promise<void> {
  await Promise.all(cleanups.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
