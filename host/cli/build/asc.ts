import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { basename, delimiter, dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildTools, toolMissing } from "../../../guest-plugins/toolchain/build-tools.ts";
import type { AscAnswer, AscJob } from "./asc-process.ts";

/** Bytes of memory at which the process is replaced after a job: asc gives back only most of what it takes. */
const enoughMemory = 1.5e9;

export interface AscRun {
  readonly built: boolean;
  /** Diagnostics, where they are captured. */
  readonly said: string;
  /** The start of a process included. */
  readonly milliseconds: number;
}

/** Occasion of building: a command that ends when that is done, or one that builds whenever something changes. */
type Occasion = "once" | "watching";

interface AscOptions {
  readonly occasion?: Occasion;
  readonly captures?: boolean;
}

/** The plugin's own asc, else the one installed with Hotcell, in a child process that is kept between builds. */
export class Asc {
  readonly #module: string;
  readonly #occasion: Occasion;
  readonly #captures: boolean;
  #child: ChildProcess | undefined;

  /**
   * With `captures` diagnostics come with each run, else they go to standard error. Throws `tool-missing` when there is no asc for the
   * plugin in `folder`.
   */
  constructor(folder: string, { occasion = "once", captures = false }: AscOptions = {}) {
    this.#module = findAsc(folder);
    this.#occasion = occasion;
    this.#captures = captures;
  }

  /** Runs asc with arguments as its command line would have them. An asc that crashes counts as not built. One at a time. */
  async run(args: readonly string[]): Promise<AscRun> {
    const start = performance.now();
    const child = this.#child ?? this.#start();
    const answer = await new Promise<AscAnswer>((resolve) => {
      const failed = () => resolve({ built: false, said: "", memory: 0 });
      child.once("exit", failed).once("error", failed);
      child.once("message", (message: AscAnswer) => {
        child.off("exit", failed).off("error", failed);
        resolve(message);
      });
      const job: AscJob = { args, captures: this.#captures };
      child.send(job, () => {});
    });
    if (answer.memory > enoughMemory) this.close();
    return { built: answer.built, said: answer.said, milliseconds: performance.now() - start };
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcess {
    // As TypeScript in a checkout, as JavaScript in the npm package.
    const entry = new URL(`./asc-process${extname(import.meta.url)}`, import.meta.url);
    const { HOTCELL_TOKEN: _, ...environment } = process.env;
    const child = fork(entry, [this.#module, this.#occasion], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: [],
      // Makes "hotcell/asc" resolve also for a plugin that has not installed anything yet.
      env: { ...environment, NODE_PATH: [...hotcellParents(), environment.NODE_PATH ?? ""].join(delimiter) },
    });
    child.on("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }
}

function findAsc(folder: string): string {
  for (const from of [pathToFileURL(join(folder, "package.json")).href, import.meta.url]) {
    const manifest = findPackage("assemblyscript", from);
    if (manifest !== undefined) return pathToFileURL(join(dirname(manifest), "dist/asc.js")).href;
  }
  throw toolMissing("assemblyscript");
}

/** True where all that building takes is there for a plugin in `folder`. */
export function hasTools(folder: string): boolean {
  const places = [pathToFileURL(join(folder, "package.json")).href, import.meta.url];
  return Object.keys(buildTools).every((name) =>
    places.some((place) => findPackage(name, place) !== undefined),
  );
}

/** The package's `package.json`; undefined when it is not installed where `from` would look for it. */
export function findPackage(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, from);
  } catch {
    return undefined;
  }
}

/** The folders in which this very package is found as `hotcell`. */
function hotcellParents(): string[] {
  const own = findPackageJSON(import.meta.url);
  if (own === undefined) return [];
  const folder = dirname(own);
  const candidates = [
    join(folder, "node_modules"),
    ...(basename(folder) === "hotcell" ? [dirname(folder)] : []),
  ];
  return candidates.filter((candidate) => existsSync(join(candidate, "hotcell/package.json")));
}

/** Path of the shared configuration, for a plugin that has none of its own. */
export function sharedConfiguration(): string {
  const own = findPackageJSON(import.meta.url);
  if (own === undefined) throw new Error("Hotcell's own package.json is missing");
  return join(dirname(own), "asconfig.json");
}
