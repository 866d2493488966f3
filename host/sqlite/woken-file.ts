import { existsSync } from "node:fs";
import { HotcellError } from "../errors.ts";
import { FileThread } from "./file-thread.ts";
import type { FileOptions } from "./sqlite-file.ts";

/** Milliseconds for which a file that could not be opened is not tried again. */
const pause = 1_000;

/** File of SQLite's beside the store, as who keeps something in it says what it is. */
export interface WokenFileUse {
  readonly options: FileOptions;
  /** Program of its thread, which gets the options. */
  readonly entry: URL;
  /** Name for messages: `the key-value store`. */
  readonly what: string;
  /** Refusal of what is asked when it is closed. */
  closed(): HotcellError;
  /** It is open, each time that it is; `value` is what the thread says of itself. */
  opened?(value: unknown): void;
  /** It can't be asked any more, though nobody closed it. */
  gone?(): void;
}

/**
 * File that is opened, and made, when it is first asked for something, in a thread of its own. Where it can't be opened
 * whatever is asked of it fails, and it is tried again later. It does not keep the process alive while idle.
 */
export class WokenFile {
  readonly #use: WokenFileUse;
  #thread: FileThread | undefined;
  #tryAgain = 0;
  #closed = false;

  constructor(use: WokenFileUse) {
    this.#use = use;
  }

  /** Nothing was ever kept in it: nobody need be asked. */
  get absent(): boolean {
    return !this.#closed && this.#thread === undefined && !existsSync(this.#use.options.file);
  }

  /** It can be asked at once: what was begun in it is still there. */
  get isOpen(): boolean {
    return !this.#closed && this.#thread !== undefined && this.#thread.refusal === undefined;
  }

  ask(operation: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#use.closed());
    if (this.#thread?.refusal && performance.now() >= this.#tryAgain) this.#thread = undefined;
    this.#thread ??= this.#start();
    return this.#thread.ask(operation, args);
  }

  async close(): Promise<void> {
    this.#closed = true;
    // What was acknowledged is kept, however it ends.
    await this.#thread?.close(this.#use.closed()).catch(() => {});
  }

  #start(): FileThread {
    const { options, entry, what } = this.#use;
    const thread: FileThread = new FileThread({
      entry,
      workerData: options,
      died: (cause) =>
        new HotcellError("store-unavailable", `The thread of ${what} ${options.file} died.`, {
          subject: options.file,
          remedy: "Repeat the request. What was acknowledged is stored; what was under way may be.",
          ...(cause !== undefined && { cause }),
        }),
      gone: () => {
        this.#tryAgain = performance.now() + pause;
        this.#use.gone?.();
      },
    });
    thread.opened.then(
      (value) => thread.refusal === undefined && this.#use.opened?.(value),
      () => {},
    );
    return thread;
  }
}
