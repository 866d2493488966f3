/**
 * Mapping of WIT types to JavaScript (jco's mapping, docs/embedding.md), as far as it is not one to one: property names,
 * which options are nullable, which lists are typed arrays.
 */
import { HotcellError } from "../../errors.ts";
import { sizeOf } from "../layout.ts";
import { type Case, resolve, type Structure } from "../model.ts";
import { camelCase } from "../wit-names.ts";

/**
 * True for an option that is `T | undefined`. One directly around another nullable option could not tell none from
 * some(none), so it is `{ tag: "none" } | { tag: "some", val }`; the next one outwards is nullable again.
 */
export function isNullable(type: Structure & { kind: "option" }): boolean {
  const some = resolve(type.some);
  return some.kind !== "option" || !isNullable(some);
}

/**
 * The object properties that stand for a record's fields, flags or parameters. Throws HotcellError
 * `unsupported-feature` where they would not be distinct, as with `a1` and `a-1`.
 */
export function propertyNames(names: readonly string[]): string[] {
  const seen = new Map<string, string>();
  return names.map((name) => {
    const property = camelCase(name);
    const twin = seen.get(property);
    seen.set(property, name);
    // Assigning `__proto__` would set a prototype. No valid WIT name makes it; a model built by other means might.
    if (twin === undefined && property !== "__proto__") return property;
    const reason =
      twin === undefined ? "is not allowed" : `and ${JSON.stringify(twin)} are the same in camelCase`;
    throw new HotcellError("unsupported-feature", `The name ${JSON.stringify(name)} ${reason}.`, {
      subject: name,
    });
  });
}

/** The properties of a record's object. Throws what `propertyNames` throws. */
export function recordKeys(type: Structure & { kind: "record" }): string[] {
  return propertyNames(type.fields.map((field) => field.name));
}

/** A result's cases as JavaScript and JSON name them; the component model says `error` for the second. */
export function resultCases(type: Structure & { kind: "result" }): Case[] {
  return [
    { name: "ok", ...(type.ok && { type: type.ok }) },
    { name: "err", ...(type.err && { type: type.err }) },
  ];
}

/** Typed array classes by element type. */
export const typedArrays = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
type NumericKind = keyof typeof typedArrays;
export type NumericArray = InstanceType<(typeof typedArrays)[NumericKind]>;

export function isNumeric(kind: Structure["kind"]): kind is NumericKind {
  return Object.hasOwn(typedArrays, kind);
}

/** CanonicalABI.md, Storing: a longer list can't be lowered, whatever the guest. */
const maxListBytes = 2 ** 28 - 1;

export function maxListLength(type: Structure & { kind: "list" }): number {
  return Math.floor(maxListBytes / Math.max(1, sizeOf(type.element)));
}
