/** How many uploads are received and deployed at once: each holds its whole component in memory. */

import { HotcellError } from "../errors.ts";
import { Turns } from "../placement/turns.ts";

export interface UploadLimits {
  readonly atOnce: number;
  /** Those that may wait for their turn, with their bodies unread. */
  readonly waiting: number;
}

export class UploadGate {
  readonly #turns: Turns;

  constructor({ atOnce, waiting }: UploadLimits) {
    this.#turns = new Turns(
      atOnce,
      waiting,
      () =>
        new HotcellError("too-many-requests", `${atOnce} uploads are under way and ${waiting} wait.`, {
          limit: `${atOnce} uploads`,
          retryAfter: 1,
          remedy: "Try again when some are done.",
        }),
    );
  }

  /**
   * Resolves when it is this upload's turn, which ends when what it resolves to is disposed. Throws
   * `too-many-requests` when too many wait already, and `bad-request` when `signal` is aborted: the client is gone.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    await this.#turns.take(signal)?.catch(() => {
      throw new HotcellError("bad-request", "The client went away before its upload was read.");
    });
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#turns.give();
      },
    };
  }
}
