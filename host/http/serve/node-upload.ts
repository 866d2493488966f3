/** Bodies of requests, as Node's parser hands them out. */

import type { IncomingMessage } from "node:http";
import { serveBounds } from "../../bounds/serve-bounds.ts";
import type { IncomingBytes, RawFields } from "../../capabilities/http/http-exchange.ts";
import { Waiter } from "../../capabilities/http/waiter.ts";
import type { HotcellError } from "../../errors.ts";
import { brokeOff, requestTooLarge } from "./body-refusals.ts";
import { fitTrailers } from "./message-fields.ts";

const window = serveBounds.requestWindow.value;
/** Bytes that a piece takes besides what is in it: a body may come in pieces of one byte. */
const pieceOverhead = 128;
const nothing = new Uint8Array();

export class NodeUpload implements IncomingBytes {
  readonly #request: IncomingMessage;
  readonly #plugin: string;
  readonly #limit: number;
  readonly #expected: boolean;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;
  #came = 0;
  #started = false;
  #discarded = false;
  #error: HotcellError | undefined;
  readonly #waiter = new Waiter();

  /** `expected`: the client waits to be asked for it. Throws `body-too-large` where it says that it is. */
  constructor(
    request: IncomingMessage,
    plugin: string,
    limit: number,
    { length, expects }: { readonly length: number | undefined; readonly expects: boolean },
  ) {
    if (length !== undefined && length > limit) throw requestTooLarge(plugin, limit, length);
    this.#request = request;
    this.#plugin = plugin;
    this.#limit = limit;
    this.#expected = expects;
  }

  /** Begins to take it, unless the client waits to be asked: as much as the window has room for. */
  prepare(): void {
    if (!this.#expected) this.#start();
  }

  get readable(): boolean {
    this.#start();
    return this.#held > 0 || this.#error !== undefined || this.#whole;
  }

  read(max: number): Uint8Array | undefined {
    this.#start();
    const piece = this.#pieces[0];
    if (piece === undefined) {
      if (this.#error) throw this.#error;
      return this.#whole ? undefined : nothing;
    }
    if (piece.byteLength > max) {
      this.#pieces[0] = piece.subarray(max);
      this.#held -= max;
      return piece.subarray(0, max);
    }
    this.#pieces.shift();
    this.#held -= piece.byteLength + pieceOverhead;
    if (this.#held <= window / 2 && this.#request.isPaused()) this.#request.resume();
    return piece;
  }

  whenReadable(callback: () => void): () => void {
    return this.#waiter.wait(callback, this.readable);
  }

  get trailers(): RawFields {
    return this.#whole && this.#held === 0 ? fitTrailers(this.#request.rawTrailers) : [];
  }

  discard(): void {
    if (this.#discarded) return;
    this.#discarded = true;
    this.#pieces.length = 0;
    this.#held = 0;
    // A client that was not asked for it sends it not: to look at it would be to ask.
    if (this.#started || !this.#expected) this.#request.resume();
  }

  /** All of it has come from the client. */
  get #whole(): boolean {
    return this.#request.complete && this.#request.readableLength === 0;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const request = this.#request;
    request.on("data", (piece: Uint8Array) => this.#take(piece));
    request.on("end", () => this.#waiter.tell());
    request.on("error", (error) => this.#fail(brokeOff(error)));
    request.on("close", () => {
      if (!request.complete) this.#fail(brokeOff());
    });
  }

  #take(piece: Uint8Array): void {
    if (this.#discarded || this.#error) return;
    this.#came += piece.byteLength;
    if (this.#came > this.#limit) {
      this.#fail(requestTooLarge(this.#plugin, this.#limit));
      return;
    }
    this.#pieces.push(piece);
    this.#held += piece.byteLength + pieceOverhead;
    if (this.#held >= window) this.#request.pause();
    this.#waiter.tell();
  }

  #fail(error: HotcellError): void {
    if (this.#error) return;
    this.#error = error;
    this.#waiter.tell();
  }
}
