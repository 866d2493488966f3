/**
 * Passage that many take at once, or one alone. Who comes waits for those who came before and don't go with it, so nobody waits
 * for ever.
 */
export class ManyOrOne {
  /** Passages under way and those that wait, in the order in which they came. */
  readonly #passing = new Set<{ readonly alone: boolean; readonly over: Promise<void> }>();

  /** Resolves to the end of its passage, beside others of `many`. */
  many(): Promise<Disposable> {
    return this.#pass(false);
  }

  /** Resolves to the end of its passage, once nobody else is there. */
  one(): Promise<Disposable> {
    return this.#pass(true);
  }

  async #pass(alone: boolean): Promise<Disposable> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const own = { alone, over };
    const earlier = [...this.#passing].filter((other) => alone || other.alone);
    this.#passing.add(own);
    await Promise.all(earlier.map((other) => other.over));
    return {
      [Symbol.dispose]: () => {
        this.#passing.delete(own);
        resolve();
      },
    };
  }
}
