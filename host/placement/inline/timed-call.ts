import type { HandledExchange } from "../../capabilities/capability.ts";
import { type CallContext, watchLeaving } from "../../engine/call-context.ts";
import { HotcellError, orRaise } from "../../errors.ts";
import type { PlacementMode } from "../placement.ts";
import type { InlineCell } from "./inline-cell.ts";

/** Call of a cell that may be suspended, and that has an end from outside. */
export interface TimedCall {
  readonly plugin: string;
  /** The function. */
  readonly subject: string;
  /** Milliseconds. */
  readonly time: number;
  readonly context: CallContext | undefined;
  readonly mode: PlacementMode;
  /** Exchange of an HTTP handler: its time begins anew with its response, and is `streamTime`. */
  readonly handled?: HandledExchange;
  readonly streamTime?: number;
}

/**
 * Watches over the calls of a placement: each ends its cell when the call takes longer, at its deadline, and in mode `fresh`
 * when its caller leaves: a `shared` cell has what others left there, and is not lost because one of them went. Both can only be
 * while the call is suspended, what the guest itself takes being a matter of fuel. So calls that are not are not watched, and
 * timers and signals are made for those alone that have not ended before the event loop comes to anything else.
 */
export class CallWatches {
  /** Calls that wait, and have begun in this turn of the event loop. */
  #begun: CallWatch[] = [];

  /** Outcome of a call in the cell that has to be waited for. Rejects with `timeout` and `cancelled`. */
  watch(taken: InlineCell, timed: TimedCall, outcome: Promise<unknown>): Promise<unknown> {
    return this.#watched(new CallWatch(taken, timed), outcome);
  }

  async #watched(watch: CallWatch, outcome: Promise<unknown>): Promise<unknown> {
    if (this.#begun.push(watch) === 1) setImmediate(this.#watch);
    try {
      const value = await outcome;
      // Its value may have been there, and on its way, when the cell was ended.
      if (watch.why) throw watch.why;
      return value;
    } catch (thrown) {
      throw watch.why ?? thrown;
    } finally {
      watch.end();
    }
  }

  readonly #watch = (): void => {
    const begun = this.#begun;
    this.#begun = [];
    for (const watch of begun) watch.begin();
  };
}

class CallWatch {
  /** Reason for which the cell was ended. */
  why: HotcellError | undefined;
  readonly #taken: InlineCell;
  readonly #timed: TimedCall;
  #begun = false;
  #over = false;
  #streams: boolean;
  #timer: NodeJS.Timeout | undefined;
  #endWatch: (() => void) | undefined;

  constructor(taken: InlineCell, timed: TimedCall) {
    this.#taken = taken;
    this.#timed = timed;
    const { handled } = timed;
    this.#streams = handled?.begun ?? false;
    if (handled === undefined) return;
    handled.onBegin = () => {
      this.#streams = true;
      if (this.#begun && !this.#over) this.#setTimer();
    };
  }

  begin(): void {
    if (this.#over) return;
    this.#begun = true;
    const { context, mode, subject } = this.#timed;
    this.#setTimer();
    const heeded = mode === "fresh" ? context : context && { deadline: context.deadline };
    this.#endWatch = watchLeaving(heeded, subject, (error) => this.#stop(error), "under way");
  }

  end(): void {
    this.#over = true;
    if (!this.#begun) return;
    clearTimeout(this.#timer);
    this.#endWatch?.();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const { time, streamTime = time } = this.#timed;
    this.#timer = this.#streams
      ? setTimeout(() => this.#stop(streamedTooLong(this.#timed)), streamTime)
      : setTimeout(() => this.#stop(tookTooLong(this.#timed)), time);
  }

  #stop(error: HotcellError): void {
    this.why ??= error;
    this.#taken.end();
  }
}

function streamedTooLong({ plugin, subject, streamTime }: TimedCall): HotcellError {
  return new HotcellError(
    "timeout",
    `${subject} of ${plugin} did not end within ${streamTime} ms after it began its response.`,
    {
      subject,
      setting: "limits.streamTime",
      limit: `${streamTime} ms`,
      actual: `more than ${streamTime} ms`,
      ...orRaise("Look at what it waits for", ["streamTime"]),
    },
  );
}

function tookTooLong({ plugin, subject, time }: TimedCall): HotcellError {
  return new HotcellError("timeout", `${subject} of ${plugin} did not end within ${time} ms.`, {
    subject,
    setting: "limits.time",
    limit: `${time} ms`,
    actual: `more than ${time} ms`,
    ...orRaise("Look at what it waits for", ["time"]),
  });
}
