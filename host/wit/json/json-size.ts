/** Length of a value as JSON. A few bytes of a guest's, such as flags and cases with long names, can become much. */

import { type Case, onceByStructure, resolve, type Structure, type ValueType } from "../model.ts";
import { isNullable, propertyNames, recordKeys, resultCases } from "../values/mapping.ts";

/** The most UTF-16 units that any value of the type takes; or, where there is no such bound, what one value takes. */
export type JsonSize = number | ((value: unknown) => number);

/** Made once for a type. What a string's escapes add is left out: no more than five units for each of its own. */
export const jsonSizeOf: (type: ValueType) => JsonSize = onceByStructure(makeSize);

/** Lengths that numbers, truth values and characters get at most; resources have no JSON form. */
const scalars = {
  bool: 5,
  u8: 3,
  s8: 4,
  u16: 5,
  s16: 6,
  u32: 10,
  s32: 11,
  u64: 22,
  s64: 22,
  f32: 25,
  f64: 25,
  char: 8,
  own: 0,
  borrow: 0,
} satisfies Partial<Record<Structure["kind"], number>>;

function makeSize(type: Structure): JsonSize {
  switch (type.kind) {
    case "string":
      return (value) => (value as string).length + 2;
    case "list":
      return listSize(type);
    case "tuple":
      return membersSize(
        type.elements.map((element, i) => ({ property: i, overhead: 1, size: jsonSizeOf(element) })),
      );
    case "record":
      return membersSize(
        recordKeys(type).map((property, i) => ({
          property,
          overhead: property.length + 4,
          size: jsonSizeOf(type.fields[i]!.type),
        })),
      );
    case "flags":
      return propertyNames(type.names).reduce((sum, name) => sum + name.length + 9, 2);
    case "enum":
      return Math.max(...type.names.map((name) => name.length)) + 2;
    case "variant":
      return casesSize(type.cases);
    case "result":
      return casesSize(resultCases(type));
    case "option":
      return optionSize(type);
    default:
      return scalars[type.kind];
  }
}

function listSize(type: Structure & { kind: "list" }): JsonSize {
  if (resolve(type.element).kind === "u8") {
    return (value) => Math.ceil((value as ArrayLike<unknown>).length / 3) * 4 + 2;
  }
  const element = jsonSizeOf(type.element);
  if (typeof element === "number") return (value) => (value as ArrayLike<unknown>).length * (element + 1) + 2;
  return (value) => (value as readonly unknown[]).reduce<number>((sum, part) => sum + element(part) + 1, 2);
}

interface Member {
  readonly property: string | number;
  /** Length that it takes besides its value. */
  readonly overhead: number;
  readonly size: JsonSize;
}

function membersSize(members: readonly Member[]): JsonSize {
  let fixed = 2;
  const varying: { property: string | number; size: (value: unknown) => number }[] = [];
  for (const { property, overhead, size } of members) {
    fixed += overhead;
    if (typeof size === "number") fixed += size;
    else varying.push({ property, size });
  }
  if (varying.length === 0) return fixed;
  return (value) =>
    varying.reduce(
      (sum, { property, size }) => sum + size((value as Record<string | number, unknown>)[property]),
      fixed,
    );
}

function casesSize(cases: readonly Case[]): JsonSize {
  const overhead = Math.max(...cases.map(({ name }) => name.length)) + `{"tag":"","val":}`.length;
  const payloads = new Map(cases.map(({ name, type }) => [name, type ? jsonSizeOf(type) : 0]));
  const sizes = [...payloads.values()];
  if (sizes.every((size) => typeof size === "number")) return overhead + Math.max(...sizes);
  return (value) => {
    const { tag, val } = value as { tag: string; val?: unknown };
    const payload = payloads.get(tag) ?? 0;
    return overhead + (typeof payload === "number" ? payload : payload(val));
  };
}

function optionSize(type: Structure & { kind: "option" }): JsonSize {
  if (!isNullable(type)) return casesSize([{ name: "none" }, { name: "some", type: type.some }]);
  const some = jsonSizeOf(type.some);
  if (typeof some === "number") return Math.max(4, some);
  return (value) => (value === undefined || value === null ? 4 : some(value));
}
