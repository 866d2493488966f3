import { type Wishes, watchLeaving } from "../engine/call-context.ts";
import { HotcellError, orRaise } from "../errors.ts";
import type { PluginMeter } from "../observe/plugin-meter.ts";

/** The error for one more than may wait, of how many run and wait now. */
export type Full = (running: number, waiting: number) => HotcellError;

/** Turns for what can't all run at once: first come, first served. */
export class Turns {
  #concurrency: number;
  #queue: number;
  readonly #full: Full;
  readonly #meter: PluginMeter | undefined;
  #running = 0;
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #closed: HotcellError | undefined;

  /** `concurrency` run at once, `queue` may wait; `meter` of whoever's they are. */
  constructor(concurrency: number, queue: number, full: Full, meter?: PluginMeter) {
    this.#concurrency = concurrency;
    this.#queue = queue;
    this.#full = full;
    this.#meter = meter;
  }

  /**
   * Undefined where it is one's turn at once. Throws what `full` gives; rejects with what `close` was given, and with
   * `cancelled` or `timeout` where the caller of `subject` leaves, or its deadline comes, before its turn does.
   */
  take(wishes?: Wishes, subject = "it"): Promise<void> | undefined {
    if (this.#closed) throw this.#closed;
    if (this.#running < this.#concurrency) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.size >= this.#queue) throw this.#full(this.#running, this.#waiting.size);
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn);
    const end = watchLeaving(wishes, subject, (error) => {
      this.#waiting.delete(turn);
      turn.reject(error);
    });
    const since = performance.now();
    return turn.promise.finally(() => {
      end();
      this.#meter?.queued(since);
    });
  }

  /** True where one would have to wait. */
  get full(): boolean {
    return this.#running >= this.#concurrency;
  }

  /** True where somebody waits. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** Once for every turn that was had. */
  give(): void {
    this.#running--;
    this.#handOn();
  }

  /** From now on; those who run or wait beyond it do so to their end. */
  resize(concurrency: number, queue: number): void {
    this.#concurrency = concurrency;
    this.#queue = queue;
    this.#handOn();
  }

  /** Nobody gets a turn from here on. */
  close(error: HotcellError): void {
    this.#closed = error;
    for (const turn of this.#waiting) turn.reject(error);
    this.#waiting.clear();
  }

  #handOn(): void {
    for (const next of this.#waiting) {
      if (this.#running >= this.#concurrency) return;
      this.#waiting.delete(next);
      this.#running++;
      next.resolve();
    }
  }
}

/** Refusal of a plugin's calls that have no place in its queue. */
export function tooManyCalls(plugin: string): Full {
  return (running, waiting) =>
    new HotcellError(
      "too-many-calls",
      `${plugin} has ${running} calls that run and ${waiting} that wait, which is all that may.`,
      {
        subject: "limits.queue",
        setting: "limits.queue",
        limit: waiting,
        actual: waiting + 1,
        retryAfter: 1,
        ...orRaise("Try again in a moment", ["queue", "concurrency"]),
      },
    );
}
