/**
 * The process in which asc runs: `asc-process.ts ASC_MODULE OCCASION`, then one job a message. Kept between jobs, because a
 * compiler that is warm takes a quarter of the time of one that starts.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { APIOptions, APIResult } from "assemblyscript/asc";
import { printError } from "../terminal.ts";

export interface AscJob {
  /** Arguments as asc's command line would have them. */
  readonly args: readonly string[];
}

export interface AscAnswer {
  /** True where asc succeeded. Its diagnostics went to standard error. */
  readonly built: boolean;
  /** Bytes of memory that this process holds now. */
  readonly memory: number;
}

interface Asc {
  main(args: string[], options: APIOptions): Promise<APIResult>;
}

const [, , module = "", occasion] = process.argv;
// V8 optimizes asc's optimizer, which is WebAssembly, as it runs. For one build that takes longer than it saves: a second of two
// for a small plugin, one of five for a large one.
if (occasion === "once") setFlagsFromString("--wasm-tiering-budget=2000000000");

const asc = (await import(module)) as Asc;

process.on("message", async ({ args }: AscJob) => {
  const answer: AscAnswer = { built: await build(args), memory: process.memoryUsage.rss() };
  process.send?.(answer);
});

async function build(args: readonly string[]): Promise<boolean> {
  try {
    const { error } = await asc.main([...args], {
      stdout: process.stdout,
      stderr: process.stderr,
      async writeFile(name, contents, baseDir) {
        const folder = resolve(baseDir, dirname(name));
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, basename(name)), contents);
      },
    });
    return error === null;
  } catch (error) {
    // A configuration that is not JSON, or extends what is not there.
    printError(error instanceof Error ? error.message : String(error));
    return false;
  }
}
