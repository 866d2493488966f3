import {
  type CoreSignature,
  type CoreType,
  casesOf,
  coreSignature,
  discriminantSize,
  fieldsOf,
  flatten,
  placeFields,
  sizeOf,
  variantLayout,
} from "../../../host/wit/layout.ts";
import type { FunctionType, Structure, TypeDefinition, ValueType } from "../../../host/wit/model.ts";
import { resolve } from "../../../host/wit/model.ts";
import { isNullable, typedArrayOf, typeText } from "../world/bindings.ts";
import { memberFunctionName, memberName, spellAll, staticName } from "../world/names.ts";

/**
 * Way of a value between AssemblyScript and the canonical ABI, decided completely: emission only prints
 * it. Every plan tells the AssemblyScript type (`as`) and the flat core types; offsets are bytes.
 */
export type ValuePlan = { readonly as: string; readonly flat: readonly CoreType[] } & (
  | {
      readonly op: "scalar" /** The AssemblyScript type as which it lies in memory. */;
      readonly memory: string;
      /** Range, where not every number of its AssemblyScript type is a value of the WIT type. */
      readonly range?: ValueRange;
    }
  | { readonly op: "string" }
  /** A resource's handle, which the glue's functions of these names take and give. */
  | { readonly op: "handle"; readonly lift: GlueCall; readonly lower: GlueCall }
  /** A typed array, whose bytes are the list's. */
  | { readonly op: "numbers" }
  | { readonly op: "list"; readonly element: ValuePlan; readonly elementSize: number }
  | {
      readonly op: "fixed-list";
      readonly element: ValuePlan;
      readonly elementSize: number;
      readonly length: number;
    }
  | { readonly op: "fields"; readonly fields: readonly FieldPlan[] }
  | {
      readonly op: "cases";
      readonly representation: Representation;
      /** The AssemblyScript type of the discriminant in memory. */
      readonly discriminant: string;
      readonly payloadOffset: number;
      readonly cases: readonly CasePlan[];
    }
);

/** Numbers that are values: of an enum those below a count, of flags those of certain bits, of a char those of characters. */
type ValueRange =
  | { readonly kind: "enum"; readonly count: number }
  | { readonly kind: "flags"; readonly mask: number }
  | { readonly kind: "char" };

/** A function of the glue module, with the type arguments that calls of it need. */
export interface GlueCall {
  readonly function: string;
  readonly typeArguments: string;
}

export interface HandlePlan {
  readonly lift: GlueCall;
  readonly lower: GlueCall;
}

/** Function for handles that are only lent to a call: they have to be dropped before that returns. */
export const borrowHandle = "borrowHandle";

export interface FieldPlan {
  readonly accessor: string;
  readonly plan: ValuePlan;
  readonly offset: number;
}

export interface CasePlan {
  /** The static method that makes a variant of this case. */
  readonly factory: string;
  /** `isCircle`, `asCircle`: what follows `is` and `as`. */
  readonly suffix: string;
  readonly payload?: ValuePlan;
}

/** Form of a type with cases: a nullable reference, `Option`, `Result`, or a generated class. */
export type Representation =
  | { readonly kind: "nullable"; readonly some: string }
  | { readonly kind: "option"; readonly some: string }
  | { readonly kind: "result"; readonly ok: string; readonly err: string }
  | { readonly kind: "variant"; readonly class: string };

export interface GlueFunctionPlan {
  readonly core: CoreSignature;
  /** `offset`: where it lies when the parameters are passed in memory. */
  readonly parameters: readonly {
    readonly name: string;
    readonly plan: ValuePlan;
    readonly offset: number;
  }[];
  readonly parameterBytes: number;
  readonly result?: ValuePlan;
  readonly resultBytes: number;
  /** Lowering the result leaves blocks or references that only post-return may release. */
  readonly postReturn: boolean;
  /** An exported function's parameters bring handles that are only lent to it. */
  readonly borrows: boolean;
}

export type HandleOfResource = Structure & { kind: "own" | "borrow" };

export class Planner {
  readonly #nameOf: (definition: TypeDefinition) => string;
  readonly #handle: (type: HandleOfResource) => HandlePlan;

  /** `nameOf` names declared types in the module that the plans' text is for; `handle` says how handles cross. */
  constructor(
    nameOf: (definition: TypeDefinition) => string,
    handle: (type: HandleOfResource) => HandlePlan,
  ) {
    this.#nameOf = nameOf;
    this.#handle = handle;
  }

