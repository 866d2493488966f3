/**
 * The canonical ABI's layout of a type: alignment, size, flattening, core signatures.
 * CanonicalABI.md, sections "Despecialization", "Alignment", "Element Size" and "Flattening"; 32-bit memory.
 */
import { type Case, type FunctionType, onceByStructure, type Structure, type ValueType } from "./model.ts";

export type CoreType = "i32" | "i64" | "f32" | "f64";

export interface CoreSignature {
  readonly parameters: readonly CoreType[];
  readonly results: readonly CoreType[];
  /** Parameters do not fit 16 flat values: they lie in memory behind one pointer. */
  readonly indirectParameters: boolean;
  /** The result does not fit one flat value: it lies in memory behind a pointer. */
  readonly indirectResult: boolean;
}

export interface Field {
  readonly name: string;
  readonly type: ValueType;
  /** Bytes from the record's start. */
  readonly offset: number;
}

export interface VariantLayout {
  readonly cases: readonly Case[];
  /** Bytes of the discriminant: 1, 2 or 4. */
  readonly discriminantSize: 1 | 2 | 4;
  /** Bytes from the variant's start to every payload. */
  readonly payloadOffset: number;
}

const maxFlatParameters = 16;
const maxFlatResults = 1;

function alignTo(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/** Bytes of the discriminant of a variant with so many cases. */
export function discriminantSize(cases: number): 1 | 2 | 4 {
  return cases <= 0x100 ? 1 : cases <= 0x10000 ? 2 : 4;
}

/** The cases of a variant, enum, option or result; undefined for any other type. */
export function casesOf(type: Structure): readonly Case[] | undefined {
  switch (type.kind) {
    case "variant":
      return type.cases;
    case "enum":
      return type.names.map((name) => ({ name }));
    case "option":
      return [{ name: "none" }, { name: "some", type: type.some }];
    case "result":
      return [
        { name: "ok", ...(type.ok && { type: type.ok }) },
        { name: "error", ...(type.err && { type: type.err }) },
      ];
    default:
      return undefined;
  }
}

export function variantLayout(cases: readonly Case[]): VariantLayout {
  const size = discriminantSize(cases.length);
  const payloadAlignment = Math.max(1, ...cases.map((c) => (c.type ? alignmentOf(c.type) : 1)));
  return { cases, discriminantSize: size, payloadOffset: alignTo(size, payloadAlignment) };
}

/** Places of the fields of a record (or elements of a tuple, named by index). */
export function fieldsOf(type: Structure & { kind: "record" | "tuple" }): Field[] {
  const fields =
    type.kind === "record"
      ? type.fields
      : type.elements.map((element, i) => ({ name: `${i}`, type: element }));
  return placeFields(fields);
}

/** Places values one after another, as a record would: also how spilled parameters lie in memory. */
export function placeFields(fields: readonly { readonly name: string; readonly type: ValueType }[]): Field[] {
  let offset = 0;
  return fields.map(({ name, type }) => {
    const { size, alignment } = layoutOf(type);
    const at = alignTo(offset, alignment);
    offset = at + size;
    return { name, type, offset: at };
  });
}

export function alignmentOf(type: ValueType): number {
  return layoutOf(type).alignment;
}

/** Size in bytes as an element of a list or a field of a record. */
export function sizeOf(type: ValueType): number {
  return layoutOf(type).size;
}

interface Layout {
  readonly size: number;
  readonly alignment: number;
}
const layoutOf: (type: ValueType) => Layout = onceByStructure(computeLayout);

function computeLayout(type: Structure): Layout {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "s8":
      return { size: 1, alignment: 1 };
    case "u16":
    case "s16":
      return { size: 2, alignment: 2 };
    case "u32":
    case "s32":
    case "f32":
    case "char":
    case "own":
    case "borrow":
      return { size: 4, alignment: 4 };
    case "u64":
    case "s64":
    case "f64":
      return { size: 8, alignment: 8 };
    case "string":
      return { size: 8, alignment: 4 };
    case "list": {
      if (type.length === undefined) return { size: 8, alignment: 4 };
      const element = layoutOf(type.element);
      return { size: element.size * type.length, alignment: element.alignment };
    }
    case "record":
    case "tuple": {
      const fields = fieldsOf(type);
      const alignment = Math.max(1, ...fields.map((f) => alignmentOf(f.type)));
      const last = fields.at(-1);
      return { size: last ? alignTo(last.offset + sizeOf(last.type), alignment) : 0, alignment };
    }
    case "flags": {
      const count = type.names.length;
      if (count === 0) return { size: 0, alignment: 1 };
      if (count <= 8) return { size: 1, alignment: 1 };
      if (count <= 16) return { size: 2, alignment: 2 };
      return { size: 4 * Math.ceil(count / 32), alignment: 4 };
    }
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const { cases, discriminantSize, payloadOffset } = variantLayout(casesOf(type)!);
      const payloads = cases.flatMap((c) => (c.type ? [layoutOf(c.type)] : []));
      const alignment = Math.max(discriminantSize, ...payloads.map((p) => p.alignment));
      const size = alignTo(payloadOffset + Math.max(0, ...payloads.map((p) => p.size)), alignment);
      return { size, alignment };
    }
  }
}

