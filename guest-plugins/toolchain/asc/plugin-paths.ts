/**
 * Names of the author's files. asc names files from its `--baseDir`, and these names get into the component: in
 * messages of `abort`, names of functions and source maps. There they are named from the plugin's folder instead, so
 * that the component is the same wherever it was built; and in what asc prints from where it is run, where its readers
 * are.
 */
import { resolve } from "node:path";
import type { Program, Source } from "assemblyscript";
import { pathFrom, shownPath, slashed } from "../../../host/text/paths.ts";
import { syntaxNodes } from "./syntax.ts";

export class PluginPaths {
  readonly #program: Program;
  readonly #baseDir: string;
  readonly #folder: string;
  /** Sources that transforms made, for texts they parsed as if they stood in one of the program's. */
  readonly #strays = new Set<Source>();
  /** Sources that are printed under another name → their `normalizedPath` when nothing is printed. */
  readonly #names = new Map<Source, string>();
  #isRenamed = false;

  /** `baseDir`: asc's; `folder`: the plugin's, in which its `wit` is. */
  constructor(program: Program, baseDir: string, folder: string) {
    this.#program = program;
    this.#baseDir = baseDir;
    this.#folder = folder;
  }

  /**
   * Names all files from the plugin's folder: after parsing, before asc initializes the program. `others`: sources that
   * need not be the program's any more.
   */
  rename(others: readonly Source[]): void {
    const authored = this.#program.sources.filter(isAuthored);
    const before = new Set(authored.map((source) => source.internalPath));
    if ([...before].every((path) => this.inComponent(path) === path)) return;
    for (const source of authored) {
      for (const { range } of syntaxNodes(source.statements)) {
        if (range.source !== source && before.has(range.source.internalPath)) this.#strays.add(range.source);
      }
    }
    for (const source of new Set([...authored, ...this.#strays, ...others])) {
      source.normalizedPath = this.inComponent(source.normalizedPath);
      source.internalPath = this.inComponent(source.internalPath);
    }
    for (const { statements } of this.#program.sources) {
      for (const statement of statements as { internalPath?: string | null }[]) {
        // Of an import, or an export from elsewhere: the file it is about.
        if (statement.internalPath) statement.internalPath = this.inComponent(statement.internalPath);
      }
    }
    this.#isRenamed = true;
  }

  /** Runs something that prints names of files. */
  printing<T>(work: () => T): T {
    this.beginPrinting();
    try {
      return work();
    } finally {
      this.endPrinting();
    }
  }

  beginPrinting(): void {
    const from = this.#isRenamed ? this.#folder : this.#baseDir;
    for (const source of [...this.#program.sources, ...this.#strays]) {
      if (!isAuthored(source) || this.#names.has(source)) continue;
      this.#names.set(source, source.normalizedPath);
      source.normalizedPath = this.#printed(resolve(from, source.normalizedPath));
    }
  }

  endPrinting(): void {
    for (const [source, name] of this.#names) source.normalizedPath = name;
    this.#names.clear();
  }

  /** From where asc is run, else as asc has it. */
  #printed(path: string): string {
    const short = shownPath(path);
    return short === path ? pathFrom(resolve(this.#baseDir), path) : slashed(short);
  }

  /** Name in the component of the file that asc calls `path`. */
  inComponent(path: string): string {
    return isLibrary(path) ? path : pathFrom(this.#folder, resolve(this.#baseDir, path));
  }
}

function isAuthored({ internalPath }: Source): boolean {
  return !isLibrary(internalPath);
}

function isLibrary(path: string): boolean {
  return path.startsWith("~lib/");
}
