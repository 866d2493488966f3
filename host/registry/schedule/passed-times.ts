import type { Cron } from "croner";
import { scheduleBounds } from "../../bounds/schedule-bounds.ts";
import { LongWork } from "../../platform/breath.ts";

const most = scheduleBounds.missed.value;

/**
 * Count of times that passed without a call. A thousand take a twentieth of a second to find, and after a machine has slept all
 * entries of all plugins ask at once: one is counted after the other, and others have their turns in between.
 */
export class PassedTimes {
  readonly #work = new LongWork();
  #last: Promise<unknown> = Promise.resolve();

  /** Times of a pattern after the one and until the other, as many as are told at most; 0 once nobody wants to know. */
  between(times: Cron, first: Date, end: Date, wanted: () => boolean): Promise<number> {
    const counted = this.#last.then(() => this.#count(times, first, end, wanted));
    this.#last = counted.catch(() => {});
    return counted;
  }

  async #count(times: Cron, first: Date, end: Date, wanted: () => boolean): Promise<number> {
    let count = 0;
    for (let at: Date | null = first; count < most; count++) {
      await this.#work.pause();
      if (!wanted()) return 0;
      at = times.nextRun(at);
      if (at === null || at > end) break;
    }
    return count;
  }
}
