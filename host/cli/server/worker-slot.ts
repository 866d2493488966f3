/** Place of a worker among those that one process has, and what passes between them. */

import cluster from "node:cluster";

/** Variable by which a worker is told which one it is, from 0. */
export const slotVariable = "HOTCELL_WORKER_SLOT";

/** Message of a worker that answers from now on, with what is to be told of it. */
export interface WorkerReady {
  readonly ready: { readonly lines: readonly string[]; readonly told: object };
}

/** Message to a worker: to end as a host does, or to leave to others what comes. */
export type WorkerOrder = "stop" | "leave";

/** Number of the worker that this process is, from 0; undefined for one that is none. */
export function workerSlot(): number | undefined {
  if (!cluster.isWorker) return undefined;
  const slot = Number(process.env[slotVariable]);
  // For no process that this one starts.
  delete process.env[slotVariable];
  return slot;
}
