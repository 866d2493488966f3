import { hookBounds } from "../../bounds/hook-bounds.ts";
import type { HotcellError } from "../../errors.ts";
import { checkOptions, count } from "../../platform/code-options.ts";

/** Options of the breaker of each member. */
export interface BreakerOptions {
  /** Failures in a row after which a member is left out; 5 by default. */
  readonly failures?: number;
  /** Milliseconds until it is tried again; 10,000 by default. */
  readonly pause?: number;
}

/** Change that a breaker makes: a member is left out from now on, or taken back. */
export type BreakerChange =
  | { readonly kind: "left-out"; readonly failures: number; readonly pause: number; readonly code: string }
  | { readonly kind: "taken-back" };

/** Bounds of breakers. Throws `bad-settings`. */
export function breakerBounds(options: BreakerOptions | false = {}): Required<BreakerOptions> {
  if (options === false) return { failures: Number.POSITIVE_INFINITY, pause: 0 };
  checkOptions("the breaker of a hook", options, { failures: count(1), pause: count(0) });
  const { failures = 5, pause = 10_000 } = options;
  return { failures, pause };
}

/** Breaker of one member of a hook: if it keeps failing it is left out for a while, then tried by one call. */
export class MemberBreaker {
  readonly #bounds: Required<BreakerOptions>;
  readonly #tell: (change: BreakerChange) => void;
  /** Failures since it last succeeded. */
  #failures = 0;
  /** Time by `performance.now()` of the last. */
  #at = 0;
  #told = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(bounds: Required<BreakerOptions>, tell: (change: BreakerChange) => void) {
    this.#bounds = bounds;
    this.#tell = tell;
  }

  /** True where its last call was a failure: only then it may be open. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** True where it is left out. Once its pause is over, the call that asks tries it, and no other meanwhile. */
  isOpen(): boolean {
    if (this.#failures < this.#bounds.failures) return false;
    const now = performance.now();
    if (now - this.#at < this.#bounds.pause) return true;
    this.#at = now;
    return false;
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    if (!this.#told) return;
    this.#told = false;
    this.#tell({ kind: "taken-back" });
  }

  /**
   * Note of an error. What the plugin answered with, or refused of its arguments, is no failure of it; and a call that had no
   * time to begin, or no leave, says nothing of it.
   */
  failed({ status, code, facts }: HotcellError): void {
    if (code === "cancelled" || code === "rate-limited") return;
    if (code === "timeout" && facts.extra?.began === false) return;
    if (status < 500 && code !== "too-many-calls") {
      this.succeeded();
      return;
    }
    this.#failures++;
    this.#at = performance.now();
    const { failures, pause } = this.#bounds;
    if (this.#failures < failures || this.#told || this.#at - this.#toldAt < hookBounds.told.value) return;
    this.#told = true;
    this.#toldAt = this.#at;
    this.#tell({ kind: "left-out", failures: this.#failures, pause, code });
  }
}
