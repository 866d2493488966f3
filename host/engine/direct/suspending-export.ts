/** Functions of a cell whose guest may be suspended, beside `export-call.ts`: the host gets promises where it was. */
import { HotcellError } from "../../errors.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { CoreValue } from "../abi/core-value.ts";
import { Task } from "../abi/handles.ts";
import type { CoreFunction } from "../abi/signature.ts";
import { trap } from "../abi-trap.ts";
import type { CellState } from "../cell/cell-state.ts";
import { isThenable, Sleep } from "../cell/sleep.ts";
import type { HostCall } from "../link/host-function.ts";
import { canSuspend, suspendingNodes } from "../suspension.ts";
import type { InwardCall } from "./calls.ts";
import { allowEntry, type CellFunction, checkResources, type Guest, runPostReturn } from "./export-call.ts";
import { bindThunk, type CoreShape, type Thunks } from "./thunks.ts";

/** Throws `unsupported-feature` where Node can't suspend a guest; `name` is the function that would. */
export function checkSuspension(name: string): void {
  if (canSuspend()) return;
  throw new HotcellError(
    "unsupported-feature",
    `The host function ${name} is asynchronous, and this Node can't suspend a plugin that calls it (JavaScript Promise Integration).`,
    {
      subject: name,
      expected: suspendingNodes,
      actual: `Node ${process.versions.node}`,
      remedy: `Run the host on ${suspendingNodes}; a function of your own may return its value at once instead.`,
    },
  );
}

/**
 * A call whose guest was not suspended is there at once: V8 gives a promise in any case, and what waits for one costs more than most
 * calls do, so the guest's end is told to the host before that.
 */
export function suspendingExportCall(
  state: CellState,
  name: string,
  thunks: Thunks,
  shape: CoreShape,
  { lower, lift, invoke, borrows, checks }: InwardCall,
  { core, postReturn, cx }: Guest,
  entering: readonly ComponentInstance[],
): CellFunction {
  /** End of the guest in the call under way, once it has come to it, and what it came with. */
  const told: { ended: boolean; raw: CoreValue | undefined } = { ended: false, raw: undefined };
  const tell = (raw: CoreValue | undefined) => {
    told.ended = true;
    told.raw = raw;
  };
  const telling = bindThunk(thunks.telling(shape), core, tell) as CoreFunction;
  let guest: Guest | undefined = {
    core: WebAssembly.promising(telling) as unknown as CoreFunction,
    postReturn,
    cx,
  };
  state.onEnd(() => {
    guest = undefined;
  });
  const doing = `while calling "${name}"`;
  const flat: CoreValue[] = new Array<CoreValue>(lower.count).fill(0);

  /** All that comes after the guest. */
  const finish = ({ cx, postReturn }: Guest, task: Task | undefined): unknown => {
    const { raw } = told;
    const value = lift(raw, cx);
    if (task && task.borrows > 0) trap("borrowed handles remain when the call ends");
    if (postReturn !== undefined) runPostReturn(cx, postReturn, raw);
    allowEntry(entering, true);
    state.leave();
    return value;
  };
  /** The same for a guest that was suspended, or has thrown. */
  const finishLater = async (called: Guest, promise: unknown, task: Task | undefined): Promise<unknown> => {
    try {
      await settled(state, promise);
      state.checkAlive();
      return finish(called, task);
    } catch (thrown) {
      throw state.end(thrown, name, doing);
    }
  };
  const enter = (args: readonly unknown[]): void => {
    if (checks && guest && !state.running) checkResources(checks, args, guest.cx);
    state.enter(name);
  };

  return (...args) => {
    try {
      enter(args);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    try {
      const called = guest!;
      const { core, cx } = called;
      allowEntry(entering, false);
      const task = borrows ? new Task() : undefined;
      cx.call.task = task;
      lower.all(cx, args, flat);
      cx.call.task = undefined;
      told.ended = false;
      const promise = invoke(core, flat);
      return told.ended ? finish(called, task) : finishLater(called, promise, task);
    } catch (thrown) {
      return Promise.reject(state.end(thrown, name, doing));
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