/**
 * The core types that stand for a value when it is passed flat; of more than 17 only the first 17, because
 * whatever exceeds 16 is passed in memory. Cut and memoised, so that a type whose parts repeat themselves (and
 * would flatten to 2^30 values) costs nothing.
 */
export const flatten: (type: ValueType) => readonly CoreType[] = onceByStructure(computeFlattening);

function computeFlattening(type: Structure): readonly CoreType[] {
  switch (type.kind) {
    case "f32":
    case "f64":
      return [type.kind];
    case "u64":
    case "s64":
      return ["i64"];
    case "string":
      return ["i32", "i32"];
    case "list":
      return type.length === undefined ? ["i32", "i32"] : flattenAll(repeat(type.element, type.length));
    case "record":
      return flattenAll(type.fields.map((f) => f.type));
    case "tuple":
      return flattenAll(type.elements);
    case "flags":
      return Array.from({ length: Math.ceil(type.names.length / 32) }, () => "i32" as const);
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const payload: CoreType[] = [];
      for (const { type: payloadType } of casesOf(type)!) {
        if (!payloadType) continue;
        for (const [i, core] of flatten(payloadType).entries()) payload[i] = join(payload[i] ?? core, core);
      }
      return ["i32" as const, ...payload].slice(0, maxFlatParameters + 1);
    }
    default:
      return ["i32"];
  }
}

function flattenAll(types: readonly ValueType[]): CoreType[] {
  const flat: CoreType[] = [];
  for (const type of types) {
    flat.push(...flatten(type));
    if (flat.length > maxFlatParameters) break;
  }
  return flat.slice(0, maxFlatParameters + 1);
}

function repeat(type: ValueType, times: number): ValueType[] {
  return Array.from({ length: Math.min(times, maxFlatParameters + 1) }, () => type);
}

/** The core type that can hold either (CanonicalABI.md, Flattening, `join`). */
function join(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}

/**
 * The core signature of a function: as exported by a core module (`lift`), or as imported by one (`lower`).
 * They differ only where the result lies in memory: an export returns the pointer, an import is given it.
 */
export function coreSignature(type: FunctionType, context: "lift" | "lower"): CoreSignature {
  const flat = flattenAll(type.parameters.map((p) => p.type));
  const indirectParameters = flat.length > maxFlatParameters;
  const parameters: CoreType[] = indirectParameters ? ["i32"] : flat;
  const flatResults = type.result ? flatten(type.result) : [];
  const indirectResult = flatResults.length > maxFlatResults;
  if (!indirectResult) return { parameters, results: flatResults, indirectParameters, indirectResult };
  return context === "lift"
    ? { parameters, results: ["i32"], indirectParameters, indirectResult }
    : { parameters: [...parameters, "i32"], results: [], indirectParameters, indirectResult };
}
