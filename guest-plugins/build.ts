/**
 * Builds the example plugins, `guest-plugins/NAME` → `build/NAME.wasm`, with asc as any author would. A plugin is
 * rebuilt only when its own files, the shared configuration or the toolchain changed since its last build.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

export interface BuiltPlugin {
  /** The folder's name. */
  readonly name: string;
  readonly file: string;
  /** False when the last build was still current. */
  readonly built: boolean;
  readonly milliseconds: number;
}

export interface BuildOptions {
  /** Told how many are to be built, before the first one is: it may take half a minute. */
  begin?(count: number): void;
}

/** Example plugin, and whether its last build is still current. */
interface Example {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  /** File that says from which inputs the build was made. */
  readonly stamp: string;
  readonly inputs: string;
  readonly current: boolean;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const pluginsFolder = join(root, "guest-plugins");
const buildFolder = join(root, "build");

/** Names of the example plugins: the folders here with an `assembly/index.ts`. */
export async function examplePlugins(): Promise<string[]> {
  const entries = await readdir(pluginsFolder, { withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isDirectory() && existsSync(join(pluginsFolder, entry.name, "assembly/index.ts")),
    )
    .map((entry) => entry.name)
    .sort();
}

/** Builds what is not current. Throws an Error with asc's own output when a build fails. */
export async function buildPlugins(options: BuildOptions = {}): Promise<BuiltPlugin[]> {
  await mkdir(buildFolder, { recursive: true });
  const shared = await toolchainInputs();
  const examples = await Promise.all((await examplePlugins()).map((name) => exampleOf(name, shared)));
  const waiting = examples.filter(({ current }) => !current);
  const built = examples
    .filter(({ current }) => current)
    .map(({ name, file }): BuiltPlugin => ({ name, file, built: false, milliseconds: 0 }));
  if (waiting.length > 0) options.begin?.(waiting.length);
  const work = async () => {
    await using asc = new AscThread();
    for (let example = waiting.shift(); example; example = waiting.shift())
      built.push(await buildExample(example, asc));
  };
  await Promise.all(Array.from({ length: Math.min(waiting.length, availableParallelism()) }, work));
  return built.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function exampleOf(name: string, shared: string): Promise<Example> {
  const folder = join(pluginsFolder, name);
  const file = join(buildFolder, `${name}.wasm`);
  const stamp = join(buildFolder, `${name}.inputs`);
  const inputs = digest([shared, ...(await contents(folder))]);
  const current = existsSync(file) && existsSync(stamp) && (await readFile(stamp, "utf8")) === inputs;
  return { name, folder, file, stamp, inputs, current };
}

async function buildExample(
  { name, folder, file, stamp, inputs }: Example,
  asc: AscThread,
): Promise<BuiltPlugin> {
  const start = performance.now();
  // Without a stamp a build that is interrupted is no build.
  await rm(stamp, { force: true });
  await asc.build(folder, file);
  await writeFile(stamp, inputs);
  return { name, file, built: true, milliseconds: Math.round(performance.now() - start) };
}

/** Builds one plugin's folder, as `asc` on its entry file and configuration. Throws an Error with asc's own output. */
export async function buildPlugin(folder: string, file: string): Promise<void> {
  await using asc = new AscThread();
  await asc.build(folder, file);
}

class AscThread implements AsyncDisposable {
  readonly #worker = new Worker(new URL("./asc-thread.ts", import.meta.url));

  /** One at a time. */
  async build(folder: string, file: string): Promise<void> {
    const source = relative(root, join(folder, "assembly/index.ts"));
    const config = relative(root, join(folder, "asconfig.json"));
    const args = [source, "--baseDir", root, "--config", config, "-o", relative(root, file)];
    this.#worker.postMessage(args);
    const [output] = (await once(this.#worker, "message")) as [string | undefined];
    if (output !== undefined) throw new Error(`asc ${args.join(" ")} failed:\n${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Digest of what every build depends on: the transform and what it imports, the shared configuration, the versions of the tools. */
export async function toolchainInputs(): Promise<string> {
  const folders = [
    "guest-plugins/toolchain",
    "guest-plugins/assembly",
    "host/wit",
    "host/wasm",
    "host/component",
    "host/text",
  ];
  const trees = await Promise.all(folders.map((folder) => contents(join(root, folder))));
  const files = ["asconfig.json", "package-lock.json", "host/errors.ts"];
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  return digest([...trees.flat(), ...texts]);
}

/** Paths and contents of all files below a folder, in a fixed order. */
async function contents(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // What a build writes is none of its inputs.
    .filter((file) => !relative(folder, file).startsWith("build"))
    .sort();
  return Promise.all(files.map(async (file) => `${relative(folder, file)}\n${await readFile(file, "utf8")}`));
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const begin = (count: number) =>
      console.log(`Building ${count} example plugin${count === 1 ? "" : "s"} …`);
    for (const { name, file, built, milliseconds } of await buildPlugins({ begin })) {
      console.log(built ? `built ${relative(root, file)} in ${milliseconds} ms` : `${name} is up to date`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
