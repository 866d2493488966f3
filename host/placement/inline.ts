import type { Cell, CompiledComponent, HostImports } from "../engine/engine.ts";
import { ComponentError, HotcellError } from "../errors.ts";
import { resolve } from "../wit/types.ts";
import { checkArguments } from "../wit/values.ts";
import type { Placement, PlacementMode } from "./placement.ts";

/**
 * Starts the first cell at once, so that a component that can't start is found out before it is live, and the
 * first call finds it warm. A cell that trapped is replaced at the next call.
 * Throws what instantiation throws.
 */
export function placeInline(
  compiled: CompiledComponent,
  imports: () => HostImports,
  mode: PlacementMode,
  /** Units that each call may spend. */
  fuel: number,
  /** Done with every new cell before its first call; what it throws, `placeInline` or the call throws. */
  prepare?: (cell: Cell) => void,
): Placement {
  const start = () => {
    const started = compiled.instantiate(imports(), { fuel });
    prepare?.(started);
    if (mode === "fresh") started.save();
    return started;
  };
  let cell: Cell | undefined = start();
  let closed = false;

  /** The cell for the next call; `fresh` calls take it away. */
  const take = (): Cell => {
    if (closed) throw new HotcellError("closed", "The plugin was closed.");
    if (!cell?.alive) cell = start();
    const taken = cell;
    if (mode === "fresh") cell = undefined;
    return taken;
  };

  /** Makes a `fresh` call's cell ready for the next one, or ends it where that can't be done soundly. */
  const giveBack = (taken: Cell): boolean => {
    const reusable = !closed && cell === undefined && taken.reset();
    if (reusable) cell = taken;
    else taken.dispose();
    return reusable;
  };

  return {
    bind(key, type) {
      const returnsResult = type.result !== undefined && resolve(type.result).kind === "result";
      let boundTo: Cell | undefined;
      let call: ((...args: unknown[]) => unknown) | undefined;
      return (args, usage) => {
        const checked = checkArguments(type, args);
        const taken = take();
        if (boundTo !== taken || !call) {
          boundTo = taken;
          call = taken.function(key);
        }
        try {
          const value = call(...checked);
          return returnsResult ? unwrapResult(key, value) : value;
        } finally {
          if (usage) usage.fuel = taken.fuelUsed;
          if (mode === "fresh" && !giveBack(taken)) boundTo = call = undefined;
        }
      };
    },
    close() {
      closed = true;
      cell?.dispose();
      cell = undefined;
    },
  };
}

function unwrapResult(key: string, value: unknown): unknown {
  const { tag, val } = value as { tag: "ok" | "err"; val?: unknown };
  if (tag === "ok") return val;
  throw new ComponentError(val, `${key} returned an error.`, { subject: key });
}
