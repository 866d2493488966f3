/** Types of core WebAssembly as the binary format writes them (Core spec, Binary Format / Types). */

export const numberTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** Heap types that no module defines; alone, each stands for a reference to it that may be null. */
export const heapTypes = {
  noexn: 0x74,
  nofunc: 0x73,
  noextern: 0x72,
  none: 0x71,
  func: 0x70,
  extern: 0x6f,
  any: 0x6e,
  eq: 0x6d,
  i31: 0x6c,
  struct: 0x6b,
  array: 0x6a,
  exn: 0x69,
} as const;

/** Bytes before a heap type: a reference that may be null, and one that may not. */
export const nullableReference = 0x63;
export const reference = 0x64;

/** Bytes that type definitions begin with. */
export const typeForms = {
  recursionGroup: 0x4e,
  finalSubtype: 0x4f,
  subtype: 0x50,
  array: 0x5e,
  struct: 0x5f,
  function: 0x60,
} as const;

/** A block type of no parameters and no results. */
export const emptyBlock = 0x40;

/** The names of codes, by code. */
export function byCode<Name extends string>(
  codes: Readonly<Record<Name, number>>,
): ReadonlyMap<number, Name> {
  return new Map(Object.entries<number>(codes).map(([name, code]) => [code, name as Name]));
}
