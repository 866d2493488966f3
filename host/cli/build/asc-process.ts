/**
 * The process in which asc runs: `asc-process.ts ASC_MODULE OCCASION`, then one job a message. Kept between jobs, because a
 * compiler that is warm takes a quarter of the time of one that starts.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { APIOptions, APIResult } from "assemblyscript/asc";
import { harmlessLines } from "../../text/harmless.ts";

export interface AscJob {
  /** Arguments as asc's command line would have them. */
  readonly args: readonly string[];
  /** Diagnostics come with the answer, and not on standard error. */
  readonly captures: boolean;
}

export interface AscAnswer {
  /** True where asc succeeded. */
  readonly built: boolean;
  /** Diagnostics of asc, where they are captured. */
  readonly said: string;
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

process.on("message", async ({ args, captures }: AscJob) => {
  let said = "";
  const kept = {
    write(chunk: string | Uint8Array) {
      said += Buffer.from(chunk).toString();
      return true;
    },
  };
  const outputs = captures ? { stdout: kept, stderr: kept } : process;
  const built = await build(args, outputs);
  const answer: AscAnswer = { built, said, memory: process.memoryUsage.rss() };
  process.send?.(answer);
});

async function build(
  args: readonly string[],
  { stdout, stderr }: Required<Pick<APIOptions, "stdout" | "stderr">>,
): Promise<boolean> {
  try {
    const { error } = await asc.main([...args], {
      stdout,
      stderr,
      async writeFile(name, contents, baseDir) {
        const folder = resolve(baseDir, dirname(name));
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, basename(name)), contents);
      },
    });
    return error === null;
  } catch (error) {
    // A configuration that is not JSON, or extends what is not there.
    stderr.write(`${harmlessLines(error instanceof Error ? error.message : String(error))}\n`);
    return false;
  }
}
