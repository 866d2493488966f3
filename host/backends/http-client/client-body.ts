import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { Exchange } from "../exchange.ts";
import { readTrailers, type TextField } from "./client-head.ts";
import type { Credential } from "./client-settings.ts";
import { RequestFailure } from "./request-failure.ts";

/** Limits of the body of one request. */
interface BodyLimits {
  /** Bytes. */
  readonly most: number;
  /** Bytes that the request's fields say. */
  readonly declared: number | undefined;
  /** Fields that no trailer may be. */
  readonly credentials: readonly Credential[];
}

/** Body of a request, as its parts come from the guest's side. */
export class ClientBody {
  readonly #exchange: Exchange;
  /** The part that was asked for and did not come yet: who drains a body may wait beside who sends it. */
  #next: Promise<Data | undefined> | undefined;
  #ended = false;
  /** Parts that were taken already, all that it has. */
  #here: Data[] = [];
  sent = 0;
  /** Trailers that came after its last part. */
  trailers: readonly TextField[] = [];

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The body where all of it is here already, none of it trailers; undefined where not. Throws RequestFailure. */
  whole(limits: BodyLimits): Uint8Array | undefined {
    const exchange = this.#exchange;
    if (!exchange.complete) return undefined;
    for (let part = exchange.receiveNow(); part !== undefined; part = exchange.receiveNow())
      this.#here.push(checked(part));
    if (this.#here.some(isTrailers)) return undefined;
    this.#ended = exchange.receiveEnd();
    const pieces = this.#here.splice(0) as Uint8Array[];
    for (const piece of pieces) this.#count(piece, limits);
    this.#requireWhole(limits);
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  /** Parts of the body, as they come. Throws RequestFailure. */
  parts(limits: BodyLimits): AsyncIterable<Uint8Array> {
    const { most, declared } = limits;
    if (declared !== undefined && declared > most) throw new RequestFailure("HTTP-request-body-size", most);
    return this.#parts(limits);
  }

  /** Nothing comes. Throws RequestFailure where the fields say otherwise. */
  none({ declared }: BodyLimits): null {
    if (declared) throw new RequestFailure("HTTP-request-body-size", 0);
    return null;
  }

  /** Takes what still comes for nothing, until the guest's side has ended. */
  async drain(): Promise<void> {
    while (!this.#ended && !this.#exchange.signal.aborted)
      if ((await this.#take().catch(() => undefined)) === undefined) return;
  }

  async *#parts(limits: BodyLimits): AsyncGenerator<Uint8Array> {
    for (let part = await this.#take(); part !== undefined; part = await this.#take()) {
      if (isTrailers(part)) {
        // They come after the last chunk, and a body with a length has none.
        if (limits.declared !== undefined && part.trailers.length > 0)
          throw new RequestFailure("HTTP-request-trailer-section-size", 0);
        this.trailers = readTrailers(part.trailers, limits.credentials);
        continue;
      }
      const bytes = part as Uint8Array;
      this.#count(bytes, limits);
      if (bytes.byteLength > 0) yield bytes;
    }
    this.#requireWhole(limits);
  }

  #count({ byteLength }: Uint8Array, { most, declared = most }: BodyLimits): void {
    const limit = Math.min(most, declared);
    this.sent += byteLength;
    if (this.sent > limit) throw new RequestFailure("HTTP-request-body-size", limit);
  }

  #requireWhole({ declared = 0 }: BodyLimits): void {
    if (this.sent < declared) throw new RequestFailure("HTTP-request-body-size", this.sent);
  }

  async #take(): Promise<Data | undefined> {
    this.#next ??= this.#receive();
    const part = await this.#next;
    this.#next = undefined;
    return part;
  }

  async #receive(): Promise<Data | undefined> {
    if (this.#here.length > 0) return this.#here.shift();
    if (this.#ended) return undefined;
    const part = await this.#exchange.receive();
    if (part !== undefined) return checked(part);
    this.#ended = true;
    return undefined;
  }
}

/** Part that a guest's side may send. Throws `UnexpectedData`. */
function checked(part: Data): Data {
  if (part instanceof Uint8Array || isTrailers(part)) return part;
  throw new UnexpectedData("it sent what is no part of a request");
}

interface Trailers {
  readonly trailers: readonly Data[];
}

function isTrailers(part: Data): part is Data & Trailers {
  return typeof part === "object" && part !== null && "trailers" in part && Array.isArray(part.trailers);
}
