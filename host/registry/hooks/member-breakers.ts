import type { HotcellError } from "../../errors.ts";
import { checkOptions, count } from "../../platform/code-options.ts";

export interface BreakerOptions {
  /** Failures in a row after which a member is left out; 5 by default. */
  readonly failures?: number;
  /** Milliseconds until it is tried again; 10,000 by default. */
  readonly pause?: number;
}

/** Failures of one member since it last succeeded. */
interface Failures {
  readonly count: number;
  /** Time by `performance.now()` of the last. */
  readonly at: number;
}

/** Breakers of a hook's members: whoever keeps failing is left out for a while, then tried by one call. */
export class MemberBreakers {
  readonly #limit: number;
  readonly #pause: number;
  readonly #failures = new Map<string, Failures>();

  /** Throws `bad-settings`. */
  constructor(options: BreakerOptions | false = {}) {
    if (options !== false)
      checkOptions("the breaker of a hook", options, { failures: count(1), pause: count(0) });
    const { failures = 5, pause = 10_000 } = options || { failures: Number.POSITIVE_INFINITY };
    this.#limit = failures;
    this.#pause = pause;
  }

  /** True for a member that is to be left out. Once its pause is over, the call that asks tries it, and no other meanwhile. */
  isOpen(member: string): boolean {
    const failures = this.#failures.get(member);
    if (!failures || failures.count < this.#limit) return false;
    const now = performance.now();
    if (now - failures.at < this.#pause) return true;
    this.#failures.set(member, { ...failures, at: now });
    return false;
  }

  succeeded(member: string): void {
    this.#failures.delete(member);
  }

  /** Note of an error. What the plugin answered with, or refused of its arguments, is no failure of it. */
  failed(member: string, { status, code }: HotcellError): void {
    const itsOwn = status >= 500 || code === "too-many-calls";
    if (!itsOwn) this.#failures.delete(member);
    else
      this.#failures.set(member, {
        count: (this.#failures.get(member)?.count ?? 0) + 1,
        at: performance.now(),
      });
  }
}
