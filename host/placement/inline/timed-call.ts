import type { HandledExchange } from "../../capabilities/capability.ts";
import { type CallContext, watchLeaving } from "../../engine/call-context.ts";
import type { Cell } from "../../engine/engine.ts";
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
 * Ends the cell when the call takes longer, at its deadline, and in mode `fresh` when its caller leaves: a `shared` cell
 * has what others left there, and is not lost because one of them went. The timers can only run while the call is
 * suspended; what the guest itself takes is a matter of fuel. Throws `timeout`, `cancelled`.
 */
export async function withinTime(
  taken: InlineCell,
  timed: TimedCall,
  call: (cell: Cell) => unknown,
): Promise<unknown> {
  const { subject, time, context, mode, handled, streamTime = time } = timed;
  let why: HotcellError | undefined;
  const end = (late: () => HotcellError) => {
    why ??= late();
    taken.end();
  };
  let timer = setTimeout(end, time, () => tookTooLong(timed));
  if (handled) {
    handled.onBegin = () => {
      clearTimeout(timer);
      timer = setTimeout(end, streamTime, () => streamedTooLong(timed));
    };
  }
  const unwanted = (error: HotcellError) => {
    why ??= error;
    taken.end();
  };
  const heeded = mode === "fresh" ? context : context && { deadline: context.deadline };
  const endWatch = watchLeaving(heeded, subject, unwanted, "under way");
  try {
    const value = await call(taken.cell);
    // Its value may have been there, and on its way, when the cell was ended.
    if (why) throw why;
    return value;
  } catch (thrown) {
    throw why ?? thrown;
  } finally {
    clearTimeout(timer);
    endWatch();
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
