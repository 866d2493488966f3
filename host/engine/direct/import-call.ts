import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import type { CoreFunction, LiftParameters } from "../abi/signature.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { HostFunction } from "../engine.ts";
import type { InwardCall, OutwardCall } from "./calls.ts";
import type { Guest } from "./export-call.ts";
import { linkSiblings } from "./sibling-call.ts";

/** Lifts the arguments and calls the host function; without an array of them up to four. */
export function hostInvoker(
  { each, places, all }: LiftParameters,
  supplied: HostFunction,
): (cx: Context, flat: readonly CoreValue[]) => unknown {
  const [l0, l1, l2, l3] = each ?? [];
  const [p0, p1, p2, p3] = places;
  switch (each?.length) {
    case 0:
      return () => supplied();
    case 1:
      return (cx, flat) => supplied(l0!(cx, flat, p0!));
    case 2:
      return (cx, flat) => supplied(l0!(cx, flat, p0!), l1!(cx, flat, p1!));
    case 3:
      return (cx, flat) => supplied(l0!(cx, flat, p0!), l1!(cx, flat, p1!), l2!(cx, flat, p2!));
    case 4:
      return (cx, flat) =>
        supplied(l0!(cx, flat, p0!), l1!(cx, flat, p1!), l2!(cx, flat, p2!), l3!(cx, flat, p3!));
    default:
      return (cx, flat) => supplied(...all(cx, flat));
  }
}

/** Function that a guest calls for one that another component instance exports. */
export function callToSibling(
  state: CellState,
  call: OutwardCall,
  callee: InwardCall,
  caller: Context,
  guest: Guest,
  entering: readonly ComponentInstance[],
): CoreFunction {
  const { flat, begin, finish } = linkSiblings(call, callee, caller, guest, entering);
  const { core } = guest;
  const { invoke } = callee;
  return trampoline(state, call.count, call.price, (values) => finish(begin(values), invoke(core, flat)));
}

/**
 * A function of so many parameters that runs `body` with them, which costs `price` units, and ends the cell if that
 * throws. WebAssembly calls functions of JavaScript fastest that declare as many parameters as it passes.
 */
export function trampoline(
  state: CellState,
  count: number,
  price: number,
  body: (flat: readonly CoreValue[]) => CoreValue | undefined,
): CoreFunction {
  // Read before anything else runs, so one array does for all calls.
  const flat: CoreValue[] = new Array<CoreValue>(count).fill(0);
  const run = (): CoreValue | undefined => {
    try {
      state.guard();
      state.call.meter.pay(price);
      return body(flat);
    } catch (thrown) {
      throw state.fail(thrown);
    }
  };
  switch (count) {
    case 0:
      return run;
    case 1:
      return (a) => {
        flat[0] = a!;
        return run();
      };
    case 2:
      return (a, b) => {
        flat[0] = a!;
        flat[1] = b!;
        return run();
      };
    case 3:
      return (a, b, c) => {
        flat[0] = a!;
        flat[1] = b!;
        flat[2] = c!;
        return run();
      };
    case 4:
      return (a, b, c, d) => {
        flat[0] = a!;
        flat[1] = b!;
        flat[2] = c!;
        flat[3] = d!;
        return run();
      };
    case 5:
      return (a, b, c, d, e) => {
        flat[0] = a!;
        flat[1] = b!;
        flat[2] = c!;
        flat[3] = d!;
        flat[4] = e!;
        return run();
      };
    default:
      return (...values) => {
        for (let i = 0; i < count; i++) flat[i] = values[i]!;
        return run();
      };
  }
}
