import type { HotcellError } from "../errors.ts";
import type { Data } from "./data.ts";

/** Parts on their way to one end of an exchange, in order. */
export class PartQueue {
  readonly #parts: { readonly part: Data; readonly bytes: number }[] = [];
  readonly #taken: (bytes: number) => void;
  #emptied: (() => void) | undefined;
  #held = 0;
  #taker: PromiseWithResolvers<Data | undefined> | undefined;
  #senders: PromiseWithResolvers<void>[] = [];
  #ended = false;
  #failure: HotcellError | undefined;

  /**
   * `taken` hears of the bytes of every part that was taken; `emptied` once, when whoever takes them has been told that
   * there are no more.
   */
  constructor(taken: (bytes: number) => void = () => {}, emptied?: () => void) {
    this.#taken = taken;
    this.#emptied = emptied;
  }

  /** Bytes of the parts that were not taken yet. */
  get held(): number {
    return this.#held;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(part: Data, bytes: number): void {
    if (this.#ended || this.#failure) return;
    this.#held += bytes;
    this.#parts.push({ part, bytes });
    this.#hand();
  }

  /** Resolves when no more than so many bytes are held. Rejects with why the exchange was cut off. */
  room(bytes: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#held <= bytes) return Promise.resolve();
    const sender = Promise.withResolvers<void>();
    this.#senders.push(sender);
    return sender.promise.then(() => this.room(bytes));
  }

  /** One at a time. */
  take(): Promise<Data | undefined> {
    if (this.#taker)
      return Promise.reject(new TypeError("A part was asked for while another was waited for."));
    if (this.#failure) return Promise.reject(this.#failure);
    this.#taker = Promise.withResolvers();
    const { promise } = this.#taker;
    this.#hand();
    return promise;
  }

  /** Part that is here; undefined where none is, or one is waited for. */
  takeNow(): Data | undefined {
    return this.#taker || this.#failure || this.#parts.length === 0 ? undefined : this.#shift();
  }

  /** True where there are no more, of which whoever takes them is told by this. */
  takeEnd(): boolean {
    const over = this.#ended && !this.#taker && !this.#failure && this.#parts.length === 0;
    if (over) this.#tellEmptied();
    return over;
  }

  end(): void {
    this.#ended = true;
    this.#hand();
  }

  /** Ends it; the parts that are held are dropped. */
  fail(reason: HotcellError): void {
    this.#failure = reason;
    this.#parts.length = this.#held = 0;
    this.#taker?.reject(reason);
    this.#taker = undefined;
    for (const sender of this.#senders.splice(0)) sender.reject(reason);
    this.#tellEmptied();
  }

  #tellEmptied(): void {
    const emptied = this.#emptied;
    this.#emptied = undefined;
    emptied?.();
  }

  #hand(): void {
    const taker = this.#taker;
    if (!taker || (this.#parts.length === 0 && !this.#ended)) return;
    this.#taker = undefined;
    if (this.#parts.length > 0) {
      taker.resolve(this.#shift());
      return;
    }
    taker.resolve(undefined);
    this.#tellEmptied();
  }

  #shift(): Data {
    const { part, bytes } = this.#parts.shift()!;
    this.#held -= bytes;
    this.#taken(bytes);
    if (this.#senders.length > 0) for (const sender of this.#senders.splice(0)) sender.resolve();
    return part;
  }
}
