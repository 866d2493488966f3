import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import { type Lender, Task } from "../abi/handles.ts";
import { trap } from "../abi-trap.ts";
import type { InwardCall, OutwardCall } from "./calls.ts";
import { allowEntry, type Guest, runPostReturn } from "./export-call.ts";

/** A call between component instances while it is under way. */
export interface SiblingCall {
  /** Address where the caller wants the result; 0 where it needs no memory. */
  readonly pointer: number;
  readonly lenders: Lender | undefined;
  readonly task: Task | undefined;
}

/** Work before and after the callee's core function (CanonicalABI.md, `canon lower` of a `canon lift`). */
export interface SiblingLink {
  /** The arguments of the callee's core function, lowered by `begin`. */
  readonly flat: CoreValue[];
  /** Moves the arguments over, from what the caller passed. */
  begin(values: readonly CoreValue[]): SiblingCall;
  /** Moves the result back; gives what the caller's core function is to be given. */
  finish(under: SiblingCall, raw: CoreValue | undefined): CoreValue | undefined;
}

export function linkSiblings(
  call: OutwardCall,
  callee: InwardCall,
  caller: Context,
  { cx, postReturn }: Guest,
  entering: readonly ComponentInstance[],
): SiblingLink {
  const { instance } = caller;
  const { resultPointer } = call;
  const flat: CoreValue[] = new Array<CoreValue>(callee.lower.count).fill(0);
  return {
    flat,
    begin(values) {
      if (!instance.mayLeave) trap("cannot leave component instance");
      const pointer = resultPointer < 0 ? 0 : (values[resultPointer] as number) >>> 0;
      enter(entering);
      caller.call.lenders = undefined;
      caller.sync();
      const args = call.lift.all(caller, values);
      const { lenders } = caller.call;

      const task = callee.borrows ? new Task() : undefined;
      cx.call.task = task;
      cx.sync();
      callee.lower.all(cx, args, flat);
      return { pointer, lenders, task };
    },
    finish({ pointer, lenders, task }, raw) {
      const value = callee.lift(raw, cx);
      if (task && task.borrows > 0) trap("borrowed handles remain when the call ends");

      caller.sync();
      const result = call.lower(value, caller, pointer);
      if (postReturn !== undefined) runPostReturn(cx, postReturn, raw);
      allowEntry(entering, true);
      giveBack(lenders);
      return result;
    },
  };
}

export function enter(entering: readonly ComponentInstance[]): void {
  for (let i = 0; i < entering.length; i++) {
    const instance = entering[i]!;
    if (!instance.mayEnter) trap("cannot enter component instance");
    instance.mayEnter = false;
  }
}

export function giveBack(lenders: Lender | undefined): void {
  for (let lender = lenders; lender !== undefined; lender = lender.next) lender.handle.lends--;
}
