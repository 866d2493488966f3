/**
 * Calls of host functions by a guest (CanonicalABI.md, `canon lower`), with a copy of this code for each function that a component
 * imports (`code-copies.ts`): so V8 learns for each what is lifted, called and lowered, and makes one piece of code of all that. Shared
 * by all functions, each step would be a call that nobody can foresee, which takes longer than what most of them do.
 */
import type { CodeCopies } from "../../wit/values/code-copies.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import type { CoreFunction } from "../abi/signature.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { HostCall } from "../link/host-function.ts";
import type { OutwardCall } from "./calls.ts";
import type { hostCallTools } from "./host-call-tools.ts";

type Tools = typeof hostCallTools;

/** Code for calls of host functions, a copy for each. */
export type HostCallCopies = CodeCopies<ReturnType<typeof hostCallCode>, Tools>;

/** Maker of that code, which refers to nothing that is not its own or given to it, but types. */
export function hostCallCode({ trap, AbiTrap, giveBack, checkReturned }: Tools) {
  return (state: CellState, call: OutwardCall, host: HostCall, cx: Context): CoreFunction => {
    const { instance, meter } = cx;
    const { lower, check, resultPointer, count } = call;
    const { name, supplied, settle, recover } = host;
    const price = call.price + host.price;
    const { each, places, all } = call.lift;
    const [l0, l1, l2, l3] = each ?? [];
    const [p0, p1, p2, p3] = places;
    const arity = each === undefined ? -1 : each.length;
    // Read before anything else runs, so one array does for all calls.
    const flat: CoreValue[] = new Array<CoreValue>(count).fill(0);

    const run = (): CoreValue | undefined => {
      try {
        state.guard();
        meter.pay(price);
        if (!instance.mayLeave) trap("cannot leave component instance");
        const pointer = resultPointer < 0 ? 0 : (flat[resultPointer] as number) >>> 0;
        cx.sync();
        cx.call.lenders = undefined;
        let value: unknown;
        try {
          // Written out, as an array of arguments costs more than most of what is called so.
          switch (arity) {
            case 0:
              value = supplied();
              break;
            case 1:
              value = supplied(l0!(cx, flat, p0!));
              break;
            case 2:
              value = supplied(l0!(cx, flat, p0!), l1!(cx, flat, p1!));
              break;
            case 3:
              value = supplied(l0!(cx, flat, p0!), l1!(cx, flat, p1!), l2!(cx, flat, p2!));
              break;
            case 4:
              value = supplied(
                l0!(cx, flat, p0!),
                l1!(cx, flat, p1!),
                l2!(cx, flat, p2!),
                l3!(cx, flat, p3!),
              );
              break;
            default:
              value = supplied(...all(cx, flat));
          }
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
      } catch (thrown) {
        throw state.fail(thrown);
      }
    };

    // WebAssembly calls functions of JavaScript fastest that declare as many parameters as it passes.
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
  };
}
