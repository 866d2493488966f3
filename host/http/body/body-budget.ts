/** The bytes of all JSON bodies that are arriving at one time. */

import { bodyBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";

/**
 * Bytes of each body that are not counted: whoever fills the budget with large bodies that never end keeps no
 * ordinary call out. The bound on connections bounds these.
 */
export const uncounted = bodyBounds.uncounted.value;

export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  /** `limit`: bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Hold for one body, to be released when it is used up. */
  hold(): BodyHold {
    return new BodyHold(this);
  }

  /** Takes bytes. Throws `too-many-requests` if that is more than is left. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limit) {
      throw new HotcellError("too-many-requests", "Too many large bodies are arriving at once.", {
        limit: `${this.#limit} bytes`,
        retryAfter: 1,
        remedy: "Try again when some have arrived, or send less at once.",
      });
    }
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

/** One body's part of the budget, from its first byte until nobody has the bytes any more. */
export class BodyHold {
  readonly #budget: BodyBudget;
  #counted = 0;

  constructor(budget: BodyBudget) {
    this.#budget = budget;
  }

  /** `size`: bytes of it that are here. Throws `too-many-requests`. */
  grow(size: number): void {
    if (size <= uncounted) return;
    this.#budget.take(size - uncounted - this.#counted);
    this.#counted = size - uncounted;
  }

  /** Gives all back; again does nothing. */
  release(): void {
    if (this.#counted > 0) this.#budget.giveBack(this.#counted);
    this.#counted = 0;
  }
}
