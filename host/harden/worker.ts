/** The entry of a worker thread that hardens one module. Started by `off-thread.ts`; imported for its types only. */
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, type ErrorFacts, HotcellError } from "../errors.ts";
import { type HardenOptions, harden } from "./harden.ts";
import type { Hardened } from "./hardened-module.ts";

export interface HardenJob {
  readonly bytes: Uint8Array;
  readonly options: HardenOptions;
}

export type HardenAnswer =
  | { readonly kind: "hardened"; readonly hardened: Hardened }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly detail: string;
      readonly facts: ErrorFacts;
    };

function answer({ bytes, options }: HardenJob): HardenAnswer {
  try {
    return { kind: "hardened", hardened: harden(bytes, options) };
  } catch (error) {
    // Classes don't survive the way between threads. Anything else is a fault, and ends the worker.
    if (!(error instanceof HotcellError)) throw error;
    return { kind: "refused", code: error.code, detail: error.message, facts: error.facts };
  }
}

const result = answer(workerData as HardenJob);
parentPort!.postMessage(result, result.kind === "hardened" ? [result.hardened.bytes.buffer] : []);
