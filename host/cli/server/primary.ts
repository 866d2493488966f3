/** Process that has workers and no host of its own: it starts them, follows signals, and is asked by `hotcell reload`. */

import { closeSync, openSync } from "node:fs";
import { workerBounds } from "../../bounds/worker-bounds.ts";
import { print, printError, printJsonLine } from "../terminal.ts";
import { type ReloadAnswer, ReloadSocket } from "./reload-socket.ts";
import { stopSignal } from "./stop-signal.ts";
import { WorkerEnded, Workers } from "./workers.ts";

interface PrimaryOptions {
  readonly data: string;
  readonly workers: number;
  /** Milliseconds that a worker may wait for another host to leave the folder. */
  readonly waitForData: number | undefined;
  /** Lines for programs. */
  readonly json: boolean;
}

/** Resolves to the exit code, when all workers have ended. */
export async function runPrimary({
  data,
  workers: count,
  waitForData = 0,
  json,
}: PrimaryOptions): Promise<number> {
  const stopped = stopSignal().then(() => "stopped" as const);
  const workers = new Workers(count, (line) => printError(line), {
    begin: workerBounds.beginTime.value + waitForData,
  });
  const toldOfStop = (): ReloadAnswer => {
    const failed = "the host is being stopped";
    printError(`Not reloaded: ${failed}.`);
    return { primary: process.pid, workers: [], failed };
  };
  const reload = async (): Promise<ReloadAnswer> => {
    const answer = { primary: process.pid };
    try {
      const pids = await workers.replaceAll();
      // What has begun ends with those before.
      if (workers.stopped) return toldOfStop();
      printError(`Reloaded: the workers are processes ${pids.join(", ")} now.`);
      return { ...answer, workers: pids };
    } catch (error) {
      if (workers.stopped) return toldOfStop();
      const failed = error instanceof Error ? error.message : String(error);
      printError(`Not reloaded: ${failed}. Those before go on.`);
      return { ...answer, workers: workers.pids, failed };
    }
  };
  const begun = workers.begin();
  const first = await Promise.race([begun, stopped]).catch((error: unknown) => ({ error }));
  if (first === "stopped" || "error" in first) {
    begun.catch(() => {});
    await workers.stop();
    if (first === "stopped") return 0;
    if (first.error instanceof WorkerEnded) return first.error.exitCode || 1;
    throw first.error;
  }
  let dead: number | "stopped";
  {
    await using _ = await ReloadSocket.listen(data, reload);
    const hungUp = new Promise<"stopped">((resolve) => {
      const atTerminal = hasTerminal();
      process.on("SIGHUP", () => {
        // A terminal that is closed says so in the same way.
        if (atTerminal && !hasTerminal()) resolve("stopped");
        else void reload();
      });
    });
    if (json) printJsonLine(JSON.stringify({ ...first.told, workers: workers.pids }));
    else {
      for (const line of first.lines) print(line);
      print(`Workers: ${count}, as processes ${workers.pids.join(", ")}`);
    }
    dead = await Promise.race([stopped, hungUp, workers.allDead]);
  }
  if (dead !== "stopped") {
    // One may be about to begin.
    await workers.stop();
    return dead;
  }
  if (json) printJsonLine(JSON.stringify({ event: "stopping", at: new Date().toISOString() }));
  else print("\nStopping: requests under way are being answered. Once more to stop at once.");
  await workers.stop();
  return 0;
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}
