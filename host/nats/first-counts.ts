/**
 * Standing of messages that were published on condition of which was the last of their subject: the first in a stream counts, and
 * others with the same condition are void. A server of a cluster looks at the condition before it proposes a message to the others, and
 * acknowledges several that came at once. What is void stays where it is: a server that has removed the last message of a subject
 * finds none of it any more.
 */
import type { NatsMessage } from "./nats-message.ts";

type Conditional = Pick<NatsMessage, "subject" | "seq" | "after">;

/** Judge of messages that are told in the order of the stream; of what came before the first it knows nothing. */
export class FirstCounts {
  readonly #last: Map<string, number>;

  /** `last` counts, where it is known. */
  constructor(last?: readonly [subject: string, seq: number]) {
    this.#last = new Map(last && [last]);
  }

  counts({ subject, seq, after }: Conditional): boolean {
    const last = this.#last.get(subject);
    if (after !== undefined && after < (last ?? 0)) return false;
    // What came before the first one decides whether it counts, and then which after it do.
    this.#last.set(subject, last === undefined && after !== undefined ? after : seq);
    return true;
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

  /** The message itself, or the one that counts where it, the newest of its subject, does not. */
  async counting(stream: string, newest: NatsMessage): Promise<NatsMessage> {
    const { subject, seq } = newest;
    if (this.#ends.get(subject)?.counts === seq) return newest;
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
    if (after !== undefined) {
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

  #note(subject: string, end: SubjectEnd): void {
    if (end.newest < (this.#ends.get(subject)?.newest ?? 0)) return;
    this.#ends.delete(subject);
    this.#ends.set(subject, end);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > remembered) this.#ends.delete(oldest!);
  }
}
