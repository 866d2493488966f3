/** A key-value store in one SQLite file, through a thread of its own. */
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { HotcellError } from "../../../errors.ts";
import { ownFile } from "../../../platform/own-file.ts";
import { threadOptions } from "../../../platform/thread-options.ts";
import { fromErrorMessage } from "../../../sqlite/sqlite-errors.ts";
import type { KeyValueStore } from "../key-value-store.ts";
import { keyValueClosed } from "../memory-key-value.ts";
import type { KeyValueReply, KeyValueRequest } from "./key-value-protocol.ts";
import type { KeyValueThreadOptions } from "./key-value-worker.ts";

/** Milliseconds for which a file that could not be opened is not tried again. */
const pause = 1_000;

export interface KeyValueFileOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, `store-full`. Without it, as much as the disk holds. */
  readonly maxBytes?: number;
}

/**
 * Opened, and made, when it is first used; a file that can't be opened fails whatever is asked of it, and is tried again
 * later. It does not keep the process alive while idle.
 */
export class SqliteKeyValue implements KeyValueStore {
  readonly #options: KeyValueThreadOptions;
  #thread: FileThread | undefined;
  #tryAgain = 0;
  #closed = false;

  constructor({ file, maxBytes }: KeyValueFileOptions) {
    this.#options = { file, maxBytes, busyTimeout: 5_000 };
  }

  get: KeyValueStore["get"] = (...args) => this.#ask("get", args) as ReturnType<KeyValueStore["get"]>;
  version: KeyValueStore["version"] = (...args) => this.#ask("version", args) as Promise<number>;
  list: KeyValueStore["list"] = (...args) => this.#ask("list", args) as ReturnType<KeyValueStore["list"]>;
  change: KeyValueStore["change"] = (bucket, change, quota) =>
    this.#ask("change", [{ bucket, change, quota }]) as ReturnType<KeyValueStore["change"]>;

  async usage(plugin: string): ReturnType<KeyValueStore["usage"]> {
    return this.#absent ? [] : (this.#ask("usage", [plugin]) as ReturnType<KeyValueStore["usage"]>);
  }

  async plugins(): ReturnType<KeyValueStore["plugins"]> {
    return this.#absent ? [] : (this.#ask("plugins", []) as ReturnType<KeyValueStore["plugins"]>);
  }

  async forget(plugin: string): Promise<void> {
    if (!this.#absent) await this.#ask("forget", [plugin]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.close();
  }

  /** Nothing was ever kept. */
  get #absent(): boolean {
    return !this.#closed && this.#thread === undefined && !existsSync(this.#options.file);
  }

  #ask(operation: KeyValueRequest["operation"], args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(keyValueClosed());
    if (this.#thread?.gone && performance.now() >= this.#tryAgain) this.#thread = undefined;
    this.#thread ??= new FileThread(this.#options, () => {
      this.#tryAgain = performance.now() + pause;
    });
    return this.#thread.ask(operation, args);
  }
}

/** The thread, from its start to its end. */
class FileThread {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #onGone: () => void;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exited = Promise.withResolvers<void>();
  #queue: KeyValueRequest[] = [];
  #lastId = 0;
  #closing = false;
  #gone: HotcellError | undefined;

  constructor(options: KeyValueThreadOptions, onGone: () => void) {
    this.#file = options.file;
    this.#onGone = onGone;
    this.#worker = new Worker(ownFile(import.meta.url, "key-value-worker"), {
      ...threadOptions(),
      workerData: options,
    });
    this.#expect(0).catch((error: HotcellError) => this.#end(error));
    this.#worker
      .on("message", (replies: readonly KeyValueReply[]) => this.#receive(replies))
      .on("error", (error) => this.#end(threadDied(this.#file, error)))
      .on("exit", () => {
        this.#end(threadDied(this.#file));
        this.#exited.resolve();
      });
  }

  get gone(): boolean {
    return this.#gone !== undefined;
  }

  ask(operation: KeyValueRequest["operation"], args: readonly unknown[]): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    // What is asked for in one turn of the event loop travels as one message.
    if (this.#queue.length === 0) queueMicrotask(() => this.#flush());
    this.#queue.push({ id, operation, args } as KeyValueRequest);
    return this.#expect(id);
  }

  /** Resolves when all before it is done and the thread has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    if (!this.#gone) await this.ask("close", []).catch(() => {});
    await this.#exited.promise;
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
    this.#queue = [];
    this.#worker.postMessage(requests);
  }

  #receive(replies: readonly KeyValueReply[]): void {
    for (const { id, value, error } of replies) {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(fromErrorMessage(error));
      else pending?.resolve(value);
    }
    if (this.#pending.size === 0 && !this.#closing) this.#worker.unref();
  }

  /** Nobody knows what became of requests that were on their way, so they fail. */
  #end(reason: HotcellError): void {
    if (!this.#gone) this.#onGone();
    this.#gone ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
  }
}

function threadDied(file: string, cause?: unknown): HotcellError {
  return new HotcellError("store-unavailable", `The thread of the key-value store ${file} died.`, {
    subject: file,
    remedy: "Repeat the request. What was acknowledged is stored; what was under way may be.",
    ...(cause !== undefined && { cause }),
  });
}
