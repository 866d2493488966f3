import type { Data } from "../../backends/data.ts";
import type { Exchange } from "../../backends/exchange.ts";
import { type CallContext, tooLate } from "../../engine/call-context.ts";
import type { HotcellError } from "../../errors.ts";
import { unitsPerMillisecond } from "../../fuel-prices.ts";
import type { FrameReader } from "./frame.ts";

/** Time that something may take. */
export interface Deadline {
  /** Milliseconds until the process is killed. */
  readonly time: number;
  /** The error for that. */
  readonly late: () => HotcellError;
}

/** Its deadline is that of the answer. */
export interface Question<T> extends Deadline {
  readonly frame: { finish(id: number): Buffer };
  /** Deadline of being ready to read, for a process that may not have been launched yet; the other one begins there. */
  readonly launch?: Deadline;
  /** Reads an answer: a value, or (`failed`) the error part of a result. Throws `Garbled` for what it can't be. */
  readonly read: (body: FrameReader, failed: boolean) => T;
  /** Function that is called. */
  readonly subject?: string;
  /** Context of the call that is asked for; what the answer cost is written there. */
  readonly context?: CallContext | undefined;
  /** Set where the process is told that the caller has left, to end the call if it waits for something. */
  readonly giveUp?: boolean;
  /** Driven by it; nothing of it is lost where the process ended before it read the question. */
  readonly exchange?: Exchange;
  /** Sees each part of the exchange that comes from there: throws `Garbled` for what it can't be, and tells whether a stream has begun. */
  readonly look?: (part: Data) => boolean;
  /** Deadline from when it has. */
  readonly streaming?: Deadline;
  /** Units that it is taken to have cost when the process ended over it. */
  readonly fuel: number;
}

/** Why a request was not answered. */
export class Unanswered extends Error {
  readonly error: HotcellError;
  /** False where the process ended before it read the request: another may have it. */
  readonly started: boolean;

  constructor(error: HotcellError, started: boolean) {
    super(error.message);
    this.error = error;
    this.started = started;
  }
}

/** The end of a call's time: that which its plugin may take, or its deadline where that is sooner. */
export function untilAnswer(question: Question<unknown>): Deadline {
  const { context, subject = "it", time } = question;
  const left = (context?.deadline ?? Number.POSITIVE_INFINITY) - performance.now();
  return left < time
    ? { time: Math.max(0, Math.ceil(left)), late: () => tooLate(subject, "under way") }
    : question;
}

/**
 * Units of a call over which its process ended, having begun then. One that had a deadline of its own costs no more than
 * its time.
 */
export function takenToCost({ context, fuel }: Question<unknown>, began: number): number {
  if (context?.deadline === undefined) return fuel;
  return Math.min(fuel, Math.ceil((performance.now() - began) * unitsPerMillisecond));
}
