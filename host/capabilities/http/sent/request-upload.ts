import type { Data } from "../../../backends/data.ts";
import type { Exchange } from "../../../backends/exchange.ts";
import type { OutgoingBytes, RawFields } from "../http-exchange.ts";
import { Waiter } from "../waiter.ts";
import { dataOf } from "./sent-head.ts";

/** Bytes that may be written and not yet sent. */
const window = 64 * 1024;
/** Bytes that are sent though nobody flushes. */
const enough = 32 * 1024;
/** Bytes that one part has at most. */
const partBytes = 48 * 1024;

/** Body of a request on its way to whoever sends it. */
export class RequestUpload implements OutgoingBytes {
  readonly #exchange: Exchange;
  readonly #aborted: () => void;
  readonly #waiter = new Waiter();
  #pieces: Uint8Array[] = [];
  #kept = 0;
  readonly #queue: Data[] = [];
  /** Bytes in the queue, and in the part that is being sent. */
  #queued = 0;
  #sending = false;
  #state: "open" | "finished" | "closed" = "open";

  /** `aborted` is called where the guest leaves the body unfinished. */
  constructor(exchange: Exchange, aborted: () => void) {
    this.#exchange = exchange;
    this.#aborted = aborted;
  }

  get room(): number {
    return this.closed ? 0 : Math.max(0, window - this.#kept - this.#queued);
  }

  get closed(): boolean {
    return this.#state === "closed" || this.#exchange.signal.aborted;
  }

  write(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#kept += bytes.length;
    if (this.#kept > enough) this.flush();
  }

  flush(): void {
    if (this.#kept === 0) return;
    const kept = this.#pieces.length === 1 ? this.#pieces[0]! : new Uint8Array(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#kept = 0;
    for (let at = 0; at < kept.length; at += partBytes)
      this.#send(kept.length > partBytes ? kept.slice(at, at + partBytes) : kept);
  }

  whenRoom(callback: () => void): () => void {
    this.flush();
    return this.#waiter.wait(callback, this.room > 0 || this.closed);
  }

  finish(trailers?: RawFields): void {
    if (this.#state !== "open") return;
    this.flush();
    if (trailers && trailers.length > 0) this.#send({ trailers: dataOf(trailers) });
    this.#state = "finished";
    if (!this.#sending) this.#exchange.end();
  }

  abort(): void {
    if (this.#state !== "open") return;
    this.close();
    this.#aborted();
  }

  /** Nobody takes any more of it. */
  close(): void {
    this.#state = "closed";
    this.#pieces = [];
    this.#queue.length = this.#kept = this.#queued = 0;
    this.#waiter.tell();
  }

  #send(part: Data): void {
    this.#queue.push(part);
    if (part instanceof Uint8Array) this.#queued += part.length;
    if (!this.#sending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    try {
      for (let part = this.#queue.shift(); part !== undefined; part = this.#queue.shift()) {
        await this.#exchange.send(part);
        if (part instanceof Uint8Array) this.#queued = Math.max(0, this.#queued - part.length);
        this.#waiter.tell();
      }
      if (this.#state === "finished") this.#exchange.end();
    } catch {
      // It was cut off: whoever receives the response is told why.
      this.close();
    }
    this.#sending = false;
  }
}
