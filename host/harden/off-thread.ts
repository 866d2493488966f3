import { Worker } from "node:worker_threads";
import { HotcellError } from "../errors.ts";
import { ownFile } from "../platform/own-file.ts";
import { threadOptions } from "../platform/thread-options.ts";
import { type HardenOptions, harden } from "./harden.ts";
import type { Hardened } from "./hardened-module.ts";
import type { HardenAnswer, HardenJob } from "./worker.ts";

/** A module of this size takes some milliseconds: as long as starting a thread for it would keep others waiting. */
const smallEnough = 256 * 1024;

let last: Promise<unknown> = Promise.resolve();

/**
 * `harden` for large modules too: those are hardened in a worker thread, one after the other, so that nobody waits
 * for them but who asked. Throws what `harden` throws, and `fault` when the thread fails.
 */
export async function hardenOffThread(bytes: Uint8Array, options: HardenOptions = {}): Promise<Hardened> {
  if (bytes.length <= smallEnough || !mayStartThreads()) return harden(bytes, options);
  const job = last.then(() => inWorker({ bytes, options }));
  // The next one doesn't mind how this one ends.
  last = job.catch(() => undefined);
  return read(await job);
}

/** False under Node's permission model, as in a plugin's own process: there nobody else waits. */
function mayStartThreads(): boolean {
  return process.permission?.has("worker") ?? true;
}

function read(answer: HardenAnswer): Hardened {
  if (answer.kind === "hardened") return answer.hardened;
  throw new HotcellError(answer.code, answer.detail, answer.facts);
}

async function inWorker(job: HardenJob): Promise<HardenAnswer> {
  const entry = ownFile(import.meta.url, "worker");
  // A copy to give away: a Buffer's slice would be a view of all that its owner has.
  const bytes = new Uint8Array(job.bytes);
  const worker = new Worker(entry, {
    ...threadOptions(),
    workerData: { ...job, bytes },
    transferList: [bytes.buffer],
  });
  const { promise, resolve, reject } = Promise.withResolvers<HardenAnswer>();
  worker.once("message", resolve);
  worker.once("error", (cause) => {
    reject(new HotcellError("fault", "Hardening a module failed.", { cause }));
  });
  worker.once("exit", (code) => {
    reject(new HotcellError("fault", `The thread that hardens a module ended with code ${code}.`));
  });
  return promise;
}
