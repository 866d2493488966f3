/**
 * Calls of host functions by a guest (CanonicalABI.md, `canon lower`), with a copy of this code for each function that a component
 * imports (`code-copies.ts`): so V8 learns for each what is lifted, called and lowered, and makes one piece of code of all that. Shared
 * by all functions, each step would be a call that nobody can foresee, which takes longer than what most of them do.
 */
import type { CodeCopies } from "../../wit/values/code-copies.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import type { CoreFunction, LiftParameters } from "../abi/signature.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { HostFunction } from "../engine.ts";
import type { HostCall } from "../link/host-function.ts";
import type { ResourcePlan } from "../link/plan.ts";
import type { OutwardCall } from "./calls.ts";
import type { hostCallTools } from "./host-call-tools.ts";

type Tools = typeof hostCallTools;

/** Code for calls of host functions, a copy for each. */
export type HostCallCopies = CodeCopies<ReturnType<typeof hostCallCode>, Tools>;

/** Maker of that code, which refers to nothing that is not its own or given to it, but types. */
export function hostCallCode({ trap, AbiTrap, giveBack, checkReturned, disposingFailed }: Tools) {
  /** Function that a guest calls for one of the host that it imports. */
  function callToHost(state: CellState, call: OutwardCall, host: HostCall, cx: Context): CoreFunction {
    const { instance } = cx;
    const { lower, check, resultPointer } = call;
    const { name, settle, recover } = host;
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
      if (check !== undefined) checkReturned(name, check, value, instance);
      giveBack(cx.call.lenders);
      return lower(value, cx, pointer);
    });
  }

  /** `resource.drop` of a resource of the host's, which may have a `[Symbol.dispose]`. */
  function dropOfHost(
    state: CellState,
    instance: ComponentInstance,
    type: ResourcePlan,
    price: number,
  ): CoreFunction {
    const { meter } = state.call;
    const end = instance.hostClasses.endOf(type);
    return (index) => {
      try {
        state.guard();
        meter.pay(price);
        if (!instance.mayLeave) trap("cannot leave component instance");
        const { rep, scope } = instance.handles.remove(index as number, type);
        if (scope) {
          scope.borrows--;
          return undefined;
        }
        try {
          if (end) end(rep);
          else (rep as Partial<Disposable>)[Symbol.dispose]?.();
        } catch (cause) {
          throw disposingFailed(type, cause);
        }
        return undefined;
      } catch (thrown) {
        throw state.fail(thrown);
      }
    };
  }

  /** Lifts the arguments and calls the host function; without an array of them up to four. */
  function hostInvoker(
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

  /**
   * A function of so many parameters that runs `body` with them, which costs `price` units, and ends the cell if that
   * throws. WebAssembly calls functions of JavaScript fastest that declare as many parameters as it passes.
   */
  function trampoline(
    state: CellState,
    count: number,
    price: number,
    body: (flat: readonly CoreValue[]) => CoreValue | undefined,
  ): CoreFunction {
    const { meter } = state.call;
    // Read before anything else runs, so one array does for all calls.
    const flat: CoreValue[] = new Array<CoreValue>(count).fill(0);
    const run = (): CoreValue | undefined => {
      try {
        state.guard();
        meter.pay(price);
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
      case 6:
        return (a, b, c, d, e, f) => {
          flat[0] = a!;
          flat[1] = b!;
          flat[2] = c!;
          flat[3] = d!;
          flat[4] = e!;
          flat[5] = f!;
          return run();
        };
      // The response of `wasi:http/types` has nine.
      case 9:
        return (a, b, c, d, e, f, g, h, i) => {
          flat[0] = a!;
          flat[1] = b!;
          flat[2] = c!;
          flat[3] = d!;
          flat[4] = e!;
          flat[5] = f!;
          flat[6] = g!;
          flat[7] = h!;
          flat[8] = i!;
          return run();
        };
      default:
        return (...values) => {
          for (let i = 0; i < count; i++) flat[i] = values[i]!;
          return run();
        };
    }
  }

  return { callToHost, dropOfHost, hostInvoker, trampoline };
}
