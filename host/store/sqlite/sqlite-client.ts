/** The near end of the SQLite store's worker: requests out in batches, replies and events in. */
import { Worker } from "node:worker_threads";
import { HotcellError } from "../../errors.ts";
import { ownFile } from "../../platform/own-file.ts";
import { threadOptions } from "../../platform/thread-options.ts";
import { fromErrorMessage } from "../../sqlite/sqlite-errors.ts";
import { storeClosed } from "../refusals.ts";
import type { EventRow } from "../rows.ts";
import type { Arguments, Operation, Report, Request, Result } from "./sqlite-protocol.ts";
import type { WorkerOptions } from "./sqlite-worker.ts";

/** A thread of this folder. Throws `bundled`. */
export function startThread(name: string, workerData: unknown): Worker {
  return new Worker(ownFile(import.meta.url, name), { ...threadOptions(), workerData });
}

export class SqliteClient {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #onEvents: (events: readonly EventRow[]) => void;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exited = Promise.withResolvers<void>();
  #queue: Request[] = [];
  #transfers: ArrayBuffer[] = [];
  #lastId = 0;
  #gone: HotcellError | undefined;
  /** Resolves when the database is open. */
  readonly opened: Promise<unknown>;

  constructor(options: WorkerOptions, onEvents: (events: readonly EventRow[]) => void) {
    this.#file = options.file;
    this.#onEvents = onEvents;
    this.#worker = startThread("sqlite-worker", options);
    this.opened = this.#expect(0);
    this.#worker
      .on("message", (report: Report) => this.#receive(report))
      .on("error", (error) => this.#end(error))
      .on("exit", () => this.#end(undefined));
  }

  /** `bytes`: buffers among the arguments that are handed over and not copied. */
  call<K extends Operation>(
    operation: K,
    args: Arguments<K>,
    bytes: readonly ArrayBuffer[] = [],
  ): Promise<Result<K>> {
    for (const each of bytes) this.#transfers.push(each);
    return this.#request(operation, args) as Promise<Result<K>>;
  }

  /** Throws what every request would be refused with. */
  check(): void {
    if (this.#gone) throw this.#gone;
  }

  watch(on: boolean): Promise<unknown> {
    return this.#request("watch", [on]);
  }

  /** Resolves when all before it is done and the thread has ended. */
  async close(): Promise<void> {
    if (!this.#gone) {
      const done = this.#request("close", []);
      this.#gone = storeClosed();
      await done;
    }
    await this.#exited.promise;
  }

  #request(operation: Request["operation"], args: readonly unknown[]): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    // What is asked for in one turn of the event loop travels as one message.
    if (this.#queue.length === 0) queueMicrotask(() => this.#flush());
    this.#queue.push({ id, operation, args });
    return this.#expect(id);
  }

  #expect(id: number): Promise<unknown> {
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    // An idle store must not keep the process alive, a waiting caller must.
    this.#worker.ref();
    return pending.promise;
  }

  #flush(): void {
    const requests = this.#queue;
    const transfers = this.#transfers;
    this.#queue = [];
    this.#transfers = [];
    this.#worker.postMessage(requests, transfers);
  }

  #receive({ replies, events }: Report): void {
    for (const { id, value, error } of replies) {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(fromErrorMessage(error));
      else pending?.resolve(value);
    }
    if (this.#pending.size === 0 && !this.#gone) this.#worker.unref();
    if (events.length > 0) this.#onEvents(events);
  }

  /** Nobody knows what became of requests that were on their way, so they fail. */
  #end(cause: unknown): void {
    this.#gone ??= new HotcellError("store-unavailable", `The thread of the store ${this.#file} died.`, {
      subject: this.#file,
      remedy: "Start the host again. What was acknowledged is stored; what was under way may be.",
      ...(cause !== undefined && { cause }),
    });
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
    this.#exited.resolve();
  }
}
