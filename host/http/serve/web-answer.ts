/** Responses of plugins as web `Response`s: a short one with its bytes, a longer one with a stream. */

import type { RawFields } from "../../capabilities/http/http-exchange.ts";
import { joined } from "../../platform/spent-bytes.ts";
import { Answer, type AnswerContext, answerWindow } from "./answer.ts";
import { fitTrailers } from "./message-fields.ts";
import type { FitHead } from "./response-fields.ts";

/** Request and limits that a web answer belongs to, and what a web response can't carry. */
export interface WebAnswerContext extends AnswerContext {
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

export class WebAnswer extends Answer {
  readonly #web: WebAnswerContext;
  #cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(head: FitHead, context: WebAnswerContext) {
    super(head, context);
    this.#web = context;
  }

  protected get left(): boolean {
    return this.#cancelled;
  }

  protected get behind(): number {
    return answerWindow - (this.#controller?.desiredSize ?? 0);
  }

  /** Nobody reads it any more. */
  leave(): void {
    this.#cancelled = true;
    this.release();
    this.#wake();
  }

  protected sendHead(pieces: readonly Uint8Array[]): void {
    const { bodiless, length } = this.head;
    if (bodiless) {
      this.#deliver(null, length);
      return;
    }
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
      { highWaterMark: answerWindow, size: ({ byteLength }) => byteLength },
    );
    this.#deliver(stream, length);
  }

  protected sendPiece(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
  }

  protected sendWhole(pieces: readonly Uint8Array[]): void {
    const { bodiless, length } = this.head;
    const size = length ?? (this.#web.head && this.written > 0 ? this.written : undefined);
    if (bodiless) this.#deliver(null, size);
    else if (pieces.length === 0) this.#deliver(null, 0);
    else this.#deliver(joined(pieces) as Uint8Array<ArrayBuffer>, this.written);
  }

  protected sendEnd(): void {
    this.#controller?.close();
  }

  protected sendTrailers(trailers: RawFields): (() => void) | undefined {
    const { sendTrailers } = this.#web;
    const last = sendTrailers && this.head.length === undefined ? fitTrailers(trailers) : [];
    return last.length > 0 ? () => sendTrailers?.(last) : undefined;
  }

  protected cut(): void {
    const { cut } = this.#web;
    if (!this.#controller) return;
    if (cut) cut(this.head.length !== undefined);
    else this.#controller.error(this.failure ?? new Error("The answer broke off."));
  }

  #deliver(body: ReadableStream | Uint8Array<ArrayBuffer> | null, length: number | undefined): void {
    const { status, fields, announced } = this.head;
    const headers = new Headers();
    for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
    if (length !== undefined) headers.append("content-length", `${length}`);
    else if (this.#web.announces && body instanceof ReadableStream) {
      if (announced !== undefined) headers.append("trailer", announced);
      // Or else what writes it may find that it is short, and give it a length.
      headers.append("transfer-encoding", "chunked");
    }
    this.#web.deliver(new Response(body, { status, headers }));
  }

  /** Not within what the stream is at. */
  #wake(): void {
    queueMicrotask(() => this.waiter.tell());
  }
}
