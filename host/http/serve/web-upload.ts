/** Bodies of web requests. */

import type { IncomingBytes, RawFields } from "../../capabilities/http/http-exchange.ts";
import { Waiter } from "../../capabilities/http/waiter.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { brokeOff, requestTooLarge } from "./body-refusals.ts";

const nothing = new Uint8Array();

export class WebUpload implements IncomingBytes {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #plugin: string;
  readonly #limit: number;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** The one piece that is here: no other is asked for before it has been read. */
  #piece: Uint8Array | undefined;
  #came = 0;
  #asking = false;
  #ended = false;
  #error: HotcellError | undefined;
  readonly #waiter = new Waiter();
  readonly #trailers: () => RawFields;

  /** `trailers`: those that came by now. Throws `body-too-large` for a declared length that is. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    plugin: string,
    { limit, length, trailers }: { limit: number; length: number | undefined; trailers: () => RawFields },
  ) {
    if (length !== undefined && length > limit) throw requestTooLarge(plugin, limit, length);
    this.#stream = stream;
    this.#plugin = plugin;
    this.#limit = limit;
    this.#trailers = trailers;
  }

  get readable(): boolean {
    this.#ask();
    return this.#piece !== undefined || this.#ended || this.#error !== undefined;
  }

  read(max: number): Uint8Array | undefined {
    if (!this.readable) return nothing;
    if (this.#error) throw this.#error;
    const piece = this.#piece;
    if (piece === undefined) return undefined;
    this.#piece = piece.byteLength > max ? piece.subarray(max) : undefined;
    if (this.#piece === undefined) this.#ask();
    return piece.subarray(0, max);
  }

  whenReadable(callback: () => void): () => void {
    return this.#waiter.wait(callback, this.readable);
  }

  get trailers(): RawFields {
    return this.#ended ? this.#trailers() : [];
  }

  discard(): void {
    this.#piece = undefined;
    if (this.#ended || this.#error) return;
    this.#ended = true;
    // One that was never begun is the server's to deal with, which knows whether the client waits to be asked for it.
    void this.#reader?.cancel().catch(() => {});
  }

  #ask(): void {
    if (this.#asking || this.#piece || this.#ended || this.#error) return;
    this.#asking = true;
    try {
      this.#reader ??= this.#stream.getReader();
    } catch (error) {
      this.#fail(bodyTaken(error));
      return;
    }
    this.#reader.read().then(
      ({ done, value }) => {
        this.#asking = false;
        if (done) this.#ended = true;
        else this.#take(value);
        this.#wake();
      },
      (error: unknown) => this.#fail(error instanceof HotcellError ? asHotcellError(error) : brokeOff(error)),
    );
  }

  #take(piece: Uint8Array): void {
    this.#came += piece.byteLength;
    if (this.#came > this.#limit) {
      this.#error = requestTooLarge(this.#plugin, this.#limit);
      void this.#reader?.cancel().catch(() => {});
    } else if (piece.byteLength > 0) this.#piece = piece;
    else this.#ask();
  }

  #fail(error: HotcellError): void {
    this.#error ??= error;
    this.#wake();
  }

  #wake(): void {
    if (this.#asking && !this.#error) return;
    this.#waiter.tell();
  }
}

function bodyTaken(cause: unknown): HotcellError {
  return new HotcellError("body-taken", "Something else in this app has read the request's body before.", {
    remedy: "Read no body (c.req.json()) of requests that a plugin is to answer.",
    cause,
  });
}
