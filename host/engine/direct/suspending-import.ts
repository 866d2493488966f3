/** Functions that a guest calls where its cell may be suspended, beside `import-call.ts`: the same in two halves, around a thunk. */
import { TrapError } from "../../errors.ts";
import { handleCost, suspensionCost } from "../../fuel-prices.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import type { Lender } from "../abi/handles.ts";
import type { CoreFunction } from "../abi/signature.ts";
import { AbiTrap, trap } from "../abi-trap.ts";
import { AttemptError } from "../cell/attempt.ts";
import type { CellState } from "../cell/cell-state.ts";
import { isThenable, Sleep } from "../cell/sleep.ts";
import type { HostCall } from "../link/host-function.ts";
import type { ResourcePlan } from "../link/plan.ts";
import type { InwardCall, LiftedPlan, LowerPlan, OutwardCall } from "./calls.ts";
import { allowEntry, type Guest } from "./export-call.ts";
import { checkReturned } from "./host-call-tools.ts";
import { hostInvoker, trampoline } from "./import-call.ts";
import { type Destructor, take } from "./resource-builtins.ts";
import { enter, giveBack, linkSiblings, type SiblingCall } from "./sibling-call.ts";
import { bindThunk, type Thunks } from "./thunks.ts";

/** A host function that may return a promise, which suspends the guest until it settles. */
export function suspendingCallToHost(
  state: CellState,
  thunks: Thunks,
  { signature }: LowerPlan,
  call: OutwardCall,
  host: HostCall,
  cx: Context,
): CoreFunction {
  const { instance } = cx;
  const { lower, check, abandon, resultPointer } = call;
  const invoke = hostInvoker(call.lift, host.supplied);
  // Of one call: a guest that waits for the host calls nothing else.
  let pointer = 0;
  let lenders: Lender | undefined;
  /** Gives what the host function returned, or throws what it threw; kept no longer than that. */
  let outcome = none;
  let sleep: Sleep | undefined;

  const begin = trampoline(state, call.count, call.price + host.price, (flat) => {
    if (!instance.mayLeave) trap("cannot leave component instance");
    if (host.byChance && state.held !== undefined) throw heldUp(host.name, "may wait", state.held);
    pointer = resultPointer < 0 ? 0 : (flat[resultPointer] as number) >>> 0;
    cx.sync();
    cx.call.lenders = undefined;
    const { scope } = state.call;
    let value: unknown;
    try {
      value = scope ? scope.enter(() => invoke(cx, flat)) : invoke(cx, flat);
      lenders = cx.call.lenders;
    } catch (thrown) {
      lenders = cx.call.lenders;
      scope?.leave();
      if (thrown instanceof AbiTrap) throw thrown;
      outcome = () => {
        throw thrown;
      };
      return 0;
    }
    if (!isThenable(value)) {
      scope?.leave();
      outcome = () => value;
      return 0;
    }
    const begun = new Sleep(value);
    if (state.call.attempt) throw new AttemptError();
    state.checkAlive();
    if (state.held !== undefined) throw heldUp(host.name, "returned a promise", state.held);
    if (abandon) begun.unwanted = (value) => abandon(value, instance.hostClasses);
    sleep = begun;
    outcome = () => begun.result();
    state.call.meter.pay(suspensionCost);
    state.sleep(begun);
    return 1;
  });
  const wait = () => state.woken(sleep!);
  const ended = (value: unknown): CoreValue | undefined => {
    giveBack(lenders);
    cx.sync();
    return lower(value, cx, pointer);
  };
  const finish = trampoline(state, 0, 0, () => {
    if (sleep) {
      state.call.scope?.leave();
      sleep = undefined;
      state.wake();
    }
    const taken = outcome;
    outcome = none;
    let value: unknown;
    try {
      value = taken();
    } catch (thrown) {
      return ended(host.recover(thrown));
    }
    const settled = host.settle(value);
    if (check !== undefined) checkReturned(host.name, check, settled, instance);
    return ended(settled);
  });
  const thunk = thunks.toHost(signature);
  return bindThunk(thunk, begin, new WebAssembly.Suspending(wait), finish) as CoreFunction;
}

function none(): unknown {
  return undefined;
}

function heldUp(name: string, what: string, why: string): TrapError {
  return new TrapError(`The host function ${name} ${what} while ${why}, where no call can wait.`, {
    subject: name,
    remedy:
      "Call it from an exported function instead, such as init of hotcell:plugin/lifecycle, or have the host answer at once there.",
  });
}

/** A function of another component instance, which may come to call such a host function. */
export function suspendingCallToSibling(
  state: CellState,
  thunks: Thunks,
  { signature }: LowerPlan,
  { signature: inner }: LiftedPlan,
  call: OutwardCall,
  callee: InwardCall,
  caller: Context,
  guest: Guest,
  entering: readonly ComponentInstance[],
): CoreFunction {
  const link = linkSiblings(call, callee, caller, guest, entering);
  const { flat } = link;
  /** Calls under way, the innermost last: an instance may call itself. */
  const calls: SiblingCall[] = [];

  const begin = trampoline(state, call.count, call.price, (values) => {
    calls.push(link.begin(values));
    // Several values go to WebAssembly as an array.
    return flat.length > 1 ? (flat as unknown as CoreValue) : flat[0];
  });
  const finish = trampoline(state, inner.results.length, 0, ([raw]) => link.finish(calls.pop()!, raw));
  const thunk = thunks.toSibling(signature, inner);
  return bindThunk(thunk, begin, guest.core, finish, thrower(state)) as CoreFunction;
}

/** `resource.drop` of a resource whose destructor may come to call such a host function. */
export function suspendingDrop(
  state: CellState,
  thunks: Thunks,
  instance: ComponentInstance,
  type: ResourcePlan,
  destructor: Destructor,
  entering: readonly ComponentInstance[],
): CoreFunction {
  const nothing = [0, 0] as unknown as CoreValue;
  const begin = trampoline(state, 1, handleCost, ([index]) => {
    const taken = take(instance, type, index as number);
    if (!taken) return nothing;
    enter(entering);
    return [1, taken.rep] as unknown as CoreValue;
  });
  const finish = trampoline(state, 0, 0, () => {
    allowEntry(entering, true);
    return undefined;
  });
  return bindThunk(thunks.toDestructor(), begin, destructor, finish, thrower(state)) as CoreFunction;
}

/** One guest may not catch what another has thrown. */
function thrower(state: CellState): () => never {
  return () => {
    throw state.fail(new AbiTrap("it threw an exception that it did not catch"));
  };
}
