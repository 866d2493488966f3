import { hostCallCost, siblingCallCost } from "../harden/costs.ts";
import { Codecs } from "./codecs.ts";
import { HostBinding } from "./host-function.ts";
import type { Builtin, FunctionPlan, HostFunctionPlan, Plan } from "./plan.ts";
import { prepareRecordCode } from "./record-copies.ts";
import { type ResourceCheck, resourceCheck } from "./resource-check.ts";
import {
  type Invoke,
  invoker,
  type LiftParameters,
  type LiftResult,
  type LowerParameters,
  type LowerResult,
  liftParameters,
  liftResult,
  lowerParameters,
  lowerResult,
  takesBorrow,
} from "./signature.ts";
import { Thunks } from "./thunks.ts";

export type LiftedPlan = FunctionPlan & { readonly kind: "lifted" };
export type LowerPlan = Builtin & { readonly kind: "lower" };

/** A call into a guest: by the host or a sibling. */
export interface InwardCall {
  readonly lower: LowerParameters;
  readonly lift: LiftResult;
  readonly invoke: Invoke;
  readonly borrows: boolean;
  /** For calls by the host: checks of the arguments that hold handles. */
  readonly checks: readonly (ResourceCheck | undefined)[] | undefined;
}

/** A call out of a guest: to the host or a sibling. */
export interface OutwardCall {
  readonly lift: LiftParameters;
  readonly lower: LowerResult;
  readonly borrows: boolean;
  /** How many core values the guest passes, and which of them says where the result goes (-1: none). */
  readonly count: number;
  readonly resultPointer: number;
  /** Units for the call, its parameters and its result; what their strings and lists point at is paid for apart. */
  readonly price: number;
}

/** All that cells of one component share: the plan, and the closures made for its functions. */
export class Blueprint {
  readonly plan: Plan;
  /** What it calls, or hands on, of the host's. */
  readonly hostFunctions: ReadonlyMap<HostFunctionPlan, HostBinding>;
  readonly thunks = new Thunks();
  readonly #codecs = new Codecs();
  readonly #inward = new Map<LiftedPlan, InwardCall>();
  readonly #outward = new Map<LowerPlan, OutwardCall>();
  readonly #between = new Map<LowerPlan, InwardCall>();

  constructor(plan: Plan) {
    this.plan = plan;
    const lowered = plan.builtins.flatMap((builtin) => (builtin.kind === "lower" ? [builtin.callee] : []));
    const exported = [...plan.exports.values()].map((e) => e.function);
    const hosted = new Set([...lowered, ...exported].filter((f) => f.kind === "host"));
    this.hostFunctions = new Map([...hosted].map((f) => [f, new HostBinding(f)]));
  }

  /** Makes them all, so that a type this engine can't carry is refused before anything runs. */
  async prepare(): Promise<void> {
    for (const { function: plan } of this.plan.exports.values()) {
      await prepareRecordCode();
      if (plan.kind === "lifted") this.fromHost(plan);
    }
    for (const builtin of this.plan.builtins) {
      if (builtin.kind !== "lower") continue;
      await prepareRecordCode();
      this.outward(builtin);
      if (builtin.callee.kind === "lifted") this.fromSibling(builtin, builtin.callee);
    }
  }

  fromHost(lifted: LiftedPlan): InwardCall {
    return remember(this.#inward, lifted, () => {
      const { type, signature, options } = lifted;
      const codec = this.#codecs.toHost(options);
      const checks = type.parameters.map((p) => resourceCheck(p.type, options.resources));
      return {
        lower: lowerParameters(type, signature, codec),
        lift: liftResult(type, signature, codec),
        invoke: invoker(signature.parameters.length),
        borrows: takesBorrow(type),
        checks: checks.some((check) => check) ? checks : undefined,
      };
    });
  }

  /** What the callee of a lower to a sibling does. */
  fromSibling(lower: LowerPlan, callee: LiftedPlan): InwardCall {
    return remember(this.#between, lower, () => {
      const { type, signature, options } = callee;
      const codec = this.#codecs.toSibling(options, lower.options.encoding);
      return {
        lower: lowerParameters(type, signature, codec),
        lift: liftResult(type, signature, codec),
        invoke: invoker(signature.parameters.length),
        borrows: takesBorrow(type),
        checks: undefined,
      };
    });
  }

  outward(lower: LowerPlan): OutwardCall {
    return remember(this.#outward, lower, () => {
      const { callee, type, signature, options } = lower;
      const codec =
        callee.kind === "host"
          ? this.#codecs.toHost(options)
          : this.#codecs.toSibling(options, callee.options.encoding);
      const count = signature.parameters.length;
      const passed = type.parameters.map((p) => p.type);
      const { units } = codec.weights.sum(type.result ? [...passed, type.result] : passed);
      return {
        lift: liftParameters(type, signature, codec),
        lower: lowerResult(type, signature, codec),
        borrows: takesBorrow(type),
        count,
        resultPointer: signature.indirectResult ? count - 1 : -1,
        // Between siblings everything is lifted and lowered.
        price: callee.kind === "host" ? hostCallCost + units : siblingCallCost + 2 * units,
      };
    });
  }
}

function remember<K, V>(made: Map<K, V>, key: K, make: () => V): V {
  let value = made.get(key);
  if (value === undefined) {
    value = make();
    made.set(key, value);
  }
  return value;
}