  /** Lift and lower of a function, as exported or imported by the core module. */
  function(type: FunctionType, context: "lift" | "lower"): GlueFunctionPlan {
    const core = coreSignature(type, context);
    const placed = placeFields(type.parameters);
    const last = placed.at(-1);
    const result = type.result && this.value(type.result);
    const parameters = placed.map(({ name, type, offset }) => ({ name, plan: this.value(type), offset }));
    return {
      core,
      parameters,
      borrows: context === "lift" && parameters.some(({ plan }) => some(plan, isLent)),
      parameterBytes: core.indirectParameters && last ? last.offset + sizeOf(last.type) : 0,
      ...(result && { result }),
      resultBytes: core.indirectResult ? sizeOf(type.result!) : 0,
      postReturn: core.indirectResult && some(result!, pointsAway),
    };
  }

  value(type: ValueType): ValuePlan {
    const as = typeText(type, this.#nameOf);
    const structure = resolve(type);
    return { as, flat: flatten(type), ...this.#operation(structure, type) } as ValuePlan;
  }

  #operation(type: Structure, written: ValueType) {
    switch (type.kind) {
      case "string":
        return { op: "string" };
      case "list": {
        const numeric = typedArrayOf(type.element) !== undefined;
        if (numeric && type.length === undefined) return { op: "numbers" };
        const element = this.value(type.element);
        const elementSize = sizeOf(type.element);
        if (type.length === undefined) return { op: "list", element, elementSize };
        return { op: "fixed-list", element, elementSize, length: type.length };
      }
      case "record":
      case "tuple":
        return { op: "fields", fields: this.#fields(type) };
      case "flags":
        // At most 32 names (Binary.md, Type Definitions), so they fit the i32 that an enum is.
        return { op: "scalar", memory: `u${8 * sizeOf(type)}`, ...flagsRange(type.names.length) };
      case "enum": {
        const count = type.names.length;
        return {
          op: "scalar",
          memory: `u${8 * discriminantSize(count)}`,
          range: { kind: "enum", count },
        };
      }
      case "char":
        return { op: "scalar", memory: typeText(type, this.#nameOf), range: { kind: "char" } };
      case "variant":
      case "option":
      case "result": {
        const layout = variantLayout(casesOf(type)!);
        const names = layout.cases.map((c) => c.name);
        const [factories, suffixes] = [spellAll(names, staticName), spellAll(names, memberName)];
        return {
          op: "cases",
          representation: this.#representation(type, written),
          discriminant: `u${8 * layout.discriminantSize}`,
          payloadOffset: layout.payloadOffset,
          cases: layout.cases.map((c, i) => ({
            factory: factories[i]!,
            suffix: suffixes[i]!,
            ...(c.type && { payload: this.value(c.type) }),
          })),
        };
      }
      case "own":
      case "borrow":
        return { op: "handle", ...this.#handle(type) };
      default:
        return { op: "scalar", memory: typeText(type, this.#nameOf) };
    }
  }

  #fields(type: Structure & { kind: "record" | "tuple" }): FieldPlan[] {
    const fields = fieldsOf(type);
    const names = fields.map((field) => field.name);
    const accessors =
      type.kind === "record" ? spellAll(names, memberFunctionName) : names.map((name) => `f${name}`);
    return fields.map(({ type: fieldType, offset }, i) => ({
      accessor: accessors[i]!,
      plan: this.value(fieldType),
      offset,
    }));
  }

  #representation(
    type: Structure & { kind: "variant" | "option" | "result" },
    written: ValueType,
  ): Representation {
    const text = (part: ValueType | undefined) => (part ? typeText(part, this.#nameOf) : "Unit");
    switch (type.kind) {
      case "option":
        return { kind: isNullable(type.some) ? "nullable" : "option", some: text(type.some) };
      case "result":
        return { kind: "result", ok: text(type.ok), err: text(type.err) };
      case "variant":
        return { kind: "variant", class: text(written) };
    }
  }
}

/** Range of so many flags; of 32 every number is a value. */
function flagsRange(count: number): { readonly range?: ValueRange } {
  return count < 32 ? { range: { kind: "flags", mask: 2 ** count - 1 } } : {};
}

/** True where this holds for a value or for anything that lies within it. */
function some(plan: ValuePlan, holds: (plan: ValuePlan) => boolean): boolean {
  if (holds(plan)) return true;
  switch (plan.op) {
    case "list":
    case "fixed-list":
      return some(plan.element, holds);
    case "fields":
      return plan.fields.some((field) => some(field.plan, holds));
    case "cases":
      return plan.cases.some((c) => c.payload !== undefined && some(c.payload, holds));
    default:
      return false;
  }
}

function pointsAway({ op }: ValuePlan): boolean {
  return op === "string" || op === "numbers" || op === "list";
}

function isLent(plan: ValuePlan): boolean {
  return plan.op === "handle" && plan.lift.function === borrowHandle;
}
