/** The near end of the SQLite store's thread. */
import { Worker } from "node:worker_threads";
import { HotcellError } from "../../errors.ts";
import { ownFile } from "../../platform/own-file.ts";
import { threadOptions } from "../../platform/thread-options.ts";
import { FileThread } from "../../sqlite/file-thread.ts";
import { storeClosed } from "../refusals.ts";
import type { EventRow } from "../rows.ts";
import type { Arguments, Operation, Result } from "./sqlite-protocol.ts";
import type { WorkerOptions } from "./sqlite-worker.ts";

/** A thread of this folder. Throws `bundled`. */
export function startThread(name: string, workerData: unknown): Worker {
  return new Worker(ownFile(import.meta.url, name), { ...threadOptions(), workerData });
}

export class SqliteClient {
  readonly #thread: FileThread<readonly EventRow[]>;

  constructor(options: WorkerOptions, onEvents: (events: readonly EventRow[]) => void) {
    const { file } = options;
    this.#thread = new FileThread({
      entry: ownFile(import.meta.url, "sqlite-worker"),
      workerData: options,
      told: onEvents,
      died: (cause) =>
        new HotcellError("store-unavailable", `The thread of the store ${file} died.`, {
          subject: file,
          remedy: "Start the host again. What was acknowledged is stored; what was under way may be.",
          ...(cause !== undefined && { cause }),
        }),
    });
  }

  /** Resolves when the database is open. */
  get opened(): Promise<unknown> {
    return this.#thread.opened;
  }

  /** `bytes`: buffers among the arguments that are handed over and not copied. */
  call<K extends Operation>(
    operation: K,
    args: Arguments<K>,
    bytes: readonly ArrayBuffer[] = [],
  ): Promise<Result<K>> {
    return this.#thread.ask(operation, args, bytes) as Promise<Result<K>>;
  }

  /** Throws what every request would be refused with. */
  check(): void {
    if (this.#thread.refusal) throw this.#thread.refusal;
  }

  watch(on: boolean): Promise<unknown> {
    return this.#thread.ask("watch", [on]);
  }

  /** Resolves when all before it is done and the thread has ended. */
  close(): Promise<void> {
    return this.#thread.close(storeClosed());
  }
}
