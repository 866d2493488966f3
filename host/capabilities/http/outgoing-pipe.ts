import { handlerBounds } from "../../bounds/handler-bounds.ts";
import { asHotcellError, ComponentError, type HotcellError } from "../../errors.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { atItsEnd, type Flow, IoError, maxWrite, type Sink } from "../kit/streams.ts";
import type { OutgoingBytes, RawFields } from "./http-exchange.ts";
import { sizeOfFields } from "./http-fields.ts";

const maxTrailers = handlerBounds.fields.value;

/** Taker of a body, once its message is on its way. */
export interface Taker {
  readonly out: OutgoingBytes;
  /** Bytes that there may be. */
  readonly limit: number;
  /** Called when there were more than the limit: it is cut off by then. */
  readonly beyond: (actual: number) => void;
  /** Called with what `out` has refused to go on for. */
  readonly failed: (error: HotcellError) => void;
}

/**
 * Body of a message on its way out of the guest. What comes before the message is given is kept, as much as one write
 * may bring; from then on the pace of whoever takes it is the guest's.
 */
export class OutgoingPipe implements Sink, Flow {
  readonly #objects: HostObjects;
  readonly #of: Kind;
  readonly #declared: () => number | undefined;
  #taker: Taker | undefined;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Bytes of the cell's account that are taken: trailer fields are kept as well. */
  #counted = 0;
  #written = 0;
  #trailers: RawFields | undefined;
  #end: End | undefined;
  #pushing = false;
  #waiting: (() => void)[] | undefined;

  /** `declared`: bytes that it is to have (`Content-Length`); undefined where nobody has said. */
  constructor(objects: HostObjects, of: Kind, declared: () => number | undefined) {
    this.#objects = objects;
    this.#of = of;
    this.#declared = declared;
  }

  /** End that it came to: undefined while the guest may write. */
  get end(): End | undefined {
    return this.#end;
  }

  /** Bytes that it has by now. */
  get written(): number {
    return this.#written;
  }

  /** True where it has ended with nothing in it. */
  get empty(): boolean {
    return this.#end === "finished" && this.#written === 0 && !this.#trailers?.length;
  }

  get flow(): Flow {
    return this;
  }

  /** Room that can be taken back: what is kept before the message is given is the cell's. */
  holds(bytes: number): boolean {
    return this.#taker === undefined || (this.#taker.out.holds?.(bytes) ?? false);
  }

