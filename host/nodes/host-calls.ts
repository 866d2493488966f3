/** Calls with keys as one of several hosts begins them: what another host had under way when it ended is lost. */
import { serverBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import { within } from "../platform/within.ts";
import {
  type BegunCall,
  type KeptAnswer,
  type KeyedCall,
  type KeyedCalls,
  type KnownCall,
  repeatedAnswer,
} from "../store/keyed-calls.ts";
import type { SharedCalls } from "../store/shared-calls.ts";
import type { Leases } from "./leases.ts";

export class HostCalls implements KeyedCalls {
  readonly #calls: SharedCalls;
  readonly #leases: Pick<Leases, "self" | "lives">;
  /** Calls that have begun. */
  #begun = 0;
  /** Tells that there are none. */
  #none: () => void = () => {};

  constructor(calls: SharedCalls, leases: Pick<Leases, "self" | "lives">) {
    this.#calls = calls;
    this.#leases = leases;
  }

  async begin(call: KeyedCall): Promise<BegunCall | { readonly answer: KeptAnswer }> {
    try {
      const claimed = await this.#claim(call);
      if ("print" in claimed) return { answer: repeatedAnswer(call, claimed) };
      this.#begun++;
      return {
        settle: (answer) => this.#over(() => claimed.settle(answer)),
        drop: () => this.#over(() => claimed.drop()),
      };
    } catch (thrown) {
      throw notMade(thrown, call);
    }
  }

  /** Resolves once all that has begun is kept or dropped, or takes too long. */
  async close(): Promise<void> {
    if (this.#begun === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#none = resolve;
    await within(promise, serverBounds.endTime.value);
  }

  async #claim(call: KeyedCall): Promise<BegunCall | KnownCall> {
    const { id } = this.#leases.self;
    const claimed = await this.#calls.claim(call, id);
    if (!("print" in claimed) || claimed.maker === undefined || (await this.#lives(claimed.maker)))
      return claimed;
    // It may have said what came of it just before its end.
    const now = await this.#calls.claim(call, id);
    if (!("print" in now) || now.maker === undefined) return now;
    return { print: now.print, lost: true };
  }

  async #lives(maker: string): Promise<boolean> {
    return maker === this.#leases.self.id || this.#leases.lives(maker);
  }

  async #over(say: () => unknown): Promise<void> {
    await say();
    if (--this.#begun === 0) this.#none();
  }
}

const failures: ReadonlySet<string> = new Set(["store-unavailable", "store-full", "store-corrupt"]);

/** Error of a call that is not made because its key can't be kept. */
function notMade(thrown: unknown, { key }: KeyedCall): unknown {
  if (!(thrown instanceof HotcellError) || !failures.has(thrown.code)) return thrown;
  return new HotcellError(
    thrown.code,
    `The call with the Idempotency-Key ${JSON.stringify(key)} was not made: hosts keep such keys together, and that failed. ${thrown.message}`,
    {
      subject: key,
      retryAfter: 1,
      remedy:
        "Send it again with the same key when the store can be used. Without Idempotency-Key it is made now, but maybe twice.",
      cause: thrown,
    },
  );
}
