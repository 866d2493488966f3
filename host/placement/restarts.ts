import { restartBounds } from "../bounds/cell-bounds.ts";
import { HotcellError } from "../errors.ts";
import { unitsPerMillisecond } from "../fuel-prices.ts";
import { wholeSeconds } from "../platform/whole-seconds.ts";

/** A pause is so many times what starting takes, doubled with each cell that ends, up to the sixth. */
const maxDoublings = 6;
/** Milliseconds: shorter pauses are left out, and longer ones are no longer. */
const minPause = restartBounds.pauseFrom.value;
const maxPause = restartBounds.pause.value;

/**
 * Pauses between the cells of a deployment that end one after the other, without a call that went well in between: a
 * plugin that traps whenever it is called may have a new cell for each call only if starting one costs little. Most of
 * them begin again at once.
 */
export class Restarts {
  readonly #plugin: string;
  #ended = 0;
  /** Milliseconds; until then no cell is started. */
  #until = 0;
  #pause = 0;

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /** A cell ended that could have gone on, or its start failed; `fuel` is what starting it cost. */
  ended(fuel: number): void {
    this.#ended++;
    const pause = (fuel / unitsPerMillisecond) * 2 ** Math.min(this.#ended, maxDoublings);
    if (pause < minPause) return;
    this.#pause = Math.min(pause, maxPause);
    this.#until = performance.now() + this.#pause;
  }

  /** A call went well. */
  succeeded(): void {
    this.#ended = 0;
  }

  /** To be called before another cell is started. Throws `backing-off`. */
  require(): void {
    const left = this.#until - performance.now();
    if (left <= 0) return;
    const retryAfter = Math.max(1, wholeSeconds(left));
    throw new HotcellError(
      "backing-off",
      `${this.#plugin} has failed ${this.#ended} times in a row, and is not started again for ${retryAfter} s.`,
      {
        subject: this.#plugin,
        limit: `${Math.round(this.#pause)} ms from one start to the next`,
        actual: `${Math.round(this.#pause - left)} ms`,
        retryAfter,
        remedy: `Try again in ${retryAfter} s. Mend what it traps on, or make it begin with less: the pause follows from what starting it takes.`,
      },
    );
  }
}
