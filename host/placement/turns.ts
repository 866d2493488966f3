import { HotcellError } from "../errors.ts";

/** Turns for calls that can't all run at once: first come, first served. */
export class Turns {
  readonly #free: number;
  readonly #queue: number;
  #running = 0;
  #waiting: PromiseWithResolvers<void>[] = [];
  #closed: HotcellError | undefined;

  /** `concurrency` calls run at once, `queue` may wait. */
  constructor(concurrency: number, queue: number) {
    this.#free = concurrency;
    this.#queue = queue;
  }

  get running(): number {
    return this.#running;
  }

  /** Undefined where it is one's turn at once. Throws `too-many-calls`; rejects with what `close` was given. */
  take(): Promise<void> | undefined {
    if (this.#closed) throw this.#closed;
    if (this.#running < this.#free) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.length >= this.#queue) {
      throw new HotcellError(
        "too-many-calls",
        `${this.#running} calls run and ${this.#waiting.length} wait, which is all that may.`,
        {
          subject: "limits.queue",
          limit: this.#queue,
          actual: this.#waiting.length + 1,
          retryAfter: 1,
          remedy: "Try again in a moment, or raise limits.queue or limits.concurrency.",
        },
      );
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    return turn.promise;
  }

  /** Once for every turn that was had. */
  give(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve();
    else this.#running--;
  }

  /** Nobody gets a turn from here on. */
  close(error: HotcellError): void {
    this.#closed = error;
    for (const turn of this.#waiting.splice(0)) turn.reject(error);
  }
}
