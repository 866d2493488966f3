import { requireStarted } from "./first-call.ts";
import { immediatePlacement } from "./immediate.ts";
import { type CellSource, InlineCell } from "./inline-cell.ts";
import type { CallLimits, FirstCall, Placement, PlacementMode } from "./placement.ts";
import { SuspendingPlacement, withinTime } from "./suspending.ts";

export interface InlineOptions extends CellSource {
  readonly mode: PlacementMode;
  readonly limits: CallLimits;
  /** Whether calls are asked what they used (default). */
  readonly counted?: boolean;
  /** Made on every new cell before any other call. Its error is `init-failed`. */
  readonly first?: FirstCall | undefined;
  /** Who calls `giveBack` when memory runs short; the function it gives ends that. */
  readonly onPressure?: (giveBack: () => boolean) => () => void;
}

/**
 * Cells in the server's own thread. Starts the first one at once, so that a component that can't start is found out
 * before it is live, and the first call finds it warm. A cell that trapped is replaced at the next call.
 * Throws what instantiation throws. What was linked for it is released with it.
 */
export async function placeInline(options: InlineOptions): Promise<Placement> {
  const { mode, limits, counted = true, first, onPressure = () => () => {} } = options;
  const { scrubber } = options.supply;
  const cellOptions = { ...limits, counted, scrubber };
  /** What its first call returned, where there is one. */
  const begin = ({ cell }: InlineCell): unknown => first && cell.function(first.key)(...first.args);
  const ready = (started: InlineCell, outcome: unknown): InlineCell => {
    if (first) requireStarted(outcome, scrubber);
    if (mode === "fresh") started.cell.save();
    return started;
  };
  const startAtOnce = (started = new InlineCell(options, cellOptions)) => {
    try {
      return ready(started, begin(started));
    } catch (thrown) {
      started.end();
      throw thrown;
    }
  };
  const startSuspending = async (started = new InlineCell(options, cellOptions)) => {
    try {
      return ready(started, await withinTime(started, first?.key ?? "", limits.time, () => begin(started)));
    } catch (thrown) {
      started.end();
      throw thrown;
    }
  };

  const place = async (): Promise<Placement> => {
    const made = new InlineCell(options, cellOptions);
    if (!made.cell.suspends) {
      return immediatePlacement(startAtOnce(made), { start: () => startAtOnce(), mode, onPressure });
    }
    const start = () => startSuspending();
    return new SuspendingPlacement(await startSuspending(made), { start, mode, limits, onPressure });
  };

  const { supply } = options;
  try {
    const placement = await place();
    return {
      bind: (key, type) => placement.bind(key, type),
      close() {
        placement.close();
        supply.release();
      },
    };
  } catch (thrown) {
    supply.release();
    throw thrown;
  }
}
