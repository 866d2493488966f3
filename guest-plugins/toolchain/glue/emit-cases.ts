/** Values with cases (variants, options, results) in AssemblyScript: made, told apart and taken apart. */
import type { CoreType } from "../../../host/wit/layout.ts";
import type { CasePlan, ValuePlan } from "./instructions.ts";

export type CasesPlan = ValuePlan & { op: "cases" };

/** The expression that makes a value of a case. */
export function make(plan: CasesPlan, index: number, payload = ""): string {
  const as = plan.representation;
  switch (as.kind) {
    case "nullable":
      return index === 0 ? "null" : payload;
    case "option":
      return index === 0 ? `Option.none<${as.some}>()` : `Option.some<${as.some}>(${payload})`;
    case "result":
      return `Result.${index === 0 ? "ok" : "err"}<${as.ok}, ${as.err}>(${payload})`;
    case "variant":
      return `${as.class}.${plan.cases[index]!.factory}(${payload})`;
  }
}

/** The expression for the index of a value's case. */
export function tagOf(plan: CasesPlan, value: string): string {
  switch (plan.representation.kind) {
    case "nullable":
      return `<i32>(${value} !== null)`;
    case "option":
      return `<i32>${value}.isSome`;
    case "result":
      return `<i32>${value}.isErr`;
    case "variant":
      return `<i32>${value}.tag`;
  }
}

/** The expression for the payload of a value known to be of a case. */
export function payloadOf(plan: CasesPlan, c: CasePlan, index: number, value: string): string {
  const as = plan.representation;
  switch (as.kind) {
    case "nullable":
      return `changetype<${as.some}>(${value})`;
    case "option":
      return `${value}.unwrap()`;
    case "result":
      return index === 0 ? `${value}.unwrap()` : `${value}.unwrapErr()`;
    case "variant":
      return `${value}.as${c.suffix}()`;
  }
}

/**
 * A flat value in the wider core type that its variant's other cases need (CanonicalABI.md, Flat Lowering). The upper
 * half of an i64 does not count, but jco reads it: it takes the sign, as other toolchains have it.
 */
export function join(value: string, from: CoreType, to: CoreType): string {
  if (from === to) return value;
  const bits = from === "f32" ? `reinterpret<i32>(${value})` : `(${value})`;
  if (to === "i32") return bits;
  return from === "f64" ? `reinterpret<i64>(${value})` : `<i64>${bits}`;
}

/** The way back: CanonicalABI.md, Flat Lifting. */
export function unjoin(value: string, from: CoreType, to: CoreType): string {
  if (from === to) return value;
  if (to === "f64") return `reinterpret<f64>(${value})`;
  const bits = from === "i64" ? `<i32>${value}` : value;
  return to === "f32" ? `reinterpret<f32>(${bits})` : bits;
}
