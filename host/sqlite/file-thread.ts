/** The near end of a thread that has a file of SQLite's: requests out in batches, replies in. */
import { Worker } from "node:worker_threads";
import type { HotcellError } from "../errors.ts";
import { threadOptions } from "../platform/thread-options.ts";
import { type ErrorMessage, fromErrorMessage } from "./sqlite-errors.ts";

/** Request to the thread, of which it gets lists. The last one is `close`, after whose reply it ends. */
export interface ThreadRequest {
  readonly id: number;
  readonly operation: string;
  readonly args: readonly unknown[];
}

/** The first one answers request 0, which is the opening. */
export interface ThreadReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: ErrorMessage;
}

/** Message of the thread. */
export interface ThreadReport<Told = unknown> {
  readonly replies: readonly ThreadReply[];
  /** Something that nobody asked for. */
  readonly told?: Told;
}

export interface ThreadUse<Told> {
  /** Its program. */
  readonly entry: URL;
  readonly workerData: unknown;
  /** Refusal where it died. */
  died(cause: unknown): HotcellError;
  told?(told: Told): void;
  /** It can't be asked any more, though nobody closed it. */
  gone?(): void;
}

export class FileThread<Told = never> {
  readonly #use: ThreadUse<Told>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exited = Promise.withResolvers<void>();
  #queue: ThreadRequest[] = [];
  #transfers: ArrayBuffer[] = [];
  #lastId = 0;
  #closing = false;
  #refusal: HotcellError | undefined;
  /** Resolves when the file is open; rejects as every request does where it can't be. */
  readonly opened: Promise<unknown>;

  constructor(use: ThreadUse<Told>) {
    this.#use = use;
    this.#worker = new Worker(use.entry, { ...threadOptions(), workerData: use.workerData });
    this.opened = this.#expect(0);
    // Told to whoever asks for something.
    this.opened.catch(() => {});
    this.#worker
      .on("message", (report: ThreadReport<Told>) => this.#receive(report))
      .on("error", (error) => this.#end(use.died(error)))
      .on("exit", () => {
        this.#end(use.died(undefined));
        this.#exited.resolve();
      });
  }

  /** Refusal of every request; undefined while it can be asked. */
  get refusal(): HotcellError | undefined {
    return this.#refusal;
  }

  /** `transfers`: buffers among the arguments that are handed over and not copied. */
  ask(operation: string, args: readonly unknown[], transfers: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    const id = ++this.#lastId;
    // What is asked for in one turn of the event loop travels as one message.
    if (this.#queue.length === 0) queueMicrotask(() => this.#flush());
    this.#queue.push({ id, operation, args });
    for (const buffer of transfers) this.#transfers.push(buffer);
    return this.#expect(id);
  }

  /** Resolves when all before it is done and the thread has ended. `refusal`: of what is asked from now on. */
  async close(refusal: HotcellError): Promise<void> {
    const done = this.#refusal ? undefined : this.ask("close", []);
    this.#closing = true;
    this.#refusal ??= refusal;
    this.#worker.ref();
    try {
      await done;
    } finally {
      await this.#exited.promise;
    }
  }

  #expect(id: number): Promise<unknown> {
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    // An idle file must not keep the process alive, a waiting caller must.
    this.#worker.ref();
    return pending.promise;
  }

  #flush(): void {
    const [requests, transfers] = [this.#queue, this.#transfers];
    this.#queue = [];
    this.#transfers = [];
    this.#worker.postMessage(requests, transfers);
  }

  #receive({ replies, told }: ThreadReport<Told>): void {
    for (const { id, value, error } of replies) {
      // At once: the end of the thread may follow in the same turn, and says less.
      if (id === 0 && error) this.#end(fromErrorMessage(error));
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(fromErrorMessage(error));
      else pending?.resolve(value);
    }
    if (this.#pending.size === 0 && !this.#closing) this.#worker.unref();
    if (told !== undefined) this.#use.told?.(told);
  }

  /** Nobody knows what became of requests that were on their way, so they fail. */
  #end(reason: HotcellError): void {
    if (!this.#refusal) {
      this.#refusal = reason;
      this.#use.gone?.();
    }
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}
