import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { unlessLeft, type Wishes } from "../../engine/call-context.ts";
import { HotcellError } from "../../errors.ts";

/** Milliseconds after which a retired version is released though calls still run on it. */
const drainDeadline = pluginBounds.drainTime.value;
/** Milliseconds that calls which run may take to end before state is handed over. */
const handoverDeadline = pluginBounds.handoverTime.value;
/** Calls that may wait while state is handed over. */
const maxWaiting = pluginBounds.waiting.value;

/**
 * Calls in flight of one version: a gate that they pass. It counts those that run, makes others wait while state is handed
 * over, and releases the version when its last call has ended, or after 30 s: calls that still run then get `closed`
 * (`retired-errors.ts`). State is handed over between calls, which have 10 s to end.
 */
export class CallsInFlight<Successor> {
  readonly #plugin: string;
  readonly #release: () => void;
  /** While calls wait; resolves to the version that takes them over. */
  #held: Promise<Successor | undefined> | undefined;
  #waiting = 0;
  #inFlight = 0;
  #retired: PromiseWithResolvers<void> | undefined;
  #released = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /** `release` is called once the version is retired and no call runs any more. */
  constructor(plugin: string, release: () => void) {
    this.#plugin = plugin;
    this.#release = release;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Calls must `wait` before they `enter`. */
  get held(): boolean {
    return this.#held !== undefined;
  }

  enter(): void {
    this.#inFlight++;
  }

  leave(): void {
    if (--this.#inFlight > 0) return;
    this.#idle?.resolve();
    if (this.#retired) this.#end(this.#retired);
  }

  /** See `RunningVersion.hold`. */
  hold(): (successor?: Successor) => void {
    const { promise, resolve } = Promise.withResolvers<Successor | undefined>();
    this.#held = promise;
    return (successor) => {
      this.#held = undefined;
      resolve(successor);
    };
  }

  /**
   * Resolves to what takes the call over; undefined where it is to run here. Throws `too-many-calls`, and `cancelled` or
   * `timeout` where nobody wants it any more.
   */
  async wait(wishes: Wishes | undefined, subject: string): Promise<Successor | undefined> {
    if (this.#waiting >= maxWaiting) {
      throw new HotcellError(
        "too-many-calls",
        `${this.#plugin} hands its state over, and ${maxWaiting} calls wait.`,
        {
          subject: this.#plugin,
          limit: maxWaiting,
          actual: this.#waiting + 1,
          retryAfter: 1,
          remedy: "Try again in a moment.",
        },
      );
    }
    this.#waiting++;
    try {
      return this.#held && (await unlessLeft(wishes, subject, this.#held));
    } finally {
      this.#waiting--;
    }
  }

  /** See `RunningVersion.idle`. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    const idle = Promise.withResolvers<void>();
    this.#idle = idle;
    const deadline = setTimeout(() => {
      idle.reject(
        new HotcellError("timeout", `${this.#inFlight} calls of ${this.#plugin} do not end.`, {
          subject: this.#plugin,
          limit: `${handoverDeadline} ms`,
          actual: `more than ${handoverDeadline} ms`,
          remedy: "Upload again when they have ended; the state can only be handed over between calls.",
        }),
      );
    }, handoverDeadline);
    return idle.promise.finally(() => {
      clearTimeout(deadline);
      this.#idle = undefined;
    });
  }

  /** See `RunningVersion.retire`. */
  retire(): Promise<void> {
    let retired = this.#retired;
    if (!retired) {
      const ending = Promise.withResolvers<void>();
      const deadline = setTimeout(() => this.#end(ending), drainDeadline);
      void ending.promise.then(() => clearTimeout(deadline));
      retired = this.#retired = ending;
    }
    if (this.#inFlight === 0) this.#end(retired);
    return retired.promise;
  }

  /** Once, though calls that took too long come to their end afterwards. */
  #end(retired: PromiseWithResolvers<void>): void {
    if (this.#released) return;
    this.#released = true;
    this.#release();
    retired.resolve();
  }
}
