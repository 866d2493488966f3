/** Responses of plugins, whatever carries them: how much they may have, and how far a client may be behind. */

import { serveBounds } from "../../bounds/serve-bounds.ts";
import { clientLeft } from "../../capabilities/http/guest-exchange.ts";
import type { OutgoingBytes, RawFields } from "../../capabilities/http/http-exchange.ts";
import { Waiter } from "../../capabilities/http/waiter.ts";
import type { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { otherLength, responseTooLarge } from "./body-refusals.ts";
import type { FitHead } from "./response-fields.ts";

const maxWhole = serveBounds.wholeAnswer.value;
const uncounted = serveBounds.uncountedAnswer.value;
export const answerWindow = serveBounds.answerWindow.value;

/** Request and limits that an answer belongs to. */
export interface AnswerContext {
  readonly plugin: string;
  /** Bytes that it may have. */
  readonly limit: number;
  readonly heap: HeapAccount | undefined;
}

export abstract class Answer implements OutgoingBytes {
  protected readonly head: FitHead;
  protected readonly waiter = new Waiter();
  /** Bytes that the plugin has written by now. */
  protected written = 0;
  readonly #context: AnswerContext;
  /** Pieces that wait for the head to be sent. */
  #pieces: Uint8Array[] = [];
  /** Bytes beyond `uncounted` that its client may be behind, taken from the host's account. */
  #counted = 0;
  #begun = false;
  #ended = false;
  #flushing: NodeJS.Immediate | undefined;
  /** Error that ended it, where it could not be sent. */
  failure: HotcellError | undefined;

  constructor(head: FitHead, context: AnswerContext) {
    this.head = head;
    this.#context = context;
  }

  /** Bytes that were sent and that the client has yet to read. */
  protected abstract readonly behind: number;
  /** The client has left. */
  protected abstract readonly left: boolean;
  /** Sends the head with what there is of the body, of which more comes. */
  protected abstract sendHead(pieces: readonly Uint8Array[]): void;
  protected abstract sendPiece(bytes: Uint8Array): void;
  /** Sends head and body at once. */
  protected abstract sendWhole(pieces: readonly Uint8Array[]): void;
  /** Ends what has begun. */
  protected abstract sendEnd(): void;
  /** Trailers to be sent, which have to be behind a body that has begun; absent where they can't be. */
  protected abstract sendTrailers(trailers: RawFields): (() => void) | undefined;
  /** Cuts off what has begun. */
  protected abstract cut(): void;

  /** Something of it was sent, so that nothing else can be answered. */
  get begun(): boolean {
    return this.#begun;
  }

  /** It is whole, or was cut off. */
  get ended(): boolean {
    return this.#ended;
  }

  get closed(): boolean {
    return this.failure !== undefined || this.left;
  }

  get room(): number {
    if (this.closed || this.#ended) return 0;
    if (this.head.bodiless) return answerWindow;
    if (!this.#begun) return answerWindow - this.written;
    const { behind } = this;
    if (behind >= uncounted && this.#counted === 0) {
      const more = answerWindow - uncounted;
      if (this.#context.heap?.tryTake(more) !== false) this.#counted = more;
    }
    return Math.max(0, uncounted + this.#counted - behind);
  }

  write(bytes: Uint8Array): void {
    const { plugin, limit } = this.#context;
    if (this.closed || this.#ended) throw this.failure ?? clientLeft(plugin);
    this.written += bytes.byteLength;
    const { bodiless, length } = this.head;
    if (this.written > limit) throw this.#fail(responseTooLarge(plugin, limit));
    if (bodiless || bytes.byteLength === 0) return;
    if (length !== undefined && this.written > length) {
      throw this.#fail(otherLength(plugin, length, this.written));
    }
    if (this.#begun) {
      this.sendPiece(bytes);
      return;
    }
    // Most have one: a list that grows from nothing has room for seventeen.
    if (this.#pieces.length === 0) this.#pieces = [bytes];
    else this.#pieces.push(bytes);
    if (this.written > maxWhole) this.#begin();
  }

  flush(): void {
    // What follows in this turn goes with it: most guests flush, and end.
    if (!this.#begun && !this.#ended) this.#flushing ??= setImmediate(() => this.#begin());
  }

  /** Nothing of it was sent, and with so many bytes more nothing would be. */
  protected unsent(bytes: number): boolean {
    return !this.#begun && !this.#ended && this.written + bytes <= maxWhole;
  }

  whenRoom(callback: () => void): () => void {
    return this.waiter.wait(callback, this.room > 0 || this.closed);
  }

  finish(trailers: RawFields | undefined): void {
    if (this.#ended) return;
    const { plugin } = this.#context;
    if (this.closed) throw this.failure ?? clientLeft(plugin);
    const { length, bodiless } = this.head;
    if (length !== undefined && !bodiless && this.written < length) {
      throw this.#fail(otherLength(plugin, length, this.written));
    }
    const last = trailers && !bodiless ? this.sendTrailers(trailers) : undefined;
    if (last) {
      this.#begin();
      last();
    }
    this.release();
    if (this.#begun) this.sendEnd();
    else {
      this.#begun = true;
      this.sendWhole(this.#takePieces());
    }
    this.#ended = true;
  }

  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.release();
    if (this.#begun) this.cut();
  }

  /** Gives back what it has of the host's account. */
  protected release(): void {
    this.#unschedule();
    if (this.#counted > 0) this.#context.heap?.give(this.#counted);
    this.#counted = 0;
  }

  #begin(): void {
    this.#unschedule();
    if (this.#begun || this.#ended || this.closed) return;
    this.#begun = true;
    this.sendHead(this.#takePieces());
  }

  #takePieces(): readonly Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** Ends it where what the plugin sends can't go on: cut off where it has begun, else left for an error to be answered. */
  #fail(error: HotcellError): HotcellError {
    this.failure = error;
    this.abort();
    return error;
  }

  #unschedule(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
  }
}
