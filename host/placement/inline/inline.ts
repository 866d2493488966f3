import { driveHere } from "../../drive/driven-export.ts";
import type { FirstCall } from "../../drive/lifecycle-exports.ts";
import type { CallContext } from "../../engine/call-context.ts";
import { CellTeller } from "../../observe/cell-teller.ts";
import { pluginClosed } from "../closed.ts";
import type { CallLimits, Placement, PlacementMode, ThreadTurns } from "../placement.ts";
import { Restarts } from "../restarts.ts";
import { requireStarted } from "./first-call.ts";
import { immediatePlacement } from "./immediate.ts";
import { type CellSource, InlineCell, type InlineCells } from "./inline-cell.ts";
import { SuspendingPlacement } from "./suspending.ts";
import { CallWatches } from "./timed-call.ts";

export interface InlineOptions extends CellSource {
  readonly mode: PlacementMode;
  readonly limits: CallLimits;
  /** True (the default) where calls are asked what they used. */
  readonly counted?: boolean;
  /** True where functions of the embedder's are among the imports: see `CellOptions`. */
  readonly embedded?: boolean;
  readonly turns?: ThreadTurns;
  /** Made on every new cell before any other call. Its error is `init-failed`. */
  readonly first?: FirstCall | undefined;
  /** Place to write what starting the first cell used, whether that went well or not. */
  readonly starting?: CallContext;
  /** Who calls `giveBack` when memory runs short; the function it gives ends that. */
  readonly onPressure?: (giveBack: () => boolean) => () => void;
}

/**
 * Cells in the server's own thread. Starts the first one at once, so that a component that can't start is found out
 * before it is live, and the first call finds it warm. A cell that trapped is replaced at the next call.
 * Throws what instantiation throws. What was linked for it is released with it.
 */
export async function placeInline(options: InlineOptions): Promise<Placement> {
  const { supply, recipient, mode, counted = true, embedded = false, turns, first } = options;
  const { onPressure = () => () => {} } = options;
  const { scrubber } = supply;
  let limits = options.limits;
  let startsFromEnv = false;
  const teller = new CellTeller(recipient.plugin, "inline", recipient.meter);
  /** Makes a cell. What its start used is in `context` whether that went well or not, here and below. */
  const make = (context: CallContext): InlineCell => {
    supply.asked = false;
    context.fuel = 0;
    const wake = turns && (() => turns.wake());
    const made = new InlineCell(options, teller, {
      ...limits,
      counted,
      embedded,
      endsWhenLeft: mode === "fresh",
      attempts: mode === "fresh",
      plugin: recipient.plugin,
      scrubber,
      wake,
      starting: context,
    });
    made.startFuel = context.fuel;
    return made;
  };
  /** Makes its first call, where there is one, and gives what that returned. It spends what making the cell has left. */
  const begin = ({ cell }: InlineCell): unknown => {
    if (!first) return undefined;
    cell.carryOver();
    return cell.function(first.key)(...first.args);
  };
  const ready = (started: InlineCell, outcome: unknown): InlineCell => {
    if (first) requireStarted(outcome, scrubber);
    startsFromEnv ||= supply.asked;
    // They may have changed while it started.
    started.cell.allow(limits);
    if (mode === "fresh") started.save();
    return started.started();
  };
  const noteFirst = (started: InlineCell, context: CallContext) => {
    if (first) context.fuel = started.startFuel = started.cell.fuelUsed;
  };
  const startAtOnce = (context: CallContext, started = make(context)) => {
    try {
      return ready(started, begin(started));
    } catch (thrown) {
      started.end(thrown);
      throw thrown;
    } finally {
      noteFirst(started, context);
    }
  };
  const watches = new CallWatches();
  const startSuspending = async (context: CallContext, started = make(context)) => {
    try {
      const call = {
        plugin: recipient.plugin,
        subject: first?.key ?? "its start",
        time: limits.time,
        context,
        mode,
      };
      const begun = begin(started);
      return ready(started, await (begun instanceof Promise ? watches.watch(started, call, begun) : begun));
    } catch (thrown) {
      started.end(thrown);
      throw thrown;
    } finally {
      noteFirst(started, context);
    }
  };

  const place = async (): Promise<InlineCells> => {
    const { starting: context = { fuel: 0 } } = options;
    const made = make(context);
    const restarts = new Restarts(recipient.plugin);
    if (!made.cell.suspends) {
      const firstCell = startAtOnce(context, made);
      return immediatePlacement(firstCell, { start: startAtOnce, mode, limits, onPressure, restarts });
    }
    const firstCell = await startSuspending(context, made);
    return new SuspendingPlacement(firstCell, {
      plugin: recipient.plugin,
      meter: recipient.meter,
      start: startSuspending,
      mode,
      limits,
      onPressure,
      restarts,
      turns,
    });
  };

  try {
    const cells = await place();
    return {
      bind: (key, type) => cells.bind(key, type),
      bindHandler: (key) => cells.bindHandler(key),
      drive({ export: driven, key, type }, exchange, context) {
        const call = cells.bind(key, type);
        return driveHere(driven, (args) => call(args, context), exchange);
      },
      get startsFromEnv() {
        return startsFromEnv;
      },
      adjust(adjustment) {
        limits = adjustment.limits;
        cells.allow(limits);
        if (adjustment.env) supply.configure(adjustment.env);
        recipient.limit?.change(adjustment.logBytes);
      },
      close(why = pluginClosed()) {
        cells.close(why);
        supply.release();
      },
    };
  } catch (thrown) {
    supply.release();
    throw thrown;
  }
}
