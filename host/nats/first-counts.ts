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
export interface SubjectEnd {
  readonly counts: number;
  readonly newest: number;
}

/** Ends of the subjects that were read or published to last. */
export class KnownEnds {
  readonly #ends = new Map<string, SubjectEnd>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(subject: string): SubjectEnd | undefined {
    return this.#ends.get(subject);
  }

  note(subject: string, end: SubjectEnd): void {
    if (end.newest < (this.#ends.get(subject)?.newest ?? 0)) return;
    this.#ends.delete(subject);
    this.#ends.set(subject, end);
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= this.#max) return;
      this.#ends.delete(oldest);
    }
  }
}
