import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { transpile } from "@bytecodealliance/jco";
import asc from "assemblyscript/asc";

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

/** Like `build`, for plugins that have to build. */
export async function buildComponent(source: PluginSource): Promise<Uint8Array> {
  const { component, output } = await build(source);
  if (!component) throw new Error(output);
  return component;
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
