/** Calls over the edge of a component instance, as they are made once for all cells of a component. */
import type { HandleVisit } from "../../wit/values/handle-walk.ts";
import type { HostClasses } from "../abi/host-classes.ts";
import type { ResourceCheck } from "../abi/resource-check.ts";
import type { Invoke, LiftParameters, LiftResult, LowerParameters, LowerResult } from "../abi/signature.ts";
import type { Builtin, FunctionPlan } from "../link/plan.ts";

export type LiftedPlan = FunctionPlan & { readonly kind: "lifted" };
export type LowerPlan = Builtin & { readonly kind: "lower" };

/** A call into a guest: by the host or a sibling. */
export interface InwardCall {
  readonly lower: LowerParameters;
  readonly lift: LiftResult;
  readonly invoke: Invoke;
  readonly borrows: boolean;
  /** Checks of the arguments that hold handles, for calls by the host. */
  readonly checks: readonly (ResourceCheck | undefined)[] | undefined;
}

/** A call out of a guest: to the host or a sibling. */
export interface OutwardCall {
  readonly lift: LiftParameters;
  readonly lower: LowerResult;
  /** Check of a result that holds handles, for calls of the host. */
  readonly check: ResourceCheck | undefined;
  /** Ends the objects of a result that there is no guest for any more. */
  readonly abandon: HandleVisit<[HostClasses]> | undefined;
  /** Number of core values that the guest passes, and which of them says where the result goes (-1: none). */
  readonly count: number;
  readonly resultPointer: number;
  /** Units for the call, its parameters and its result; what their strings and lists point at is paid for apart. */
  readonly price: number;
}
