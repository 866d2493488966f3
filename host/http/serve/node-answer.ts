/** Responses of plugins, as Node sends them: a short one whole in one write, with its length. */

import type { ServerResponse } from "node:http";
import { serveBounds } from "../../bounds/serve-bounds.ts";
import type { OutgoingBytes, RawFields } from "../../capabilities/http/http-exchange.ts";
import type { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { nobodyThere, otherLength, responseTooLarge } from "./body-refusals.ts";
import { fitTrailers } from "./message-fields.ts";
import type { FitHead } from "./response-fields.ts";

const maxWhole = serveBounds.wholeAnswer.value;
const uncounted = serveBounds.uncountedAnswer.value;
const window = serveBounds.answerWindow.value;
/** Bytes up to which a body goes into one text with its head, which Node writes at once. */
const maxText = 8 * 1024;

/** Request and limits that an answer belongs to. */
export interface AnswerContext {
  readonly plugin: string;
  /** Bytes that it may have. */
  readonly limit: number;
  /** The client takes trailers. */
  readonly trailers: boolean;
  readonly heap: HeapAccount | undefined;
}

export class NodeAnswer implements OutgoingBytes {
  readonly #response: ServerResponse;
  readonly #head: FitHead;
  readonly #context: AnswerContext;
  /** Pieces that wait for the head to be sent. */
  #pieces: Uint8Array[] = [];
  #written = 0;
  /** Bytes beyond `uncounted` that may wait in Node, taken from the host's account. */
  #counted = 0;
  #begun = false;
  #ended = false;
  #listens = false;
  #waiting: (() => void) | undefined;
  #flushing: NodeJS.Immediate | undefined;
  /** Error that ended it, where it could not be sent. */
  failure: HotcellError | undefined;

  constructor(response: ServerResponse, head: FitHead, context: AnswerContext) {
    this.#response = response;
    this.#head = head;
    this.#context = context;
  }

  /** Something of it was sent, so that nothing else can be answered. */
  get begun(): boolean {
    return this.#begun;
  }

  /** It is whole, or was cut off. */
  get ended(): boolean {
    return this.#ended;
  }

  get closed(): boolean {
    return this.failure !== undefined || this.#response.destroyed;
  }

  get room(): number {
    if (this.closed) return 0;
    if (this.#head.bodiless) return window;
    if (!this.#begun) return window - this.#written;
    const behind = this.#response.writableLength;
    if (behind < uncounted) return uncounted + this.#counted - behind;
    if (this.#counted === 0 && this.#context.heap?.tryTake(window - uncounted) !== false) {
      this.#counted = window - uncounted;
    }
    return Math.max(0, uncounted + this.#counted - behind);
  }

  write(bytes: Uint8Array): void {
    if (this.closed || this.#ended) throw this.failure ?? nobodyThere(this.#context.plugin);
    this.#written += bytes.byteLength;
    const { plugin, limit } = this.#context;
    const { bodiless, length } = this.#head;
    if (this.#written > limit) throw this.#fail(responseTooLarge(plugin, limit));
    if (bodiless) return;
    if (length !== undefined && this.#written > length) {
      throw this.#fail(otherLength(plugin, length, this.#written));
    }
    if (this.#begun) {
      this.#response.write(bytes, this.#sent);
      return;
    }
    this.#pieces.push(bytes);
    if (this.#written > maxWhole) this.#begin();
  }

  flush(): void {
    // What follows in this turn goes with it: most guests flush, and end.
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
    this.#listen();
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
    const last = trailers && this.#context.trailers && !bodiless ? fitTrailers(trailers) : [];
    this.#release();
    if (this.#begun) {
      this.#addTrailers(last);
      this.#response.end();
    } else if (last.length > 0) {
      this.#begin();
      this.#addTrailers(last);
      this.#response.end();
    } else {
      this.#sendWhole();
    }
    this.#ended = true;
  }

  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    if (this.#begun) cutOff(this.#response, this.#head.length !== undefined);
  }

  #sendWhole(): void {
    const { status, fields, length, bodiless } = this.#head;
    const response = this.#response;
    this.#begun = true;
    // A HEAD says of the body what a GET would (RFC 9110, section 9.3.2).
    const size = length ?? (bodiless ? sizeOfHead(response, this.#written) : this.#written);
    if (size !== undefined) fields.push("Content-Length", `${size}`);
    response.writeHead(status, fields);
    const [first, ...others] = this.#pieces;
    this.#pieces = [];
    if (first === undefined) response.end();
    else if (this.#written <= maxText && others.length === 0) {
      const { buffer, byteOffset, byteLength } = first;
      response.end(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"), "latin1");
    } else response.end(others.length === 0 ? first : Buffer.concat([first, ...others]));
  }

  /** Sends the head and what there is of the body. */
  #begin(): void {
    this.#unschedule();
    if (this.#begun || this.#ended || this.closed) return;
    const { status, fields, length, announced } = this.#head;
    const response = this.#response;
    this.#begun = true;
    if (length !== undefined) fields.push("Content-Length", `${length}`);
    else if (
      announced !== undefined &&
      this.#context.trailers &&
      !this.#head.bodiless &&
      response.useChunkedEncodingByDefault
    )
      fields.push("Trailer", announced);
    response.writeHead(status, fields);
    const pieces = this.#pieces;
    this.#pieces = [];
    if (pieces.length === 0) response.flushHeaders();
    else response.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), this.#sent);
  }

  #addTrailers(trailers: RawFields): void {
    if (trailers.length === 0 || !this.#response.chunkedEncoding) return;
    const entries: [string, string][] = [];
    for (let i = 0; i < trailers.length; i += 2) entries.push([trailers[i]!, trailers[i + 1]!]);
    this.#response.addTrailers(entries);
  }

  /** Ends it where what the plugin sends can't go on: cut off where it has begun, else left for an error to be answered. */
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

  /** Called as Node has handed something on to the system. */
  readonly #sent = (): void => {
    if (this.#waiting && this.room >= uncounted / 2) this.#wake();
  };

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    this.#response.once("close", () => {
      this.#release();
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}

/** Length that an answer to HEAD tells, of a plugin that has written what it would write for GET. */
function sizeOfHead({ req }: ServerResponse, written: number): number | undefined {
  return req.method === "HEAD" && written > 0 ? written : undefined;
}

/** Cuts the connection of a response that is not whole, so that its client sees that. */
export function cutOff(response: ServerResponse, declared: boolean): void {
  // A body that only the end of its connection ends would look whole.
  if (declared || response.chunkedEncoding) response.destroy();
  else response.socket?.resetAndDestroy();
}
