import type { Structure } from "../../wit/model.ts";

export interface ValueSize {
  readonly bytes: number;
  readonly alignment: number;
}

const primitive: { readonly [kind: string]: number } = {
  bool: 1,
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u64: 8,
  s64: 8,
  f64: 8,
};

/**
 * Size of a value with 64-bit pointers, from the sizes of its parts: what the limit on sizes is about
 * (Binary.md, Type Definitions, last note). Everything that runs uses 32-bit memories: `host/wit/layout.ts`.
 */
export function valueSize(type: Structure, parts: readonly ValueSize[]): ValueSize {
  switch (type.kind) {
    case "string":
      return { bytes: 16, alignment: 8 };
    case "list":
      if (type.length === undefined) return { bytes: 16, alignment: 8 };
      return { bytes: parts[0]!.bytes * type.length, alignment: parts[0]!.alignment };
    case "record":
    case "tuple":
      return inSequence(parts);
    case "variant":
      return oneOf(type.cases.length, parts);
    case "enum":
      return oneOf(type.names.length, []);
    case "option":
    case "result":
      return oneOf(2, parts);
    case "flags": {
      const bytes = type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4;
      return { bytes, alignment: bytes };
    }
    default: {
      const bytes = primitive[type.kind] ?? 4;
      return { bytes, alignment: bytes };
    }
  }
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function inSequence(parts: readonly ValueSize[]): ValueSize {
  let bytes = 0;
  let alignment = 1;
  for (const part of parts) {
    bytes = align(bytes, part.alignment) + part.bytes;
    alignment = Math.max(alignment, part.alignment);
  }
  return { bytes: align(bytes, alignment), alignment };
}

function oneOf(cases: number, parts: readonly ValueSize[]): ValueSize {
  const discriminant = cases <= 0x100 ? 1 : cases <= 0x10000 ? 2 : 4;
  let bytes = 0;
  let alignment = 1;
  for (const part of parts) {
    bytes = Math.max(bytes, part.bytes);
    alignment = Math.max(alignment, part.alignment);
  }
  const whole = Math.max(discriminant, alignment);
  return { bytes: align(align(discriminant, alignment) + bytes, whole), alignment: whole };
}
