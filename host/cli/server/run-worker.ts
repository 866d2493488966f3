/** Worker: one of several processes with a host each, which one before them starts, and which listen on the same ports. */

import cluster from "node:cluster";
import { defaultCellMemory } from "../../engine/cell/cell-memory.ts";
import { defaultProcessMemory } from "../../placement/process/budget.ts";
import { startServer } from "../../server.ts";
import { printError } from "../terminal.ts";
import { announcement, listening } from "./announcement.ts";
import { recordRegisteredSpans } from "./registered-spans.ts";
import type { ProgramOptions } from "./server-options.ts";
import { stopSignal } from "./stop-signal.ts";
import { tokenLine } from "./token-line.ts";
import type { OwnSlot, WorkerReady } from "./worker-slot.ts";

/** Milliseconds for which connections of one who leaves may be idle: what is sent meanwhile is answered. */
const idleWhileLeaving = 5_000;

/** Starts a server, and serves until told to end, or alone by a signal. */
export async function runWorker(options: ProgramOptions, slot: OwnSlot): Promise<void> {
  // It is the terminal's to all processes, and meant for the one that has the workers.
  process.on("SIGHUP", () => {});
  try {
    const stopping = new AbortController();
    void stopSignal().then(() => stopping.abort());
    const stopped = new Promise<void>((resolve) =>
      stopping.signal.addEventListener("abort", () => resolve()),
    );
    const ordered = new Promise<void>((resolve) => {
      process.on("message", (order: unknown) => {
        if (order === "stop") stopping.abort();
        if (order === "leave") resolve();
      });
    });
    await recordRegisteredSpans(options.traces);
    if (!slot.together)
      printError(
        `Worker ${slot.slot + 1}: the process that has the workers is another Hotcell. Until it is started anew, metrics, counters, rates and wrong tokens are each worker's own.`,
      );
    const server = await startServer(optionsOfWorker(options, slot), stopping.signal);
    server.markReady();
    const message: WorkerReady = {
      ready: {
        lines: [...announcement(server), tokenLine(server.admin)],
        told: listening(server),
        urls: [server.url, ...(server.api ? [server.api.url] : [])],
      },
    };
    process.send?.(message);
    await Promise.race([stopped, ordered]);
    if (!stopping.signal.aborted) await Promise.race([stopped, server.leave(idleWhileLeaving)]);
    await server.close();
  } finally {
    // Else the channel keeps the process alive.
    cluster.worker?.disconnect();
  }
}

/** Options of one of the workers. Memory is divided; the folder of plugins is followed by the first alone. */
function optionsOfWorker(options: ProgramOptions, { slot, together }: OwnSlot): ProgramOptions {
  const { workers = 1, plugins, ...others } = options;
  const share = (bytes: number) => Math.max(1, Math.floor(bytes / workers));
  return {
    ...others,
    ...(slot === 0 && plugins !== undefined && { plugins }),
    shareData: true,
    ...(together && { place: { worker: slot + 1, workers } }),
    cellMemory: share(options.cellMemory ?? defaultCellMemory()),
    processMemory: share(options.processMemory ?? defaultProcessMemory()),
  };
}
