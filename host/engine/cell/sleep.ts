/**
 * One suspension of a guest: until a promise of a host function settles, or the cell ends. It knows nothing of the
 * cell, because the host's promise may keep it for ever.
 */
export class Sleep {
  /** Fulfilled when the guest is to go on. */
  readonly woken: Promise<void>;
  readonly wake: () => void;
  /** Told of what the promise gave, where the cell ends before its guest is given that. */
  unwanted: ((value: unknown) => void) | undefined;
  /** Outcome of the promise: still undefined where the cell ended before. */
  #outcome: { readonly value: unknown } | { readonly thrown: unknown } | undefined;

  constructor(settling: PromiseLike<unknown>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.woken = promise;
    this.wake = resolve;
    Promise.resolve(settling).then(
      (value) => this.#settle({ value }),
      (thrown: unknown) => this.#settle({ thrown }),
    );
  }

  /** The cell ends. */
  end(): void {
    const { unwanted } = this;
    this.unwanted = undefined;
    if (unwanted && this.#outcome && "value" in this.#outcome) {
      try {
        unwanted(this.#outcome.value);
      } catch {
        // Whoever gave what is called there tells of its failures.
      }
    }
    this.wake();
  }

  /** Gives or throws what it came to. */
  result(): unknown {
    const outcome = this.#outcome!;
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.value;
  }

  #settle(outcome: { readonly value: unknown } | { readonly thrown: unknown }): void {
    this.#outcome = outcome;
    this.wake();
  }
}

/** Test for what can be waited for; what throws when it is looked at is not. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return (
      value instanceof Promise ||
      (typeof value === "object" &&
        value !== null &&
        typeof (value as { then?: unknown }).then === "function")
    );
  } catch {
    return false;
  }
}
