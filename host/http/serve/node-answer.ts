/** Responses of plugins, as Node sends them: a short one whole in one write, with its length. */

import type { ServerResponse } from "node:http";
import { serveBounds } from "../../bounds/serve-bounds.ts";
import type { RawFields } from "../../capabilities/http/http-exchange.ts";
import { free, joined } from "../../platform/spent-bytes.ts";
import { latin1 } from "../../text/latin1.ts";
import { Answer, type AnswerContext } from "./answer.ts";
import { fitTrailers } from "./message-fields.ts";
import type { FitHead } from "./response-fields.ts";
import type { ExchangeHandler } from "./serving-options.ts";

/** Bytes up to which a body goes into one text with its head, which Node writes at once. */
const maxText = 8 * 1024;
/** Room from which on a plugin that waits is woken: for less it would do as much. */
const worthwhile = serveBounds.uncountedAnswer.value / 2;

export interface NodeAnswerContext extends AnswerContext {
  /** The client takes trailers. */
  readonly trailers: boolean;
  /** See `letGo`. */
  readonly held: boolean;
  /** Who does something at the end of this turn of the event loop. */
  readonly sender: Pick<ExchangeHandler, "putOff">;
  readonly logFault: (error: unknown) => void;
}

export class NodeAnswer extends Answer {
  readonly #response: ServerResponse;
  readonly #trailers: boolean;
  #listens = false;
  #held: boolean;
  readonly #sending: Pick<NodeAnswerContext, "sender" | "logFault">;
  /** Body of an answer that is held. */
  #whole: readonly Uint8Array[] | undefined;

  constructor(response: ServerResponse, head: FitHead, context: NodeAnswerContext) {
    super(head, context);
    this.#response = response;
    this.#trailers = context.trailers;
    this.#held = context.held;
    this.#sending = context;
  }

  /**
   * Sends what was held back in the turn of the event loop in which the guest was called. An answer that is whole by then is sent
   * when the guest has ended: what the system takes for that is no time of the guest's. A short one is sent with the others of the
   * turn: each that is sent wakes its client, which by then has taken the processor's caches, and often the processor.
   */
  letGo(): void {
    this.#held = false;
    const whole = this.#whole;
    if (whole && this.written <= maxText) this.#sending.sender.putOff(() => this.#sendLate(whole));
    else if (whole) this.sendWhole(whole);
    else if (!this.ended) this.flush();
  }

  #sendLate(whole: readonly Uint8Array[]): void {
    if (this.left) return;
    try {
      this.sendWhole(whole);
    } catch (error) {
      this.#response.destroy();
      this.#sending.logFault(error);
    }
  }

  get held(): boolean {
    return this.#held;
  }

  holds(bytes: number): boolean {
    return this.#held && this.unsent(bytes);
  }

  /** Forgets what was held. */
  withdraw(): void {
    this.#whole = undefined;
    this.abort();
  }

  protected get left(): boolean {
    return this.#response.destroyed;
  }

  protected get behind(): number {
    return this.#response.writableLength;
  }

  override whenRoom(callback: () => void): () => void {
    this.#listen();
    return super.whenRoom(callback);
  }

  protected sendHead(pieces: readonly Uint8Array[]): void {
    const { status, fields, length, announced, bodiless } = this.head;
    const response = this.#response;
    if (length !== undefined) fields.push("Content-Length", `${length}`);
    else if (announced !== undefined && this.#trailers && !bodiless && response.useChunkedEncodingByDefault)
      fields.push("Trailer", announced);
    response.writeHead(status, fields);
    if (pieces.length === 0) response.flushHeaders();
    else this.sendPiece(joined(pieces));
  }

  protected sendPiece(bytes: Uint8Array): void {
    this.#response.write(bytes, (error) => {
      if (!error) free(bytes);
      this.#sent();
    });
  }

  protected sendWhole(pieces: readonly Uint8Array[]): void {
    if (this.#held) {
      this.#whole = pieces;
      return;
    }
    const { status, fields, length, bodiless } = this.head;
    const response = this.#response;
    // A HEAD says of the body what a GET would (RFC 9110, section 9.3.2).
    const size = length ?? (bodiless ? sizeOfHead(response, this.written) : this.written);
    if (size !== undefined) fields.push("Content-Length", `${size}`);
    response.writeHead(status, fields);
    const [first] = pieces;
    if (first === undefined) response.end();
    else if (this.written <= maxText && pieces.length === 1) response.end(latin1(first), "latin1");
    else response.end(joined(pieces));
  }

  protected sendEnd(): void {
    this.#response.end();
  }

  protected sendTrailers(trailers: RawFields): (() => void) | undefined {
    const last = this.#trailers ? fitTrailers(trailers) : [];
    if (last.length === 0) return undefined;
    return () => {
      if (this.#response.chunkedEncoding) addTrailers(this.#response, last);
    };
  }

  protected cut(): void {
    cutOff(this.#response, this.head.length !== undefined);
  }

  /** Called as Node has handed something on to the system. */
  #sent(): void {
    if (this.waiter.size > 0 && this.room >= worthwhile) this.waiter.tell();
  }

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    this.#response.once("close", () => {
      this.release();
      this.waiter.tell();
    });
  }
}

/** Trailers that Node writes after the last chunk of a response. */
export function addTrailers(response: ServerResponse, trailers: RawFields): void {
  const entries: [string, string][] = [];
  for (let i = 0; i < trailers.length; i += 2) entries.push([trailers[i]!, trailers[i + 1]!]);
  response.addTrailers(entries);
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
