import type { ExchangeLimits, HandledExchange } from "../../capabilities/capability.ts";
import { begin, type CallContext, isUnwanted } from "../../engine/call-context.ts";
import { ExitError, type HotcellError } from "../../errors.ts";
import { Checkers } from "../../wit/values/values.ts";
import type { PlacementMode } from "../placement.ts";
import type { Restarts } from "../restarts.ts";
import { watchIdle } from "./idle.ts";
import type { InlineCell, InlineCells } from "./inline-cell.ts";
import { unwrapper } from "./unwrap.ts";

export interface ImmediateOptions {
  /** Throws what starting a cell throws. */
  readonly start: (context: CallContext) => InlineCell;
  readonly restarts: Restarts;
  readonly mode: PlacementMode;
  readonly limits: ExchangeLimits;
  /** Who calls `giveBack` when memory runs short; the function it gives ends that. */
  readonly onPressure: (giveBack: () => boolean) => () => void;
}

/**
 * Cells whose calls return at once. They never overlap, so one cell does, in both modes; it is replaced after a trap,
 * and after a `fresh` call that it can't be reset from.
 */
export function immediatePlacement(
  first: InlineCell,
  { start, mode, onPressure, restarts, ...options }: ImmediateOptions,
): InlineCells {
  let { limits } = options;
  const fresh = mode === "fresh";
  const checkers = new Checkers();
  let current: InlineCell | undefined = first;
  let closed: HotcellError | undefined;

  /** Starts a cell for a call, which goes on spending what that has left: both are one turn of the event loop. */
  const startAnother = (context: CallContext = { fuel: 0 }): InlineCell => {
    restarts.require();
    try {
      const started = start(context);
      started.cell.carryOver();
      return started;
    } catch (thrown) {
      restarts.ended(context.fuel);
      throw thrown;
    }
  };
  /** The cell for the next call; `fresh` calls take it away. */
  const take = (context: CallContext | undefined): InlineCell => {
    if (closed) throw closed;
    current ??= startAnother(context);
    const taken = current;
    if (fresh) {
      current = undefined;
      holder.used = true;
    }
    return taken;
  };
  /** After a call; whether the same cell takes the next one. */
  const giveBack = (taken: InlineCell, end: End): boolean => {
    if (end === "well" || (end === undefined && taken.cell.alive)) restarts.succeeded();
    else if (end === undefined) restarts.ended(taken.startFuel);
    const reusable = fresh ? !closed && current === undefined && taken.reset() : taken.cell.alive && !closed;
    if (reusable) {
      current = taken;
      return true;
    }
    taken.end();
    if (current === taken) current = undefined;
    return false;
  };

  const holder = {
    used: true,
    giveBack() {
      const had = current !== undefined;
      current?.end();
      current = undefined;
      return had;
    },
  };
  // A shared cell is the plugin's state.
  const forget = fresh ? [watchIdle(holder), onPressure(holder.giveBack)] : [];

  return {
    bind(key, type) {
      const check = checkers.arguments(type);
      const unwrap = unwrapper(key, type);
      // (V8 reads a variable that is assigned to more slowly than an object's property.)
      const bound: { to: InlineCell | undefined; call: Call | undefined } = {
        to: undefined,
        call: undefined,
      };
      return (args, context) => {
        const checked = check(args);
        begin(context, key);
        const taken = take(context);
        if (bound.to !== taken || !bound.call) {
          bound.to = taken;
          bound.call = taken.cell.function(key);
        }
        // Most calls in code have none, and telling the cell so takes as long as much of a small call.
        if (context !== undefined) taken.under(context);
        let end: End;
        try {
          return unwrap(apply(bound.call, checked));
        } catch (thrown) {
          if (isUnwanted(thrown)) end = "unwanted";
          else if (thrown instanceof ExitError && thrown.succeeded) end = "well";
          throw thrown;
        } finally {
          if (!giveBack(taken, end)) bound.to = bound.call = undefined;
          if (context !== undefined) {
            context.fuel = taken.cell.fuelUsed + taken.cell.resetFuel;
            // A call that was refused before it began has not ended either, and the next may have no context.
            taken.under(undefined);
          }
        }
      };
    },
    bindHandler: (key) => (exchange, context) => {
      begin(context, key);
      const taken = take(context);
      let handled: HandledExchange | undefined;
      let end: End;
      try {
        taken.under(context);
        handled = taken.handle(exchange, limits);
        taken.cell.function(key)(...handled.args);
        end = "well";
        handled.end();
      } catch (thrown) {
        if (isUnwanted(thrown)) end = "unwanted";
        else if (thrown instanceof ExitError && thrown.succeeded) end = "well";
        throw end === "well" || !handled ? thrown : handled.fail(thrown);
      } finally {
        giveBack(taken, end);
        if (context !== undefined) context.fuel = taken.cell.fuelUsed + taken.cell.resetFuel;
        taken.under(undefined);
      }
    },
    allow(changed) {
      limits = changed;
      current?.cell.allow(changed);
    },
    close(why) {
      closed = why;
      for (const end of forget) end();
      current?.end();
      current = undefined;
    },
  };
}

/** End of a call that its cell does not tell: a good one, or one that says nothing of the plugin, as nobody wanted it. */
type End = "well" | "unwanted" | undefined;

type Call = (...args: unknown[]) => unknown;

/** Spreading an array costs as much as a small call does. */
function apply(call: Call, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return call();
    case 1:
      return call(args[0]);
    case 2:
      return call(args[0], args[1]);
    case 3:
      return call(args[0], args[1], args[2]);
    default:
      return call(...args);
  }
}
