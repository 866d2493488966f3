/** Bucket of tokens that fills with time: so many a second, and what is saved up in a quiet time up to `most`. */
export class TokenBucket {
  #perSecond: number;
  #most: number;
  #left: number;
  #filled = performance.now();

  /** It is full at first. */
  constructor(perSecond: number, most: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#left = most;
  }

  /** Takes so many, where there are as many. Tells whether there were. */
  take(tokens: number): boolean {
    this.#refill();
    if (tokens > this.#left) return false;
    this.#left -= tokens;
    return true;
  }

  /** So many from now on. What was saved up grows and shrinks with the most that may be, at once. */
  change(perSecond: number, most: number): void {
    this.#refill();
    this.#left = Math.max(0, this.#left + most - this.#most);
    this.#perSecond = perSecond;
    this.#most = most;
  }

  #refill(): void {
    const now = performance.now();
    this.#left = Math.min(this.#most, this.#left + ((now - this.#filled) / 1000) * this.#perSecond);
    this.#filled = now;
  }
}