  ready(): boolean {
    if (this.#end !== undefined) return true;
    const out = this.#taker?.out;
    return out === undefined ? this.#keptBytes < maxWrite : out.closed || out.room > 0;
  }

  whenReady(callback: () => void): () => void {
    const out = this.#taker?.out;
    if (out !== undefined && this.#end === undefined) return out.whenRoom(callback);
    this.#waiting ??= [];
    this.#waiting.push(callback);
    return () => {
      this.#waiting = this.#waiting?.filter((each) => each !== callback);
    };
  }

  room(): number {
    if (this.#end !== undefined) throw atItsEnd;
    const out = this.#taker?.out;
    if (out === undefined) return maxWrite - this.#keptBytes;
    if (!out.closed) return out.room;
    this.#finish("left");
    throw atItsEnd;
  }

  write(bytes: Uint8Array): void {
    this.#written += bytes.length;
    if (this.#written > (this.#declared() ?? Number.POSITIVE_INFINITY)) {
      this.cut("too long");
      throw failed(this.#objects, this.#of, this.#written);
    }
    const taker = this.#taker;
    if (taker === undefined) {
      this.#count(bytes.length);
      this.#kept.push(bytes);
      this.#keptBytes += bytes.length;
    } else if (this.#written > taker.limit) {
      this.cut("too long");
      taker.beyond(this.#written);
      throw failed(this.#objects, this.#of, this.#written);
    } else if (!this.#passAll(taker, [bytes])) throw atItsEnd;
    this.#flush();
  }

  /** Nothing is kept back any longer than this does. */
  push(): void {}

  /** Sends what there is when the guest waits or has ended: a short answer is to be sent whole. */
  #flush(): void {
    if (this.#pushing || this.#taker === undefined || this.#taker.out.held) return;
    this.#pushing = true;
    queueMicrotask(() => {
      this.#pushing = false;
      if (this.#end === undefined) this.#taker?.out.flush();
    });
  }

  /** Its response has begun. */
  attach(taker: Taker): void {
    const end = this.#end;
    this.#end = undefined;
    this.#taker = taker;
    const kept = this.#kept;
    this.#forget();
    if (this.#written > taker.limit) {
      this.cut("too long");
      taker.beyond(this.#written);
      return;
    }
    if (kept.length > 0 && !this.#passAll(taker, kept)) return;
    if (end === "finished") {
      if (this.#passEnd(taker)) this.#finish("finished");
    } else if (end !== undefined) this.cut(end);
    else {
      this.#flush();
      this.#tell();
    }
  }

  /** The guest ends it whole. Throws ComponentError with an `error-code`, and cuts it off, where it is too short. */
  finish(trailers: RawFields | undefined): void {
    if (this.#end !== undefined) return;
    const taker = this.#taker;
    if (taker?.out.closed) {
      this.#finish("left");
      return;
    }
    if (this.#written < (this.#declared() ?? 0)) {
      this.cut("too short");
      throw new ComponentError(
        sizeError(this.#of, this.#written),
        "The body is shorter than its Content-Length.",
      );
    }
    if (sizeOfFields(trailers ?? []) > maxTrailers) {
      this.cut("refused");
      throw new ComponentError(
        { tag: `HTTP-${this.#of}-trailer-section-size`, val: maxTrailers },
        "The trailer fields have more bytes than they may.",
      );
    }
    if (!taker && trailers) this.#count(sizeOfFields(trailers));
    this.#trailers = trailers;
    if (taker && !this.#passEnd(taker))
      throw new ComponentError({ tag: "connection-terminated" }, "The body can't be sent.");
    this.#finish("finished");
  }

  /** Ends one that nobody has written to. */
  close(): this {
    this.#finish((this.#declared() ?? 0) > 0 ? "too short" : "finished");
    return this;
  }

  /** Cuts it off, unless it has ended. */
  cut(why: End = "dropped"): void {
    if (this.#end !== undefined) return;
    this.#taker?.out.abort();
    this.#finish(why);
  }

  /** Its message is gone, and was not sent. */
  abandon(): void {
    if (this.#end === undefined) this.cut();
    else this.#forget();
  }

  /** Tells whether they could be passed on; where not, that is its end. */
  #passAll(taker: Taker, pieces: readonly Uint8Array[]): boolean {
    try {
      for (const bytes of pieces) taker.out.write(bytes);
      return true;
    } catch (thrown) {
      return this.#refused(taker, thrown);
    }
  }

  #passEnd(taker: Taker): boolean {
    try {
      taker.out.finish(this.#trailers);
      return true;
    } catch (thrown) {
      return this.#refused(taker, thrown);
    }
  }

  #refused(taker: Taker, thrown: unknown): false {
    taker.failed(asHotcellError(thrown));
    this.cut("refused");
    return false;
  }

  #finish(end: End): void {
    this.#end = end;
    if (end !== "finished") this.#forget();
    this.#tell();
  }

  #count(bytes: number): void {
    this.#objects.keep(bytes);
    this.#counted += bytes;
  }

  #forget(): void {
    if (this.#counted > 0) this.#objects.keep(-this.#counted);
    this.#kept = [];
    this.#keptBytes = this.#counted = 0;
  }

  #tell(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    for (const callback of waiting) callback();
  }
}

/** `left`: the client, before it had all; `refused`: by who holds the client. */
export type End = "finished" | "left" | "refused" | "dropped" | "too long" | "too short";

/** Message that it is the body of. */
type Kind = "request" | "response";

function sizeError(of: Kind, bytes: number) {
  return { tag: `HTTP-${of}-body-size`, val: BigInt(bytes) };
}

function failed(objects: HostObjects, of: Kind, bytes: number): ComponentError {
  const error = new IoError(objects, "The body is longer than it may be.", sizeError(of, bytes));
  return new ComponentError({ tag: "last-operation-failed", val: error });
}
