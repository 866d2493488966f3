/** Exchange of an HTTP handler, as a cell in a process has it: its client is at the other end of the host's. */
import type { Data } from "../../backends/data.ts";
import { drain, type Exchange } from "../../backends/exchange.ts";
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RawFields,
  RequestHead,
  ResponseHead,
} from "../../capabilities/http/http-exchange.ts";
import { Waiter } from "../../capabilities/http/waiter.ts";
import { type ErrorCode, HotcellError } from "../../errors.ts";
import { free, joined } from "../../platform/spent-bytes.ts";
import { partBytes, type ResponsePart, readEnd, readRequest, responsePart } from "./handler-parts.ts";

/** Bytes that a response may have written and not yet sent. */
const window = 64 * 1024;
/** Bytes of a response that are sent though nobody flushes. */
const enough = 32 * 1024;

const nothing = new Uint8Array(0);

export class MirroredExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: MirroredBody | undefined;
  readonly #parts: OutgoingParts;
  #response: MirroredResponse | undefined;

  private constructor(first: Data, exchange: Exchange, keeps: boolean) {
    const { request, body } = readRequest(first);
    this.request = request;
    this.body = body ? new MirroredBody(exchange) : undefined;
    this.#parts = new OutgoingParts(exchange, keeps);
  }

  /** Undefined where nobody asks any more. `keeps`: who takes the parts of the exchange has them in this process, and not copies. */
  static async accept(exchange: Exchange, keeps = false): Promise<MirroredExchange | undefined> {
    const first = await exchange.receive();
    return first === undefined ? undefined : new MirroredExchange(first, exchange, keeps);
  }

  inform(informed: ResponseHead): void {
    this.#parts.send({ informed });
  }

  respond(head: ResponseHead): OutgoingBytes {
    this.#response = new MirroredResponse(head, this.#parts);
    return this.#response;
  }

  /** Resolves when all has been sent, or nobody takes it any more. */
  async sent(): Promise<void> {
    this.#response?.flush();
    await this.#parts.sent();
  }

  /** The error as the host can read it: what its client did, it knows better. */
  told(thrown: unknown): unknown {
    const knows = thrown === this.body?.broken || (this.#parts.closed && isCancelled(thrown));
    return knows
      ? new HotcellError("closed", "The client has left, or sent no whole request.", { remedy: "Ask again." })
      : thrown;
  }
}

function isCancelled(thrown: unknown): boolean {
  return thrown instanceof HotcellError && thrown.code === "cancelled";
}

class MirroredBody implements IncomingBytes {
  readonly #exchange: Exchange;
  #here: Uint8Array = nothing;
  #ended = false;
  #fetching = false;
  #discarded = false;
  readonly #waiter = new Waiter();
  trailers: RawFields = [];
  /** Error that it broke off with. */
  broken: HotcellError | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#fetch();
  }

  get readable(): boolean {
    return this.#here.length > 0 || this.#ended || this.broken !== undefined;
  }

  read(max: number): Uint8Array | undefined {
    if (this.#here.length === 0) {
      if (this.broken) throw this.broken;
      return this.#ended ? undefined : nothing;
    }
    const given = this.#here.subarray(0, max);
    this.#here = this.#here.subarray(given.length);
    if (this.#here.length === 0) this.#fetch();
    return given;
  }

  whenReadable(callback: () => void): () => void {
    return this.#waiter.wait(callback, this.readable);
  }

  discard(): void {
    this.#discarded = true;
    this.#here = nothing;
    if (!this.#fetching && !this.#ended && !this.broken) void drain(this.#exchange);
  }

  #fetch(): void {
    if (this.#fetching || this.#ended || this.broken) return;
    this.#fetching = true;
    this.#exchange.receive().then(
      (part) => this.#take(part),
      (error: unknown) => this.#breakOff(error as HotcellError),
    );
  }

  #take(part: Data | undefined): void {
    this.#fetching = false;
    if (this.#discarded) {
      if (part !== undefined) void drain(this.#exchange);
      return;
    }
    if (part instanceof Uint8Array) this.#here = part;
    else if (part !== undefined) {
      const end = readEnd(part);
      if ("trailers" in end) {
        this.trailers = end.trailers;
        this.#ended = true;
      } else this.#breakOff(new HotcellError(end.broken as ErrorCode, "The request did not come whole."));
    }
    this.#waiter.tell();
  }

  #breakOff(error: HotcellError): void {
    this.#fetching = false;
    this.broken = error;
    this.#waiter.tell();
  }
}

