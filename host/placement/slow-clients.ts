/** Clients of HTTP exchanges that hold cells while others wait for one: the slowest of them makes room. */
import { handlerBounds } from "../bounds/handler-bounds.ts";
import { clientLeft } from "../capabilities/http/guest-exchange.ts";
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RawFields,
  RequestHead,
  ResponseHead,
} from "../capabilities/http/http-exchange.ts";
import { soon } from "../capabilities/http/waiter.ts";
import { HotcellError } from "../errors.ts";

/** Milliseconds that a client has to come to the least rate. */
const patience = handlerBounds.slowTime.value;
/** Bytes in a millisecond. */
const leastRate = handlerBounds.slowRate.value / 1000;

/** Exchanges of one deployment, looked at while cells wait for their clients. */
export class SlowClients {
  readonly #wanted: () => boolean;
  readonly #waiting = new Set<PacedExchange>();
  #looking: NodeJS.Timeout | undefined;

  /** Common to all exchanges. */
  readonly #pacing: Pacing;

  /** `wanted`: tells whether somebody waits for a cell. */
  constructor(plugin: string, wanted: () => boolean) {
    this.#wanted = wanted;
    this.#pacing = {
      plugin,
      waits: (paced) => {
        this.#waiting.add(paced);
        this.#looking ??= setInterval(() => this.look(performance.now()), patience / 5).unref();
      },
      over: (paced) => {
        this.#waiting.delete(paced);
        if (this.#waiting.size > 0) return;
        clearInterval(this.#looking);
        this.#looking = undefined;
      },
    };
  }

  /** The same exchange, whose pace is known. Its `over` is to be called at its end. */
  pace(exchange: HttpExchange): PacedExchange {
    return new PacedExchange(exchange, this.#pacing);
  }

  /** Cuts off the slowest of those that are below the least rate, where somebody waits for a cell. */
  look(now: number): void {
    const wanted = this.#wanted();
    let slowest: PacedExchange | undefined;
    let least = leastRate;
    for (const paced of this.#waiting) {
      const rate = paced.rate(now);
      if (!wanted || rate >= least) continue;
      [slowest, least] = [paced, rate];
    }
    slowest?.cut();
  }
}

interface Pacing {
  readonly plugin: string;
  /** Called once, when the guest first waits for the client. */
  readonly waits: (paced: PacedExchange) => void;
  readonly over: (paced: PacedExchange) => void;
}

export class PacedExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: PacedBody | undefined;
  readonly #exchange: HttpExchange;
  readonly #pacing: Pacing;
  #out: PacedBytes | undefined;
  #watched = false;
  /** Waits for the client that the guest is in at present, and since when. */
  #waits = 0;
  #since = 0;
  /** Milliseconds that it waited since it was looked at last, and bytes that went either way. */
  #waited = 0;
  #moved = 0;

  constructor(exchange: HttpExchange, pacing: Pacing) {
    this.request = exchange.request;
    this.body = exchange.body && new PacedBody(exchange.body, this, pacing.plugin);
    this.#exchange = exchange;
    this.#pacing = pacing;
  }

  inform(head: ResponseHead): void {
    this.#exchange.inform(head);
  }

  respond(head: ResponseHead): OutgoingBytes {
    this.#out = new PacedBytes(this.#exchange.respond(head), this, this.#pacing.plugin);
    return this.#out;
  }

  holds(bytes: number): boolean {
    return this.#exchange.holds?.(bytes) ?? false;
  }

  over(): void {
    if (this.#watched) this.#pacing.over(this);
  }

  /** Bytes that went, either way. */
  moved(bytes: number): void {
    this.#moved += bytes;
  }

  /** Watches a wait for the client, which ends when `callback` is called, or what is returned is. */
  wait(watch: (callback: () => void) => () => void, callback: () => void): () => void {
    if (!this.#watched) {
      this.#watched = true;
      this.#moved = 0;
      this.#pacing.waits(this);
    }
    if (this.#waits++ === 0) this.#since = performance.now();
    let waits = true;
    const end = () => {
      if (waits && --this.#waits === 0) this.#waited += performance.now() - this.#since;
      waits = false;
    };
    const cancel = watch(() => {
      end();
      callback();
    });
    return () => {
      end();
      cancel();
    };
  }

  /** Bytes in a millisecond of waiting; endless where the guest does not wait now, or has not for long. */
  rate(now: number): number {
    const time = this.#waited + (this.#waits > 0 ? now - this.#since : 0);
    if (time < patience) return Number.POSITIVE_INFINITY;
    const rate = this.#moved / time;
    if (rate < leastRate) return this.#waits > 0 ? rate : Number.POSITIVE_INFINITY;
    // What it did long ago says nothing of what it does.
    this.#waited = this.#moved = 0;
    this.#since = now;
    return rate;
  }

  /** Ends the client's part: its response where that has begun, else its request. */
  cut(): void {
    this.over();
    this.body?.tooSlow();
    this.#out?.tooSlow();
  }
}

class PacedBody implements IncomingBytes {
  readonly #body: IncomingBytes;
  readonly #paced: PacedExchange;
  readonly #plugin: string;
  #failure: HotcellError | undefined;
  #wake: () => void = () => {};

  constructor(body: IncomingBytes, paced: PacedExchange, plugin: string) {
    this.#body = body;
    this.#paced = paced;
    this.#plugin = plugin;
  }

  get readable(): boolean {
    return this.#failure !== undefined || this.#body.readable;
  }

  read(max: number): Uint8Array | undefined {
    if (this.#failure) throw this.#failure;
    const bytes = this.#body.read(max);
    if (bytes) this.#paced.moved(bytes.byteLength);
    return bytes;
  }

  whenReadable(callback: () => void): () => void {
    if (this.readable) return soon(callback);
    return this.#paced.wait((resolve) => {
      this.#wake = resolve;
      return this.#body.whenReadable(resolve);
    }, callback);
  }

  get trailers(): RawFields {
    return this.#body.trailers;
  }

  discard(): void {
    this.#body.discard();
  }

  tooSlow(): void {
    this.#failure = new HotcellError(
      "request-timeout",
      `The body of the request to ${this.#plugin} came too slowly, while others waited.`,
      {
        subject: this.#plugin,
        limit: `${handlerBounds.slowRate.value} bytes a second`,
        remedy: "Send it faster, or when the plugin has less to do.",
      },
    );
    this.#wake();
  }
}

class PacedBytes implements OutgoingBytes {
  readonly #out: OutgoingBytes;
  readonly #paced: PacedExchange;
  readonly #plugin: string;
  #cut = false;
  #wake: () => void = () => {};

  constructor(out: OutgoingBytes, paced: PacedExchange, plugin: string) {
    this.#out = out;
    this.#paced = paced;
    this.#plugin = plugin;
  }

  get room(): number {
    return this.#cut ? 0 : this.#out.room;
  }

  get closed(): boolean {
    return this.#cut || this.#out.closed;
  }

  get held(): boolean {
    return this.#out.held ?? false;
  }

  write(bytes: Uint8Array): void {
    if (this.#cut) throw clientLeft(this.#plugin);
    this.#paced.moved(bytes.byteLength);
    this.#out.write(bytes);
  }

  holds(bytes: number): boolean {
    return !this.#cut && (this.#out.holds?.(bytes) ?? false);
  }

  flush(): void {
    if (!this.#cut) this.#out.flush();
  }

  whenRoom(callback: () => void): () => void {
    if (this.room > 0 || this.closed) return soon(callback);
    return this.#paced.wait((resolve) => {
      this.#wake = resolve;
      return this.#out.whenRoom(resolve);
    }, callback);
  }

  finish(trailers: RawFields | undefined): void {
    if (this.#cut) throw clientLeft(this.#plugin);
    this.#out.finish(trailers);
  }

  abort(): void {
    this.#out.abort();
  }

  tooSlow(): void {
    this.#cut = true;
    this.#out.abort();
    this.#wake();
  }
}
