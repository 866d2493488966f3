/** Calls in a row that would have been good attempts before the next is made as one, at first and at most. */
const [first, most] = [4, 1_024];

/**
 * Judgement of whether calls of one placement are worth an attempt (`Cell.attempt`). One that has to be given up costs a cell, so
 * after each it takes twice as many good calls before there is another.
 */
export class Attempts {
  #good = 0;
  #needed = first;

  get worthwhile(): boolean {
    return this.#good >= this.#needed;
  }

  /** A call has come to its end that was a good attempt, or could have been one. */
  ended(good: boolean): void {
    if (good) this.#good = Math.min(this.#good + 1, most);
    else this.#good = 0;
  }

  /** An attempt was given up. */
  givenUp(): void {
    this.#good = 0;
    this.#needed = Math.min(2 * this.#needed, most);
  }
}