/** Parts on their way to the host, one after the other. */
class OutgoingParts {
  readonly #exchange: Exchange;
  readonly #keeps: boolean;
  readonly #queue: Data[] = [];
  #busy = false;
  #sending: Promise<void> | undefined;
  #held = 0;
  readonly #waiter = new Waiter();

  constructor(exchange: Exchange, keeps: boolean) {
    this.#exchange = exchange;
    this.#keeps = keeps;
    exchange.signal.addEventListener("abort", () => this.#waiter.tell(), { once: true });
  }

  get closed(): boolean {
    return this.#exchange.signal.aborted;
  }

  /** Bytes of bodies that were not sent yet. */
  get held(): number {
    return this.#held;
  }

  send(part: ResponsePart): void {
    this.#held += part.bytes?.length ?? 0;
    this.#queue.push(responsePart(part));
    if (!this.#busy) this.#sending = this.#sendAll();
  }

  whenSent(callback: () => void, sent: boolean): () => void {
    return this.#waiter.wait(callback, sent);
  }

  async sent(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    this.#busy = true;
    for (let part = this.#queue.shift(); part !== undefined; part = this.#queue.shift()) {
      await this.#exchange.send(part).catch(() => {});
      const { bytes } = part as { readonly bytes?: Uint8Array };
      if (bytes === undefined) continue;
      this.#held -= bytes.length;
      if (!this.#keeps) free(bytes);
      this.#waiter.tell();
    }
    this.#busy = false;
  }
}

class MirroredResponse implements OutgoingBytes {
  readonly #parts: OutgoingParts;
  /** Until it is sent. */
  #head: ResponseHead | undefined;
  #pieces: Uint8Array[] = [];
  #kept = 0;
  #ended = false;

  constructor(head: ResponseHead, parts: OutgoingParts) {
    this.#head = head;
    this.#parts = parts;
  }

  get room(): number {
    return this.closed ? 0 : Math.max(0, window - this.#kept - this.#parts.held);
  }

  get closed(): boolean {
    return this.#parts.closed;
  }

  write(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#kept += bytes.length;
    if (this.#kept > enough) this.flush();
  }

  flush(): void {
    if (!this.#ended && (this.#head || this.#kept > 0)) this.#send({});
  }

  whenRoom(callback: () => void): () => void {
    this.flush();
    return this.#parts.whenSent(callback, this.room > 0 || this.closed);
  }

  finish(trailers: RawFields | undefined): void {
    this.#end({ end: { trailers } });
  }

  abort(): void {
    this.#end({ abort: true });
  }

  #end(how: ResponsePart): void {
    if (this.#ended) return;
    this.#send(how);
    this.#ended = true;
  }

  /** Sends what was kept, and the last part with it. */
  #send(last: ResponsePart): void {
    const pieces = this.#pieces.splice(0);
    const kept = pieces.length === 0 ? nothing : joined(pieces);
    this.#kept = 0;
    let at = 0;
    for (; kept.length - at > partBytes; at += partBytes)
      this.#sendPart({ bytes: new Uint8Array(kept.subarray(at, at + partBytes)) });
    const rest = at === 0 ? kept : new Uint8Array(kept.subarray(at));
    if (at > 0) free(kept);
    this.#sendPart({ ...(rest.length > 0 && { bytes: rest }), ...last });
  }

  #sendPart(part: ResponsePart): void {
    const head = this.#head;
    this.#head = undefined;
    this.#parts.send({ ...(head && { head }), ...part });
  }
}
