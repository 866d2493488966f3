/** Responses of plugins as web `Response`s: a short one with its bytes, a longer one with a stream. */

import { serveBounds } from "../../bounds/serve-bounds.ts";
import type { OutgoingBytes, RawFields } from "../../capabilities/http/http-exchange.ts";
import type { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { nobodyThere, otherLength, responseTooLarge } from "./body-refusals.ts";
import { fitTrailers } from "./message-fields.ts";
import type { FitHead } from "./response-fields.ts";

const window = serveBounds.answerWindow.value;
const maxWhole = serveBounds.wholeAnswer.value;
const uncounted = serveBounds.uncountedAnswer.value;

/** Request and limits that a web answer belongs to, and what a web response can't carry. */
export interface WebAnswerContext {
  readonly plugin: string;
  readonly limit: number;
  readonly heap: HeapAccount | undefined;
  /** HEAD. */
  readonly head: boolean;
  readonly deliver: (response: Response) => void;
  /** Sends trailers beside the response; absent where that can't be done. */
  readonly sendTrailers: ((trailers: RawFields) => void) | undefined;
  /** Cuts the connection; absent where only the body can be broken off. */
  readonly cut: ((declared: boolean) => void) | undefined;
  /** Announces trailers, where the response is to have them. */
  readonly announces: boolean;
}

export class WebAnswer implements OutgoingBytes {
  readonly #head: FitHead;
  readonly #context: WebAnswerContext;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #written = 0;
  /** Bytes beyond `uncounted` that may wait in the stream, taken from the host's account. */
  #counted = 0;
  #begun = false;
  #ended = false;
  #cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: (() => void) | undefined;
  #flushing: NodeJS.Immediate | undefined;
  failure: HotcellError | undefined;

  constructor(head: FitHead, context: WebAnswerContext) {
    this.#head = head;
    this.#context = context;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get closed(): boolean {
    return this.#cancelled || this.failure !== undefined;
  }

  get room(): number {
    if (this.closed || this.#ended) return 0;
    if (this.#head.bodiless) return window;
    if (!this.#begun) return window - this.#written;
    const behind = window - (this.#controller?.desiredSize ?? 0);
    if (behind >= uncounted && this.#counted === 0) {
      if (this.#context.heap?.tryTake(window - uncounted) !== false) this.#counted = window - uncounted;
    }
    return Math.max(0, uncounted + this.#counted - behind);
  }

  write(bytes: Uint8Array): void {
    if (this.closed || this.#ended) throw this.failure ?? nobodyThere(this.#context.plugin);
    this.#written += bytes.byteLength;
    const { plugin, limit } = this.#context;
    const { bodiless, length } = this.#head;
    if (this.#written > limit) throw this.#fail(responseTooLarge(plugin, limit));
    if (bodiless || bytes.byteLength === 0) return;
    if (length !== undefined && this.#written > length) {
      throw this.#fail(otherLength(plugin, length, this.#written));
    }
    if (this.#begun) {
      this.#controller?.enqueue(bytes);
      return;
    }
    this.#pieces.push(bytes as Uint8Array<ArrayBuffer>);
    if (this.#written > maxWhole) this.#begin();
  }

  flush(): void {
    if (!this.#begun && !this.#ended) this.#flushing ??= setImmediate(() => this.#begin());
  }

  whenRoom(callback: () => void): () => void {
    if (this.room > 0 || this.closed) {
      let wanted = true;
      queueMicrotask(() => wanted && callback());
      return () => {
        wanted = false;
      };
    }
    this.#waiting = callback;
    return () => {
      if (this.#waiting === callback) this.#waiting = undefined;
    };
  }

  finish(trailers: RawFields | undefined): void {
    if (this.#ended) return;
    if (this.closed) throw this.failure ?? nobodyThere(this.#context.plugin);
    const { length, bodiless } = this.#head;
    if (length !== undefined && !bodiless && this.#written < length) {
      throw this.#fail(otherLength(this.#context.plugin, length, this.#written));
    }
    const last = trailers && !bodiless && length === undefined ? fitTrailers(trailers) : [];
    const { sendTrailers } = this.#context;
    if (last.length > 0 && sendTrailers) {
      this.#begin();
      sendTrailers(last);
    }
    this.#release();
    if (this.#begun) this.#controller?.close();
    else this.#sendWhole();
    this.#ended = true;
  }

  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    const { cut } = this.#context;
    if (!this.#controller) return;
    if (cut) cut(this.#head.length !== undefined);
    else this.#controller.error(this.failure ?? new Error("The answer broke off."));
  }

  /** Nobody reads it any more. */
  leave(): void {
    this.#cancelled = true;
    this.#release();
    this.#wake();
  }

  #sendWhole(): void {
    const { bodiless, length } = this.#head;
    this.#begun = true;
    const size = length ?? (this.#context.head && this.#written > 0 ? this.#written : undefined);
    const [first, ...others] = this.#pieces;
    this.#pieces = [];
    if (bodiless) this.#deliver(null, size);
    else if (first === undefined) this.#deliver(null, 0);
    else this.#deliver(others.length === 0 ? first : Buffer.concat([first, ...others]), this.#written);
  }

  /** Sends the head, with a stream of what there is of the body and of what comes. */
  #begin(): void {
    this.#unschedule();
    if (this.#begun || this.#ended || this.closed) return;
    this.#begun = true;
    const { bodiless, length } = this.#head;
    if (bodiless) {
      this.#deliver(null, length);
      return;
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          for (const piece of pieces) controller.enqueue(piece);
        },
        pull: () => {
          if (this.room > 0) this.#wake();
        },
        cancel: () => this.leave(),
      },
      { highWaterMark: window, size: ({ byteLength }) => byteLength },
    );
    this.#deliver(stream, length);
  }

  #deliver(body: ReadableStream | Uint8Array<ArrayBuffer> | null, length: number | undefined): void {
    const { status, fields, announced } = this.#head;
    const headers = new Headers();
    for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
    if (length !== undefined) headers.append("content-length", `${length}`);
    else if (this.#context.announces && body instanceof ReadableStream) {
      if (announced !== undefined) headers.append("trailer", announced);
      // Or else what writes it may find that it is short, and give it a length.
      headers.append("transfer-encoding", "chunked");
    }
    this.#context.deliver(new Response(body, { status, headers }));
  }

  #fail(error: HotcellError): HotcellError {
    this.failure = error;
    this.abort();
    return error;
  }

  #release(): void {
    this.#unschedule();
    if (this.#counted > 0) this.#context.heap?.give(this.#counted);
    this.#counted = 0;
  }

  #unschedule(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) queueMicrotask(waiting);
  }
}
