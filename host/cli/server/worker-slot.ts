/** Place of a worker among those that one process has, and what passes between them. */

import cluster from "node:cluster";
import { workersProtocol } from "../../workers/protocol.ts";

/** Variable by which a worker is told which one it is, from 0. */
export const slotVariable = "HOTCELL_WORKER_SLOT";

/** Message of a worker that answers from now on, with what is to be told of it. */
export interface WorkerReady {
  readonly ready: {
    readonly lines: readonly string[];
    readonly told: object;
    readonly urls: readonly string[];
  };
}

/** Message to a worker: to end as a host does, or to leave to others what comes. */
export type WorkerOrder = "stop" | "leave";

/** Variable by which a worker is told of which number the messages are by which it can be one host with the others. */
export const protocolVariable = "HOTCELL_WORKER_PROTOCOL";

/** Slot of the worker that this process is. */
export interface OwnSlot {
  /** Number, from 0. */
  readonly slot: number;
  /** The process that has the workers understands what this one would tell it. */
  readonly together: boolean;
}

/** Slot of this process; undefined for one that is no worker. */
export function workerSlot(): OwnSlot | undefined {
  if (!cluster.isWorker) return undefined;
  const slot = Number(process.env[slotVariable]);
  const together = process.env[protocolVariable] === `${workersProtocol}`;
  // For no process that this one starts.
  delete process.env[slotVariable];
  delete process.env[protocolVariable];
  return { slot, together };
}
