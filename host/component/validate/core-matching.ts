import type { CoreEntity, CoreFunctionType, CoreLimits, ModuleType } from "../core-types.ts";
import type { CoreTypeTable } from "./core-type-table.ts";

/** Why a core module can't stand where another is expected; undefined if it can. */
export function coreMismatch(
  expected: ModuleType,
  actual: ModuleType,
  table: CoreTypeTable,
): string | undefined {
  const given = new Map(expected.imports.map((i) => [JSON.stringify([i.module, i.name]), i.type]));
  for (const { module, name, type } of actual.imports) {
    const supplied = given.get(JSON.stringify([module, name]));
    if (!supplied) return `the module imports "${module}" "${name}", which is not expected`;
    if (!coreMatches(type, supplied, table)) {
      return `the module's import "${module}" "${name}" has another type`;
    }
  }
  for (const [name, type] of expected.exports) {
    const exported = actual.exports.get(name);
    if (!exported) return `the module exports no "${name}"`;
    if (!coreMatches(type, exported, table)) return `the module's export "${name}" has another type`;
  }
  return undefined;
}

/** Steps that looking at every import and export of a module takes. */
export function coreWork({ imports, exports }: ModuleType): number {
  return imports.length + exports.size;
}

/** Core spec, Matching / External Types. */
export function coreMatches(expected: CoreEntity, actual: CoreEntity, table: CoreTypeTable): boolean {
  if (expected.sort === "func" && actual.sort === "func") {
    if (expected.id === undefined) return sameCoreFunction(expected.type, actual.type);
    return actual.id === undefined
      ? table.standsAlone(expected.id) && sameCoreFunction(expected.type, actual.type)
      : table.isSubtype(actual.id, expected.id);
  }
  if (expected.sort === "tag" && actual.sort === "tag") return expected.id === actual.id;
  if (expected.sort === "global" && actual.sort === "global") {
    if (expected.mutable !== actual.mutable) return false;
    return expected.mutable ? expected.type === actual.type : table.valueMatches(actual.type, expected.type);
  }
  if (expected.sort === "table" && actual.sort === "table") {
    return expected.element === actual.element && limitsMatch(expected.limits, actual.limits);
  }
  if (expected.sort === "memory" && actual.sort === "memory") {
    return expected.pageSize === actual.pageSize && limitsMatch(expected.limits, actual.limits);
  }
  return false;
}

/** True where two functions take and give the same, whatever their types are declared to be subtypes of. */
export function sameCoreFunction(a: CoreFunctionType, b: CoreFunctionType): boolean {
  return a === b || (sameTypes(a.parameters, b.parameters) && sameTypes(a.results, b.results));
}

function sameTypes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}

function limitsMatch(expected: CoreLimits, actual: CoreLimits): boolean {
  if (expected.shared !== actual.shared || expected.is64 !== actual.is64 || actual.min < expected.min)
    return false;
  return expected.max === undefined || (actual.max !== undefined && actual.max <= expected.max);
}
