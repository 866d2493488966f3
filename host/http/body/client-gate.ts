/** Gate for requests that hold a whole component in memory, uploads or downloads: so many are worked on at once. */

import { HotcellError } from "../../errors.ts";
import { Turns } from "../../placement/turns.ts";

interface GateLimits {
  readonly atOnce: number;
  /** Requests that may wait for their turn; of an upload the body is unread then. */
  readonly waiting: number;
}

export class Gate {
  readonly #turns: Turns;

  /** `what` they are, for the error. */
  constructor(what: string, { atOnce, waiting }: GateLimits) {
    this.#turns = new Turns(
      atOnce,
      waiting,
      () =>
        new HotcellError("too-many-requests", `${atOnce} ${what} are under way and ${waiting} wait.`, {
          limit: `${atOnce} ${what}`,
          retryAfter: 1,
          remedy: "Try again when some are done.",
        }),
    );
  }

  /**
   * Resolves when it is this one's turn, which ends when what it resolves to is disposed. Throws
   * `too-many-requests` when too many wait already, and `bad-request` when `signal` is aborted: the client is gone.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    await this.#turns.take({ signal })?.catch(() => {
      throw new HotcellError("bad-request", "The client went away before it was its turn.");
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
