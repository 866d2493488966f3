import type { ComponentInstance } from "../abi/component-instance.ts";
import type { Context } from "../abi/context.ts";
import type { CoreValue } from "../abi/core-value.ts";
import { Task } from "../abi/handles.ts";
import { GivenAway } from "../abi/resource-check.ts";
import type { CoreFunction } from "../abi/signature.ts";
import { trap } from "../abi-trap.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { InwardCall } from "./calls.ts";

export type CellFunction = (...args: unknown[]) => unknown;

/** The guest's side of an exported function in one cell. */
export interface Guest {
  readonly core: CoreFunction;
  readonly postReturn: CoreFunction | undefined;
  readonly cx: Context;
}

/**
 * Function that the host calls for an exported one (CanonicalABI.md, `canon lift`). Written out for up to four
 * parameters, so that a call makes no array of its arguments.
 */
export function exportCall(
  state: CellState,
  name: string,
  { lower, lift, invoke, borrows, checks }: InwardCall,
  bound: Guest,
  /** Undefined where nothing could tell that they were entered, because no component instance calls another. */
  entering: readonly ComponentInstance[] | undefined,
): CellFunction {
  // Given up when the cell ends: who keeps a callable keeps no dead guest. (V8 reads a variable that is assigned to more
  // slowly than an object's property.)
  const held: { guest: Guest | undefined } = { guest: bound };
  state.onEnd(() => {
    held.guest = undefined;
  });
  const doing = `while calling "${name}"`;
  const flat: CoreValue[] = new Array<CoreValue>(lower.count).fill(0);

  /** All that comes after the core function. */
  const finish = ({ cx, postReturn }: Guest, raw: CoreValue | undefined): unknown => {
    const value = lift(raw, cx);
    if (postReturn !== undefined) runPostReturn(cx, postReturn, raw);
    if (entering !== undefined) allowEntry(entering, true);
    state.leave();
    return value;
  };
  /** The core function with what was lowered. */
  const run = (guest: Guest): unknown => {
    if (entering !== undefined) allowEntry(entering, false);
    return finish(guest, invoke(guest.core, flat));
  };

  const { each, places, scalars } = lower;
  if (each?.length === 2 && checks && !borrows) {
    const [l0, l1] = each;
    const [p0, p1] = places;
    const [c0, c1] = checks;
    // Such as the handler of requests: written out as those below.
    return (a, b) => {
      if (held.guest && !state.running) {
        const { instance } = held.guest.cx;
        const owned = new GivenAway();
        c0?.(a, instance, owned);
        c1?.(b, instance, owned);
      }
      state.enter(name);
      try {
        const { cx } = held.guest!;
        l0!(cx, a, flat, p0!);
        l1!(cx, b, flat, p1!);
        return run(held.guest!);
      } catch (thrown) {
        throw state.end(thrown, name, doing);
      }
    };
  }
  if (!each || each.length > 4 || borrows || checks) {
    return (...args) => {
      if (checks && held.guest && !state.running) checkResources(checks, args, held.guest.cx);
      state.enter(name);
      try {
        const { core, postReturn, cx } = held.guest!;
        if (entering !== undefined) allowEntry(entering, false);
        const task = borrows ? new Task() : undefined;
        cx.call.task = task;
        lower.all(cx, args, flat);
        cx.call.task = undefined;
        const raw = invoke(core, flat);
        const value = lift(raw, cx);
        if (task && task.borrows > 0) trap("borrowed handles remain when the call ends");
        if (postReturn !== undefined) runPostReturn(cx, postReturn, raw);
        if (entering !== undefined) allowEntry(entering, true);
        state.leave();
        return value;
      } catch (thrown) {
        throw state.end(thrown, name, doing);
      }
    };
  }
  if (scalars && each.length < 3) {
    const [s0, s1] = scalars;
    switch (each.length) {
      case 0:
        return () => {
          state.enter(name);
          try {
            if (entering !== undefined) allowEntry(entering, false);
            return finish(held.guest!, held.guest!.core());
          } catch (thrown) {
            throw state.end(thrown, name, doing);
          }
        };
      case 1:
        return (a) => {
          state.enter(name);
          try {
            if (entering !== undefined) allowEntry(entering, false);
            return finish(held.guest!, held.guest!.core(s0!(a)));
          } catch (thrown) {
            throw state.end(thrown, name, doing);
          }
        };
      default:
        return (a, b) => {
          state.enter(name);
          try {
            if (entering !== undefined) allowEntry(entering, false);
            return finish(held.guest!, held.guest!.core(s0!(a), s1!(b)));
          } catch (thrown) {
            throw state.end(thrown, name, doing);
          }
        };
    }
  }
  const [l0, l1, l2, l3] = each;
  const [p0, p1, p2, p3] = places;
  switch (each.length) {
    case 1:
      return (a) => {
        state.enter(name);
        try {
          l0!(held.guest!.cx, a, flat, p0!);
          return run(held.guest!);
        } catch (thrown) {
          throw state.end(thrown, name, doing);
        }
      };
    case 2:
      return (a, b) => {
        state.enter(name);
        try {
          const { cx } = held.guest!;
          l0!(cx, a, flat, p0!);
          l1!(cx, b, flat, p1!);
          return run(held.guest!);
        } catch (thrown) {
          throw state.end(thrown, name, doing);
        }
      };
    case 3:
      return (a, b, c) => {
        state.enter(name);
        try {
          const { cx } = held.guest!;
          l0!(cx, a, flat, p0!);
          l1!(cx, b, flat, p1!);
          l2!(cx, c, flat, p2!);
          return run(held.guest!);
        } catch (thrown) {
          throw state.end(thrown, name, doing);
        }
      };
    default:
      return (a, b, c, d) => {
        state.enter(name);
        try {
          const { cx } = held.guest!;
          l0!(cx, a, flat, p0!);
          l1!(cx, b, flat, p1!);
          l2!(cx, c, flat, p2!);
          l3!(cx, d, flat, p3!);
          return run(held.guest!);
        } catch (thrown) {
          throw state.end(thrown, name, doing);
        }
      };
  }
}

/** Refuses arguments with resources that are not theirs to pass, before anything of the call is done. */
export function checkResources(
  checks: NonNullable<InwardCall["checks"]>,
  args: readonly unknown[],
  { instance }: Context,
): void {
  const owned = new GivenAway();
  for (let i = 0; i < checks.length; i++) checks[i]?.(args[i], instance, owned);
}

export function allowEntry(instances: readonly ComponentInstance[], allowed: boolean): void {
  for (const instance of instances) instance.mayEnter = allowed;
}

/** Lets the guest free its result; it may not call out meanwhile. */
export function runPostReturn(
  { instance }: Context,
  postReturn: CoreFunction,
  raw: CoreValue | undefined,
): void {
  instance.mayLeave = false;
  if (raw === undefined) postReturn();
  else postReturn(raw);
  instance.mayLeave = true;
}
