import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { Exchange } from "../exchange.ts";
import { RequestFailure } from "./request-failure.ts";

/** Limits of the body of one request, in bytes. */
interface BodyLimits {
  readonly most: number;
  /** Bytes that the request's fields say. */
  readonly declared: number | undefined;
}

/** Body of a request, as its parts come from the guest's side. */
export class ClientBody {
  readonly #exchange: Exchange;
  /** The part that was asked for and did not come yet: who drains a body may wait beside who sends it. */
  #next: Promise<Data | undefined> | undefined;
  #ended = false;
  sent = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Parts of the body, as they come. Throws RequestFailure. */
  parts(limits: BodyLimits): AsyncIterable<Uint8Array> {
    const { most, declared } = limits;
    if (declared !== undefined && declared > most) throw new RequestFailure("HTTP-request-body-size", most);
    return this.#parts(limits);
  }

  /** Nothing comes. Throws RequestFailure where the fields say otherwise. */
  none({ declared }: BodyLimits): undefined {
    if (declared) throw new RequestFailure("HTTP-request-body-size", 0);
  }

  /** Takes what still comes for nothing, until the guest's side has ended. */
  async drain(): Promise<void> {
    while (!this.#ended && !this.#exchange.signal.aborted)
      if ((await this.#take().catch(() => undefined)) === undefined) return;
  }

  async *#parts({ most, declared }: BodyLimits): AsyncGenerator<Uint8Array> {
    const limit = declared ?? most;
    for (let part = await this.#take(); part !== undefined; part = await this.#take()) {
      if (isTrailers(part)) {
        refuseTrailers(part);
        continue;
      }
      const bytes = part as Uint8Array;
      this.sent += bytes.byteLength;
      if (this.sent > limit) throw new RequestFailure("HTTP-request-body-size", limit);
      if (bytes.byteLength > 0) yield bytes;
    }
    if (declared !== undefined && this.sent < declared)
      throw new RequestFailure("HTTP-request-body-size", this.sent);
  }

  async #take(): Promise<Data | undefined> {
    this.#next ??= this.#receive();
    const part = await this.#next;
    this.#next = undefined;
    return part;
  }

  async #receive(): Promise<Data | undefined> {
    if (this.#ended) return undefined;
    const part = await this.#exchange.receive();
    if (part === undefined) this.#ended = true;
    else if (!(part instanceof Uint8Array) && !isTrailers(part))
      throw new UnexpectedData("it sent what is no part of a request");
    return part;
  }
}

interface Trailers {
  readonly trailers: readonly Data[];
}

function isTrailers(part: Data): part is Data & Trailers {
  return typeof part === "object" && part !== null && "trailers" in part && Array.isArray(part.trailers);
}

/** No client that Hotcell builds on sends trailers, so that a request has room for none. */
function refuseTrailers({ trailers }: Trailers): void {
  if (trailers.length > 0) throw new RequestFailure("HTTP-request-trailer-section-size", 0);
}
