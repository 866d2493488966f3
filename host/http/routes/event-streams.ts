/** The event streams that are open at one time, and what they may hold. */
import { streamBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { type FollowRoom, followedBytes } from "../../store/follow.ts";

export interface StreamLimits {
  /** Streams that are open at one time: connections must be left for others. */
  readonly streams: number;
  /** Streams of one token, or of the admin, among them. */
  readonly streamsEach: number;
  /** Milliseconds after which a stream is ended whose client does not read what there is. */
  readonly stalledTime: number;
}

export const defaultStreamLimits: StreamLimits = {
  streams: streamBounds.streams.value,
  streamsEach: streamBounds.streamsEach.value,
  stalledTime: streamBounds.stalledTime.value,
};

/** Bytes of heap: what a stream is when it has nothing to tell. */
const idleBytes = 16 * 1024;
/** Bytes of heap: a page of events as records, and as text on its way. */
const pageHeap = 3 * followedBytes;

/** Milliseconds for which a stream may be unread where room is needed. */
const slow = streamBounds.slowTime.value;

export class EventStreams {
  readonly #heap: HeapAccount;
  readonly #limits: StreamLimits;
  readonly #open = new Set<OpenStream>();
  readonly #each = new Map<string, number>();

  constructor(heap: HeapAccount, limits: StreamLimits = defaultStreamLimits) {
    this.#heap = heap;
    this.#limits = limits;
    heap.addReclaimer(() => this.#endSlowest());
  }

  /**
   * `cut` ends it at once, whatever its client has yet to read. Throws `too-many-requests` for one more than may be
   * open, and `no-capacity`.
   */
  open(who: string, cut: () => void): OpenStream {
    const { streams, streamsEach } = this.#limits;
    const own = this.#each.get(who) ?? 0;
    if (this.#open.size >= streams) throw tooMany("the host", streams);
    if (own >= streamsEach) throw tooMany(who, streamsEach);
    this.#heap.take(idleBytes, "an event stream");
    this.#each.set(who, own + 1);
    const stream = new OpenStream(this.#heap, cut, () => {
      this.#open.delete(stream);
      this.#heap.give(idleBytes);
      const left = (this.#each.get(who) ?? 1) - 1;
      if (left > 0) this.#each.set(who, left);
      else this.#each.delete(who);
    });
    this.#open.add(stream);
    return stream;
  }

  /** Ends a stream for being unread for too long. */
  endStalled(stream: OpenStream): void {
    if (stream.unreadFor > this.#limits.stalledTime) stream.cut();
  }

  /** Ends the one that has been unread for longest, of those that hold something. Its client comes again, and loses nothing. */
  #endSlowest(): boolean {
    let slowest: OpenStream | undefined;
    for (const stream of this.#open) {
      if (stream.holds && stream.unreadFor > (slowest?.unreadFor ?? slow)) slowest = stream;
    }
    slowest?.cut();
    return slowest !== undefined;
  }
}

export class OpenStream implements FollowRoom {
  readonly #heap: HeapAccount;
  readonly #cut: () => void;
  readonly #ended: () => void;
  #pages = 0;
  #over = false;
  /** Moment at which its client last took something, while it has yet to take more; undefined where it waits for events. */
  #waitsSince: number | undefined;

  constructor(heap: HeapAccount, cut: () => void, ended: () => void) {
    this.#heap = heap;
    this.#cut = cut;
    this.#ended = ended;
  }

  get holds(): boolean {
    return this.#pages > 0;
  }

  /** Milliseconds since something was there to be read and nothing was. */
  get unreadFor(): number {
    return this.#waitsSince === undefined ? 0 : performance.now() - this.#waitsSince;
  }

  take(): boolean {
    if (this.#over || !this.#heap.tryTake(pageHeap)) return false;
    this.#pages++;
    return true;
  }

  give(): void {
    if (this.#pages === 0) return;
    this.#pages--;
    this.#heap.give(pageHeap);
  }

  /** Something is there for the client to take. */
  offered(): void {
    this.#waitsSince ??= performance.now();
  }

  /** The client asks for more. */
  taken(): void {
    this.#waitsSince = undefined;
  }

  cut(): void {
    if (this.#over) return;
    // First, so that what it held is free when this returns.
    this.end();
    this.#cut();
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    while (this.#pages > 0) this.give();
    this.#ended();
  }
}

function tooMany(whose: string, limit: number): HotcellError {
  return new HotcellError("too-many-requests", `${limit} event streams of ${whose} are open.`, {
    subject: whose,
    limit,
    retryAfter: 5,
    remedy: "Close some, or read the events of several plugins from one: GET /events?plugin=a&plugin=b.",
  });
}
