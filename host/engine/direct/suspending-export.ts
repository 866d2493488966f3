/** Functions of a cell whose guest may be suspended, beside `export-call.ts`: the host gets promises. */
import { HotcellError } from "../../errors.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { CoreValue } from "../abi/core-value.ts";
import { Task } from "../abi/handles.ts";
import type { CoreFunction } from "../abi/signature.ts";
import { trap } from "../abi-trap.ts";
import type { CellState } from "../cell/cell-state.ts";
import { isThenable, Sleep } from "../cell/sleep.ts";
import type { HostCall } from "../link/host-function.ts";
import type { InwardCall } from "./blueprint.ts";
import { allowEntry, type CellFunction, checkResources, type Guest, runPostReturn } from "./export-call.ts";

/** Throws `unsupported-feature` where Node can't suspend a guest; `name` is the function that would. */
export function checkSuspension(name: string): void {
  if (typeof WebAssembly.Suspending === "function") return;
  throw new HotcellError(
    "unsupported-feature",
    `The host function ${name} is asynchronous, and this Node can't suspend a plugin that calls it (JavaScript Promise Integration).`,
    {
      subject: name,
      expected: "Node 26",
      actual: `Node ${process.versions.node}`,
      remedy: "Run the host on Node 26 or later, or supply a function that returns its value at once.",
    },
  );
}

/** `core` must be a WebAssembly function. */
export function suspendingExportCall(
  state: CellState,
  name: string,
  { lower, lift, invoke, borrows, checks }: InwardCall,
  { core, postReturn, cx }: Guest,
  entering: readonly ComponentInstance[],
): CellFunction {
  let guest: Guest | undefined = {
    core: WebAssembly.promising(core) as unknown as CoreFunction,
    postReturn,
    cx,
  };
  state.onEnd(() => {
    guest = undefined;
  });
  const doing = `while calling "${name}"`;
  const flat: CoreValue[] = new Array<CoreValue>(lower.count).fill(0);

  return async (...args) => {
    if (checks && guest && !state.running) checkResources(checks, args, guest.cx);
    state.enter(name);
    try {
      const { core, postReturn, cx } = guest!;
      allowEntry(entering, false);
      const task = borrows ? new Task() : undefined;
      cx.call.task = task;
      lower.all(cx, args, flat);
      cx.call.task = undefined;
      const raw = (await settled(state, invoke(core, flat))) as CoreValue | undefined;
      state.checkAlive();
      const value = lift(raw, cx);
      if (task && task.borrows > 0) trap("borrowed handles remain when the call ends");
      if (postReturn !== undefined) runPostReturn(cx, postReturn, raw);
      allowEntry(entering, true);
      state.leave();
      return value;
    } catch (thrown) {
      throw state.end(thrown, name, doing);
    }
  };
}

/** A host function that the component hands on. */
export function suspendingHandOn(
  state: CellState,
  name: string,
  { supplied, price, settle, recover }: HostCall,
): CellFunction {
  return async (...args) => {
    state.enter(name);
    const { scope } = state.call;
    try {
      state.call.meter.pay(price);
      let value: unknown;
      try {
        value = scope ? scope.enter(() => supplied(...args)) : supplied(...args);
        if (isThenable(value)) value = await asleep(state, new Sleep(value));
        scope?.leave();
      } catch (thrown) {
        scope?.leave();
        value = recover(thrown);
        state.checkAlive();
        state.leave();
        return value;
      }
      value = settle(value);
      state.checkAlive();
      state.leave();
      return value;
    } catch (thrown) {
      throw state.end(thrown, name, `while calling "${name}"`);
    }
  };
}

/** Waits as a suspended guest does, but there is none. */
async function asleep(state: CellState, sleep: Sleep): Promise<unknown> {
  state.checkAlive();
  state.sleep(sleep);
  await state.woken(sleep);
  state.wake();
  return sleep.result();
}

/** Waits for the guest. What the call may still spend is not for others meanwhile. */
async function settled(state: CellState, promise: unknown): Promise<unknown> {
  state.call.meter.sleep();
  try {
    return await promise;
  } finally {
    state.call.meter.resume();
  }
}
