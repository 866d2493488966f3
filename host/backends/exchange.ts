/**
 * An exchange: parts of data that go both ways between two ends, as long as it takes, each way with back-pressure. One
 * end is a cell's, the other a backend's, or that of whoever has an export driven; they may be in two processes.
 */
import { backendBounds } from "../bounds/cell-bounds.ts";
import { HotcellError } from "../errors.ts";
import { type Data, weighData } from "./data.ts";
import { PartQueue } from "./part-queue.ts";

/** Bytes of parts, in one direction, that were sent and not yet received; a part may have as many as `part`. */
export const exchangeBytes = {
  window: backendBounds.window.value,
  part: backendBounds.part.value,
  /** A part counts for so many more than it has, so that small ones have a limit too. */
  partOverhead: 64,
} as const;

/** One end of an exchange. */
export interface Exchange {
  /** Aborted once the exchange is cut off, by either end or because one is gone. Its reason is a HotcellError. */
  readonly signal: AbortSignal;
  /** The other end's next part; undefined after its last. One at a time. Rejects with why the exchange was cut off. */
  receive(): Promise<Data | undefined>;
  /** The same where it is here already, the end apart, and nobody waits for it; undefined where not. */
  receiveNow(): Data | undefined;
  /** True where the other end has sent its last part, so that all that is to come is here. */
  readonly complete: boolean;
  /** True where `receive` would tell at once that there is nothing more, which it then has told. */
  receiveEnd(): boolean;
  /** Resolves when there is room for another part, which is to be waited for. Rejects with why it was cut off. */
  send(part: Data): Promise<void>;
  /** True where there is room for another part now, which need not be waited for. */
  readonly open: boolean;
  /** There are no more parts from this end. The other one may go on. */
  end(): void;
  /** Cuts it off both ways: nothing that is still under way arrives. */
  cancel(reason: HotcellError): void;
}

/** The way of parts to the other end. */
export interface Outgoing {
  send(part: Data, bytes: number): Promise<void>;
  /** True where another part can be sent at once. */
  readonly open: boolean;
  end(): void;
  /** Only once, and not after an end from both. */
  cancel(reason: HotcellError): void;
}

/** An end whose parts come by a queue. */
export class ExchangeEnd implements Exchange {
  readonly #incoming: PartQueue;
  readonly #outgoing: Outgoing;
  readonly #over: () => void;
  readonly #cut = new AbortController();
  #ended = false;
  #finished = false;

  /** `over` is called once, when no more parts can go either way. */
  constructor(incoming: PartQueue, outgoing: Outgoing, over: () => void) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#over = over;
  }

  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  receive(): Promise<Data | undefined> {
    return this.#incoming.take();
  }

  receiveNow(): Data | undefined {
    return this.#incoming.takeNow();
  }

  get complete(): boolean {
    return this.#incoming.ended;
  }

  receiveEnd(): boolean {
    return this.#incoming.takeEnd();
  }

  get open(): boolean {
    return !this.#ended && !this.signal.aborted && this.#outgoing.open;
  }

  send(part: Data): Promise<void> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason);
    if (this.#ended) return Promise.reject(new TypeError("A part was sent after the last."));
    const bytes = weighData(part);
    if (bytes > exchangeBytes.part)
      return Promise.reject(new TypeError(`A part has ${bytes} bytes, which is too many.`));
    return this.#outgoing.send(part, bytes + exchangeBytes.partOverhead);
  }

  end(): void {
    if (this.#ended || this.signal.aborted) return;
    this.#ended = true;
    this.#outgoing.end();
    if (this.#incoming.ended) this.#finish();
  }

  cancel(reason: HotcellError): void {
    if (this.#finished) return;
    this.#outgoing.cancel(reason);
    this.cut(reason);
  }

  /** The other end has sent its last part. */
  endIncoming(): void {
    this.#incoming.end();
    if (this.#ended) this.#finish();
  }

  /** The other end has cancelled it, or is gone. */
  cut(reason: HotcellError): void {
    if (this.#finished) return;
    // First of all: whoever hears of it may cut this end off as well.
    this.#finish();
    this.#incoming.fail(reason);
    this.#cut.abort(reason);
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#over();
  }
}

/**
 * Both ends of an exchange within one process. `over` is called once, when it is over and the first end has nothing more
 * to take: parts that it leaves lying are kept for it.
 */
export function exchangePair(over: () => void): [Exchange, Exchange] {
  let left = 2;
  const settle = () => {
    if (--left === 0) over();
  };
  const queues = [new PartQueue(undefined, settle), new PartQueue()] as const;
  const ways = [new NearWay(queues[0]), new NearWay(queues[1])] as const;
  const ends = [
    new ExchangeEnd(queues[0], ways[1], settle),
    new ExchangeEnd(queues[1], ways[0], () => {}),
  ] as [ExchangeEnd, ExchangeEnd];
  ways[0].to = ends[0];
  ways[1].to = ends[1];
  return ends;
}

/** Way to an end in the same process. A class: an object made with an accessor for each exchange takes half a microsecond. */
class NearWay implements Outgoing {
  readonly #queue: PartQueue;
  to: ExchangeEnd | undefined;

  /** `queue`: of the end that it leads `to`. */
  constructor(queue: PartQueue) {
    this.#queue = queue;
  }

  get open(): boolean {
    return this.#queue.held <= exchangeBytes.window;
  }

  send(part: Data, bytes: number): Promise<void> {
    this.#queue.push(part, bytes);
    return this.#queue.room(exchangeBytes.window);
  }

  end(): void {
    this.to!.endIncoming();
  }

  cancel(reason: HotcellError): void {
    this.to!.cut(reason);
  }
}

/** Carries parts between two ends until both ways have ended. Rejects with why either was cut off, and so was the other. */
export async function relay(one: Exchange, other: Exchange): Promise<void> {
  await Promise.all([carry(one, other), carry(other, one)]);
}

/** The same one way. That it is cut off at the one end, at any time, cuts it off at the other. */
export async function carry(from: Exchange, to: Exchange): Promise<void> {
  const cut = () => to.cancel(from.signal.reason as HotcellError);
  if (from.signal.aborted) cut();
  else from.signal.addEventListener("abort", cut, { once: true });
  for (let part = await from.receive(); part !== undefined; part = await from.receive()) await to.send(part);
  to.end();
}

/** Takes what still comes, for nothing: who sends it is not kept waiting. */
export async function drain(exchange: Exchange): Promise<void> {
  while (!exchange.signal.aborted && (await exchange.receive().catch(() => undefined)) !== undefined);
}

/** The end of an exchange whose cell has ended, or was put back to its beginning. */
export function cellEnded(plugin: string): HotcellError {
  return new HotcellError("closed", `The cell of ${plugin} that asked has ended.`, {
    subject: plugin,
    remedy: "Call the plugin again: another cell takes the call.",
  });
}
