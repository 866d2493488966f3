/** Runs cases in a few kept worker processes. */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { CorpusCase } from "./cases.ts";
import type { Outcome } from "./worker.ts";

export type CaseReport = CorpusCase & Outcome & { readonly milliseconds: number };

export interface RunOptions {
  readonly workers?: number;
  /** Milliseconds that one case may take. */
  readonly timeout?: number;
  readonly onReport?: (report: CaseReport) => void;
}

const workerFile = fileURLToPath(new URL("worker.ts", import.meta.url));

/** The report of each case, in the order of the cases. */
export async function runCases(
  cases: readonly CorpusCase[],
  { workers = availableParallelism(), timeout = 60_000, onReport }: RunOptions = {},
): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  let next = 0;
  const work = async () => {
    let child: ChildProcess | undefined;
    while (next < cases.length) {
      const index = next++;
      const current = cases[index]!;
      child ??= await start();
      const before = performance.now();
      const outcome = await runOne(child, current, timeout);
      if (child.exitCode !== null || child.killed) child = undefined;
      const report = { ...current, ...outcome, milliseconds: Math.round(performance.now() - before) };
      reports[index] = report;
      onReport?.(report);
    }
    child?.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, cases.length) }, work));
  return reports;
}

async function start(): Promise<ChildProcess> {
  const child = fork(workerFile, { execArgv: [] });
  const failed = Promise.withResolvers<never>();
  child.once("exit", (code) => failed.reject(new Error(`A corpus worker exited with ${code} at its start.`)));
  await Promise.race([new Promise((ready) => child.once("message", ready)), failed.promise]);
  child.removeAllListeners("exit");
  return child;
}

/** The outcome; the child is killed when the time is up. */
function runOne(child: ChildProcess, work: CorpusCase, timeout: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      child.removeListener("message", finish);
      child.removeListener("exit", exited);
      resolve(outcome);
    };
    const exited = (code: number | null) =>
      finish({ status: "fail", detail: `the build exited with ${code}` });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      finish({ status: "fail", detail: `not built within ${timeout / 1000} s` });
    }, timeout);
    child.on("message", finish);
    child.on("exit", exited);
    child.send(work);
  });
}
