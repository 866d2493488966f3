import { Histogram } from "./histogram.ts";

/** Milliseconds of the least time that is told apart from none: a microsecond. */
const microsecond = 0.001;
/** Pieces that are all timed between two ticks, and the average gap of those beyond. */
const [allTimed, gapOfOthers] = [64, 16];

/**
 * Times of pieces of work that are made very often. Reading a clock takes as long as a small call, so of more than 64 between
 * two ticks, which are five seconds apart, one in sixteen or so is timed, and counts for those before it that were not. What
 * has to wait is always timed, at least from where it began to.
 */
export class SampledTimes {
  /** Milliseconds. */
  readonly #times = new Histogram(microsecond);
  /** Pieces since the last that was timed, itself among them, and how many there are to be. */
  #untimed = 0;
  #until = 1;
  #left = allTimed;

  /** A piece begins. Gives the time, and 0 where it is not timed; `surely`: it is. */
  begin(surely: boolean): number {
    if (--this.#until > 0 && !surely) return 0;
    if (this.#left > 0) {
      this.#left--;
      this.#until = 1;
    } else this.#until = 1 + Math.floor(Math.random() * (2 * gapOfOthers - 1));
    return performance.now();
  }

  /** The piece has ended that began at `began`. */
  end(began: number): void {
    if (began === 0) {
      this.#untimed++;
      return;
    }
    this.#times.add(performance.now() - began, 1 + this.#untimed);
    this.#untimed = 0;
  }

  /** The piece has ended that has waited, at least since `began`. */
  waited(began: number): void {
    this.#times.add(performance.now() - began);
  }

  /** Times in milliseconds, those of pieces since the last timed one left out. */
  get histogram(): Histogram {
    return this.#times;
  }

  /** From here on the next ones are all timed again. */
  tick(): void {
    this.#left = allTimed;
    this.#until = 1;
  }
}
