/**
 * Limit on wrong tokens from one address. Addresses are kept in bounded numbers: the one that failed longest
 * ago is forgotten first.
 */

import { tokenBounds } from "../bounds/http-bounds.ts";
import { wholeSeconds } from "../platform/whole-seconds.ts";

export interface FailureLimit {
  /** Failures that an address has at once. */
  readonly burst: number;
  /** Milliseconds after which it has one more. */
  readonly interval: number;
  /** Addresses that are remembered. */
  readonly addresses: number;
}

export const defaultFailureLimit: FailureLimit = {
  burst: tokenBounds.wrong.value,
  interval: tokenBounds.wrongEvery.value,
  addresses: tokenBounds.addresses.value,
};

export class FailedTokens {
  /** Others that count the same addresses are told by this of each failure here, with the time for one more, and tell by `failedElsewhere`. */
  failed: ((network: string, milliseconds: number) => void) | undefined;
  readonly #limit: FailureLimit;
  readonly #now: () => number;
  /** Time at which an address has all its failures again: one number says how many it has left. The last to fail is last. */
  readonly #restored = new Map<string, number>();

  /** `now`: milliseconds, rising. */
  constructor(limit: FailureLimit = defaultFailureLimit, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whole seconds until the address may fail again; 0 if it may now. */
  wait(network: string): number {
    const { burst, interval } = this.#limit;
    const over = (this.#restored.get(network) ?? 0) - this.#now() - (burst - 1) * interval;
    return Math.max(0, wholeSeconds(over));
  }

  /** One failure more; those that come while an address has to wait don't make it wait longer. */
  count(network: string): void {
    if (this.wait(network) > 0) return;
    this.#add(network, this.#limit.interval);
    this.failed?.(network, this.#limit.interval);
  }

  /** Counts a failure elsewhere. */
  failedElsewhere(network: string, milliseconds: number): void {
    this.#add(network, milliseconds);
  }

  #add(network: string, milliseconds: number): void {
    const restored = Math.max(this.#restored.get(network) ?? 0, this.#now()) + milliseconds;
    this.#restored.delete(network);
    this.#restored.set(network, restored);
    if (this.#restored.size <= this.#limit.addresses) return;
    const [oldest] = this.#restored.keys();
    if (oldest !== undefined) this.#restored.delete(oldest);
  }
}
