/** `resource.new`, `resource.drop` and `resource.rep` (CanonicalABI.md, Canonical Definitions). */
import { handleCost } from "../../fuel-prices.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { CoreValue } from "../abi/core-value.ts";
import { Handle } from "../abi/handles.ts";
import type { CoreFunction } from "../abi/signature.ts";
import { trap } from "../abi-trap.ts";
import type { CellState } from "../cell/cell-state.ts";
import type { ResourcePlan } from "../link/plan.ts";
import { allowEntry } from "./export-call.ts";
import { enter } from "./sibling-call.ts";

export type Destructor = (rep: number) => void;

export function resourceNew(state: CellState, instance: ComponentInstance, type: ResourcePlan): CoreFunction {
  return guarded(state, (rep) => {
    if (!instance.mayLeave) trap("cannot leave component instance");
    return instance.handles.add(new Handle(type, rep, undefined));
  });
}

export function resourceRep(state: CellState, instance: ComponentInstance, type: ResourcePlan): CoreFunction {
  return guarded(state, (index) => instance.handles.get(index as number, type).rep as number);
}

/** Drop of a guest's resource: `destructor` is that guest's, `entering` what calling it enters. */
export function resourceDrop(
  state: CellState,
  instance: ComponentInstance,
  type: ResourcePlan,
  destructor: Destructor | undefined,
  entering: readonly ComponentInstance[],
): CoreFunction {
  return guarded(state, (index) => {
    const taken = take(instance, type, index as number);
    if (!taken) return undefined;
    enter(entering);
    destructor?.(taken.rep);
    allowEntry(entering, true);
    return undefined;
  });
}

/** Takes the handle of a guest's resource away; gives what its destructor is to be called with, where it owned that. */
export function take(
  instance: ComponentInstance,
  type: ResourcePlan,
  index: number,
): { readonly rep: number } | undefined {
  if (!instance.mayLeave) trap("cannot leave component instance");
  const { rep, scope } = instance.handles.remove(index, type);
  if (scope) {
    scope.borrows--;
    return undefined;
  }
  return { rep: rep as number };
}

function guarded(state: CellState, body: (value: CoreValue) => CoreValue | undefined): CoreFunction {
  return (value) => {
    try {
      state.guard();
      state.call.meter.pay(handleCost);
      return body(value!);
    } catch (thrown) {
      throw state.fail(thrown);
    }
  };
}
