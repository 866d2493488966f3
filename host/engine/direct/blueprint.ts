import { hostCallCost, siblingCallCost } from "../../fuel-prices.ts";
import { Sources } from "../../harden/sources.ts";
import { LongWork } from "../../platform/breath.ts";
import { remember } from "../../platform/remember.ts";
import type { FunctionType, ValueType } from "../../wit/model.ts";
import { structuresOf } from "../../wit/structures.ts";
import { CodeCopies } from "../../wit/values/code-copies.ts";
import { handleWalk } from "../../wit/values/handle-walk.ts";
import { Checkers } from "../../wit/values/values.ts";
import { type CodecOptions, Codecs } from "../abi/codecs.ts";
import type { HostClasses } from "../abi/host-classes.ts";
import { resourceCheck } from "../abi/resource-check.ts";
import { invoker, liftParameters, liftResult, lowerParameters, lowerResult } from "../abi/signature.ts";
import { HostBinding, hostFunctionCopies } from "../link/host-function.ts";
import type { CellPlan, FunctionPlan, HostFunctionPlan } from "../link/plan.ts";
import type { InwardCall, LiftedPlan, LowerPlan, OutwardCall } from "./calls.ts";
import { type HostCallCopies, hostCallCode } from "./host-call-code.ts";
import { hostCallTools } from "./host-call-tools.ts";
import { Thunks } from "./thunks.ts";

/** All that cells of one component share: the plan, and the closures made for its functions. */
export class Blueprint {
  readonly plan: CellPlan;
  /** Bytes of its core modules, hardened. */
  readonly codeBytes: number;
  readonly sources: Sources;
  readonly thunks = new Thunks();
  /** Code of the calls of host functions. */
  readonly hostCalls: HostCallCopies = new CodeCopies(hostCallCode, hostCallTools);
  readonly #codecs = new Codecs();
  /** Checkers of what host functions return. */
  readonly #checkers = new Checkers();
  readonly #hostCode = hostFunctionCopies();
  readonly #hostFunctions = new Map<HostFunctionPlan, HostBinding>();
  readonly #inward = new Map<LiftedPlan, InwardCall>();
  readonly #outward = new Map<LowerPlan, OutwardCall>();
  readonly #between = new Map<LowerPlan, InwardCall>();

  private constructor(plan: CellPlan) {
    this.plan = plan;
    const infos = new Set(plan.steps.flatMap((step) => (step.kind === "instantiate" ? [step.info] : [])));
    this.codeBytes = infos.values().reduce((sum, { stats }) => sum + stats.bytesOut, 0);
    this.sources = new Sources(infos.values().flatMap(({ sources }) => (sources ? [sources] : [])));
  }

  /** Makes all that a cell may need, so that a type this engine can't carry is refused before anything runs. */
  static async of(plan: CellPlan): Promise<Blueprint> {
    const blueprint = new Blueprint(plan);
    const work = new LongWork();
    for (const { function: exported } of plan.exports.values()) {
      await work.pause();
      blueprint.#prepare(exported);
      if (exported.kind === "lifted") blueprint.fromHost(exported);
    }
    for (const builtin of plan.builtins) {
      if (builtin.kind !== "lower") continue;
      await work.pause();
      blueprint.#prepare(builtin.callee);
      blueprint.outward(builtin);
      if (builtin.callee.kind === "lifted") blueprint.fromSibling(builtin, builtin.callee);
    }
    return blueprint;
  }

  #prepare(called: FunctionPlan): void {
    if (called.kind === "host" && !this.#hostFunctions.has(called))
      this.#hostFunctions.set(called, new HostBinding(called, this.#checkers, this.#hostCode.for(called)));
  }

  /** Functions of the host's that it calls or hands on. */
  get hostFunctions(): ReadonlyMap<HostFunctionPlan, HostBinding> {
    return this.#hostFunctions;
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

  /** Part that the callee of a lower to a sibling does. */
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
      const { units } = codec.weights.sum(typesOf(type));
      return {
        lift: liftParameters(type, signature, codec),
        lower: lowerResult(type, signature, codec),
        check:
          callee.kind === "host" && type.result ? resourceCheck(type.result, options.resources) : undefined,
        abandon: type.result && callee.kind === "host" ? abandoning(type.result, options) : undefined,
        count,
        resultPointer: signature.indirectResult ? count - 1 : -1,
        // Between siblings everything is lifted and lowered.
        price: callee.kind === "host" ? hostCallCost + units : siblingCallCost + 2 * units,
      };
    });
  }
}

function abandoning(type: ValueType, { resources }: CodecOptions): OutwardCall["abandon"] {
  return handleWalk<[HostClasses]>(type, (handle) => {
    const resource = resources(handle);
    return (value, classes) => classes.endOf(resource)?.(value);
  });
}

/** They can be in parameters only. */
function takesBorrow({ parameters }: FunctionType): boolean {
  return structuresOf(typesOf({ parameters }))
    .values()
    .some(({ kind }) => kind === "borrow");
}

/** Types of its parameters, and of its result. */
function typesOf({ parameters, result }: FunctionType): ValueType[] {
  const passed = parameters.map((p) => p.type);
  return result ? [...passed, result] : passed;
}
