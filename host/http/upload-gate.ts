/** How many uploads are received and deployed at once: each holds its whole component in memory. */

import { HotcellError } from "../errors.ts";

export interface UploadLimits {
  readonly atOnce: number;
  /** Those that may wait for their turn, with their bodies unread. */
  readonly waiting: number;
}

export class UploadGate {
  readonly #limits: UploadLimits;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  /**
   * Resolves when it is this upload's turn, which ends when what it resolves to is disposed. Throws
   * `too-many-requests` when too many wait already, and `bad-request` when `signal` is aborted: the client is gone.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    if (this.#running < this.#limits.atOnce) this.#running++;
    else await this.#turn(signal);
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#leave();
      },
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { atOnce, waiting } = this.#limits;
    if (this.#waiting.size >= waiting) {
      throw new HotcellError("too-many-requests", `${atOnce} uploads are under way and ${waiting} wait.`, {
        limit: `${atOnce} uploads`,
        retryAfter: 1,
        remedy: "Try again when some are done.",
      });
    }
    return new Promise((resolve, reject) => {
      const gone = () => {
        this.#waiting.delete(next);
        reject(new HotcellError("bad-request", "The client went away before its upload was read."));
      };
      const next = () => {
        signal.removeEventListener("abort", gone);
        resolve();
      };
      if (signal.aborted) return gone();
      this.#waiting.add(next);
      signal.addEventListener("abort", gone, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    // It takes this one's place.
    this.#waiting.delete(next);
    next();
  }
}
