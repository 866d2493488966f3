import { HotcellError } from "../../errors.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import type { ResourceCheck } from "../abi/resource-check.ts";
import type { CoreFunction, LiftParameters } from "../abi/signature.ts";
import { AbiTrap, trap } from "../abi-trap.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { HostFunction } from "../engine.ts";
import type { HostCall } from "../link/host-function.ts";
import type { InwardCall, OutwardCall } from "./blueprint.ts";
import type { Guest } from "./export-call.ts";
import { giveBack, linkSiblings } from "./sibling-call.ts";

/** Function that a guest calls for one of the host that it imports (CanonicalABI.md, `canon lower`). */
export function callToHost(state: CellState, call: OutwardCall, host: HostCall, cx: Context): CoreFunction {
  const { instance } = cx;
  const { lower, check, resultPointer } = call;
  const { settle, recover } = host;
  const invoke = hostInvoker(call.lift, host.supplied);
  return trampoline(state, call.count, call.price + host.price, (flat) => {
    if (!instance.mayLeave) trap("cannot leave component instance");
    const pointer = resultPointer < 0 ? 0 : (flat[resultPointer] as number) >>> 0;
    cx.sync();
    cx.call.lenders = undefined;
    let value: unknown;
    try {
      value = invoke(cx, flat);
    } catch (thrown) {
      // What lifting throws is the guest's doing, not the host function's.
      if (thrown instanceof AbiTrap) throw thrown;
      value = recover(thrown);
      giveBack(cx.call.lenders);
      return lower(value, cx, pointer);
    }
    value = settle(value);
    if (check !== undefined) checkReturned(host.name, check, value, instance);
    giveBack(cx.call.lenders);
    return lower(value, cx, pointer);
  });
}

/** Throws a `fault` where a host function has returned a resource that is none of its result's type. */
export function checkReturned(
  name: string,
  check: ResourceCheck,
  value: unknown,
  instance: Pick<ComponentInstance, "drop" | "hostClasses">,
): void {
  try {
    check(value, instance);
  } catch (thrown) {
    if (!(thrown instanceof HotcellError)) throw thrown;
    const { expected, actual } = thrown.facts;
    throw new HotcellError("fault", `The host function ${name} returned a wrong value: ${thrown.message}`, {
      subject: name,
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      remedy: "Return an instance of the class that is supplied for this resource.",
      cause: thrown,
    });
  }
}

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
