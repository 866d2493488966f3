import type { Dispatcher } from "undici";
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import { latin1 } from "../../text/latin1.ts";
import { type Data, weighData } from "../data.ts";
import type { Exchange } from "../exchange.ts";
import { exchangeBytes } from "../exchange.ts";
import type { ClientTimeouts } from "./client-settings.ts";
import { failureOf, overflow } from "./error-codes.ts";
import type { PhaseTimer } from "./phase-timer.ts";
import { RequestFailure } from "./request-failure.ts";

/** Head of a response, as it came. */
export interface HopHead {
  readonly status: number;
  /** Value of its `Location`, where it has one. */
  readonly location: string | undefined;
}

export interface HopOptions {
  readonly exchange: Exchange;
  readonly timer: PhaseTimer;
  readonly timeouts: ClientTimeouts;
  /** Bytes that the body of the response may have. */
  readonly responseBytes: number;
  /** Tells whether the response is the guest's; if not, nothing more of it is read. */
  readonly accept: (head: HopHead) => boolean;
}

/** Bytes of one piece of a body, on its way to the guest's side. */
const pieceBytes = exchangeBytes.part - 64;

/** Fields that are between the server and the host. */
const between = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/**
 * One request with its response, as undici tells of it. The response goes to the guest's side piece by piece, no faster than that
 * takes them; `done` is settled when it has all of it, `closed` when the connection is free or gone.
 */
export class Hop implements Dispatcher.DispatchHandler {
  readonly #options: HopOptions;
  readonly #done = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #controller: Dispatcher.DispatchController | undefined;
  /** Reason why no more of it is wanted. */
  #reason: Error | undefined;
  /** Parts on their way to the guest's side, one after the other. */
  #sending: Promise<void> = Promise.resolve();
  /** Chunks of these that are waited for: as long as there are any, the server is held back. */
  #held = 0;
  /** Responses that came before the response. */
  #before = 0;
  status: number | undefined;
  received = 0;

  constructor(options: HopOptions) {
    this.#options = options;
    this.done.catch(() => {});
  }

  /** Rejects with RequestFailure, and with why the exchange was cut off. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#done.reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#reason) controller.abort(this.#reason);
    else this.#options.timer.begin(this.#options.timeouts.firstByte, "HTTP-response-timeout");
  }

  /** The server takes what the guest sends. */
  onBodySent(): void {
    if (this.status === undefined) this.#options.timer.refresh();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#reason) return;
    if (status < 200) {
      if (++this.#before > httpClientBounds.informational.value)
        throw new RequestFailure("HTTP-protocol-error");
      return;
    }
    const { accept } = this.#options;
    const headers = fieldsOf(controller.rawHeaders);
    this.status = status;
    if (!accept({ status, location: locationIn(headers) })) {
      this.#reason = new RequestFailure("HTTP-response-incomplete");
      this.#done.resolve();
      controller.abort(this.#reason);
      return;
    }
    const head = { status, headers };
    if (weighData(head) > pieceBytes)
      throw new RequestFailure("HTTP-response-header-section-size", httpClientBounds.responseFields.value);
    this.#send(controller, [head]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    // Whenever it goes on, undici tells of a chunk without bytes first: to hold that back would be to go on for ever.
    if (this.#reason || chunk.byteLength === 0) return;
    this.received += chunk.byteLength;
    const { responseBytes } = this.#options;
    if (this.received > responseBytes) throw new RequestFailure("HTTP-response-body-size", responseBytes);
    const own = ownedBytes(chunk);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < own.byteLength; at += pieceBytes) pieces.push(own.subarray(at, at + pieceBytes));
    this.#send(controller, pieces);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#options.timer.rest();
    this.#closed.resolve();
    const trailers = fieldsOf(controller.rawTrailers);
    if (this.#held === 0 && trailers.length === 0) {
      // At once, so that a guest which is about to read on finds the end and need not wait for it.
      this.#options.exchange.end();
      this.#done.resolve();
      return;
    }
    const last = async () => {
      await this.#sending;
      if (trailers.length > 0) await this.#options.exchange.send({ trailers });
    };
    last().then(this.#done.resolve, this.#done.reject);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#options.timer.rest();
    this.#closed.resolve();
    const failure = responseFailure(error, this.status !== undefined);
    // What came before is the guest's all the same.
    this.#sending.then(() => this.#done.reject(failure), this.#done.reject);
  }

  #send(controller: Dispatcher.DispatchController, parts: readonly Data[]): void {
    const { exchange, timer, timeouts } = this.#options;
    const failed = (error: Error) => this.abort(error);
    let last: Promise<void> | undefined;
    let at = 0;
    // Parts that were held back go first.
    for (; this.#held === 0 && at < parts.length && exchange.open; at++) {
      last = exchange.send(parts[at]!);
      last.catch(failed);
    }
    if (this.#held === 0 && at === parts.length && exchange.open) {
      timer.begin(timeouts.betweenBytes, "connection-read-timeout");
      return;
    }
    this.#held++;
    controller.pause();
    timer.rest();
    const sending = async () => {
      await this.#sending;
      await last;
      for (; at < parts.length; at++) await exchange.send(parts[at]!);
      this.#held--;
      if (this.#reason || this.#held > 0) return;
      timer.begin(timeouts.betweenBytes, "connection-read-timeout");
      controller.resume();
    };
    this.#sending = sending();
    this.#sending.catch(failed);
  }
}

/** A connection that ends after the head of a response leaves it unfinished. */
function responseFailure(error: Error, begun: boolean): RequestFailure {
  const failure = failureOf(error);
  if (begun && failure.told.tag === "connection-terminated")
    return new RequestFailure("HTTP-response-incomplete");
  // Lengths that contradict one another, and not a body that is short.
  if (!begun && failure.told.tag === "HTTP-response-incomplete")
    return new RequestFailure("HTTP-protocol-error");
  const { code } = error as { code?: string };
  if (code === "UND_ERR_HEADERS_OVERFLOW" || code === overflow) {
    const limit = httpClientBounds.responseFields.value;
    return new RequestFailure(
      begun ? "HTTP-response-trailer-section-size" : "HTTP-response-header-section-size",
      limit,
    );
  }
  return failure;
}

/**
 * Bytes to be kept: a view where it is most of what it is a view of, and a copy elsewhere, so that no server makes the host keep a buffer
 * of the socket's for a byte of the body.
 */
function ownedBytes(chunk: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = chunk;
  return 2 * byteLength >= buffer.byteLength
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(chunk);
}

type Field = readonly [name: string, value: Uint8Array];

/** Fields as undici has them: names and values by turns, as bytes. */
function fieldsOf(raw: Dispatcher.DispatchController["rawHeaders"]): Field[] {
  if (!Array.isArray(raw)) return [];
  const fields: Field[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i] as Buffer);
    // Copied, as undici's are views of all that came.
    if (!between.has(name.toLowerCase())) fields.push([name, new Uint8Array(raw[i + 1] as Buffer)]);
  }
  return fields;
}

function locationIn(fields: readonly Field[]): string | undefined {
  const field = fields.find(([name]) => name.toLowerCase() === "location");
  return field && latin1(field[1]);
}
