/**
 * Standing of messages that were published on condition of which was the last of their subject: the first in a stream counts, and
 * others with the same condition are void. A server of a cluster looks at the condition before it proposes a message to the others, and
 * acknowledges several that came at once. What is void stays where it is: a server that has removed the last message of a subject
 * finds none of it any more.
 */
import type { NatsMessage } from "./nats-message.ts";

type Conditional = Pick<NatsMessage, "subject" | "seq" | "after">;

/** Messages that hosts can have on their way to a stream at once, with room to spare. */
const onTheWay = 8_192;
/** Messages from one forgetting to the next: a map whose first entries are gone is slow to begin. */
const forgetEvery = 1_024;

interface Counted {
  /** Number of the last message that counts, as far as is known. */
  readonly last: number;
  /** Number of the message by which that is known. */
  readonly by: number;
}

/**
 * Judge of messages that are told in the order of the stream; of what came before the first it knows nothing. It remembers the subjects of the
 * newest messages: a message is void where another one was on its way together with it, so what came long before makes none void.
 */
export class FirstCounts {
  /** Subjects in the order in which they changed. */
  readonly #counted = new Map<string, Counted>();
  /** First and last of the messages that were told without one between them that is gone, or of no interest. */
  #told = { first: 0, last: -1 };
  #forgetAt = 0;

  /** `last` counts, where it is known. */
  constructor(last?: readonly [subject: string, seq: number]) {
    if (last) this.#counted.set(last[0], { last: last[1], by: last[1] });
  }

  /** Number of subjects that it remembers. */
  get size(): number {
    return this.#counted.size;
  }

  counts({ subject, seq, after }: Conditional): boolean {
    this.#told = { first: seq === this.#told.last + 1 ? this.#told.first : seq, last: seq };
    const last = this.#counted.get(subject)?.last;
    if (after !== undefined && after < (last ?? 0)) return false;
    // What came before the first one decides whether it counts, and then which after it do: unless all is known that can.
    const isUnsure = last === undefined && after !== undefined && seq - this.#told.first <= onTheWay;
    this.#counted.delete(subject);
    this.#counted.set(subject, { last: isUnsure ? after : seq, by: seq });
    if (seq >= this.#forgetAt) this.#forget(seq);
    return true;
  }

  #forget(seq: number): void {
    this.#forgetAt = seq + forgetEvery;
    for (const [old, { by }] of this.#counted) {
      if (seq - by <= onTheWay) break;
      this.#counted.delete(old);
    }
  }
}

/** Newest message of a subject that counts, and the newest of all, which may be void. */
interface SubjectEnd {
  readonly counts: number;
  readonly newest: number;
}

/** Subjects whose ends are remembered. */
const remembered = 20_000;

/** Ends of the subjects that were read or published to last, by what `from` reads: messages of a subject from a number on. */
export class SubjectEnds {
  readonly #ends = new Map<string, SubjectEnd>();
  readonly #from: (stream: string, subject: string, seq: number) => AsyncIterable<NatsMessage>;

  constructor(from: (stream: string, subject: string, seq: number) => AsyncIterable<NatsMessage>) {
    this.#from = from;
  }

  /** True where it is known without a question that this one, the newest of its subject, counts. */
  isKnown({ subject, seq, after }: Conditional): boolean {
    return after === undefined || nothingBetween(after, seq) || this.#ends.get(subject)?.counts === seq;
  }

  /** The message itself, or the one that counts where it, the newest of its subject, does not. */
  async counting(stream: string, newest: NatsMessage): Promise<NatsMessage> {
    if (this.#ends.get(newest.subject)?.counts === newest.seq) return newest;
    return (await this.#lastThatCounts(stream, newest)) ?? newest;
  }

  /** True where nothing that counts is between an own message and that which was to be the last before it. */
  async isFirst(stream: string, stored: Conditional): Promise<boolean> {
    const counting = await this.#lastThatCounts(stream, stored);
    return counting === undefined || counting.seq === stored.seq;
  }

  /** Last message that counts, up to this one; undefined where that is one that has no condition. */
  async #lastThatCounts(
    stream: string,
    { subject, seq, after }: Conditional,
  ): Promise<NatsMessage | undefined> {
    let counting: NatsMessage | undefined;
    if (after !== undefined && !nothingBetween(after, seq)) {
      const standing = new FirstCounts([subject, after]);
      for await (const message of this.#from(stream, subject, after + 1)) {
        if (message.seq <= seq && standing.counts(message)) counting = message;
        if (message.seq >= seq) break;
      }
    }
    this.#note(subject, { counts: counting?.seq ?? seq, newest: seq });
    return counting;
  }

  /** Number that a server knows as that of the last message, where one with this number is the last that counts. */
  newestOf(subject: string, counts: number | undefined): number | undefined {
    const end = this.#ends.get(subject);
    return end !== undefined && end.counts === counts ? end.newest : counts;
  }

  /** Notes that this one, the newest of its subject, counts. */
  noteCounting({ subject, seq }: Conditional): void {
    this.#note(subject, { counts: seq, newest: seq });
  }

  #note(subject: string, end: SubjectEnd): void {
    if (end.newest < (this.#ends.get(subject)?.newest ?? 0)) return;
    this.#ends.delete(subject);
    this.#ends.set(subject, end);
    if (this.#ends.size <= remembered + forgetEvery) return;
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= remembered) break;
      this.#ends.delete(oldest);
    }
  }
}

/** True for a message right after the one that was to be the last before it. */
function nothingBetween(after: number, seq: number): boolean {
  return seq === after + 1;
}
