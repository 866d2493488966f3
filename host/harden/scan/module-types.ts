/** Types of core modules, read as far as hardening needs (Core spec, Binary Format / Types). */
import type { ByteReader } from "../../wasm/byte-reader.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import { heapTypes, nullableReference, numberTypes, reference, typeForms } from "../../wasm/value-types.ts";

/** Heap types without garbage collection, and those with it. */
const plainHeapTypes: ReadonlySet<number> = new Set([
  heapTypes.nofunc,
  heapTypes.noextern,
  heapTypes.noexn,
  heapTypes.func,
  heapTypes.extern,
  heapTypes.exn,
]);
const collected: ReadonlySet<number> = new Set(
  Object.values(heapTypes).filter((code) => !plainHeapTypes.has(code)),
);
const exceptionTypes: ReadonlySet<number> = new Set([heapTypes.exn, heapTypes.noexn]);

/** Forms of types that came with garbage collection. */
const collectedForms: Readonly<Record<number, string>> = {
  [typeForms.recursionGroup]: "a recursion group of types",
  [typeForms.finalSubtype]: "a final subtype",
  [typeForms.subtype]: "a subtype",
  [typeForms.array]: "an array type",
  [typeForms.struct]: "a struct type",
};

/** Numbers of parameters and results of types, by index. */
export interface FunctionTypes {
  readonly parameters: number[];
  readonly results: number[];
  /** True where there are exceptions among the parameters. */
  readonly takeExceptions: boolean[];
  /** Types that may be referred to: also the one being read, which may mention itself. */
  known: number;
}

export function readTypeCounts(reader: ByteReader, types: FunctionTypes): void {
  const offset = reader.at;
  const form = reader.byte();
  if (form !== typeForms.function) {
    const name = collectedForms[form];
    if (name !== undefined) throw unsupported(`${name} (garbage collection)`, offset);
    throw unsupported(`the type form 0x${form.toString(16)}`, offset);
  }
  types.known++;
  types.takeExceptions.push(false);
  types.parameters.push(
    readValueTypes(reader, types, () => {
      types.takeExceptions[types.known - 1] = true;
    }),
  );
  types.results.push(readValueTypes(reader, types));
}

function readValueTypes(reader: ByteReader, types: FunctionTypes, onException = () => {}): number {
  const count = reader.count();
  for (let left = count; left > 0; left--) {
    const start = reader.at;
    readValueType(reader, types);
    if (isException(reader.bytes, start)) onException();
  }
  return count;
}

/** True where values of the type that begins at `start` are exceptions, which V8 keeps on its heap. */
export function isException(bytes: Uint8Array, start: number): boolean {
  const code = bytes[start]!;
  return exceptionTypes.has(code === nullableReference || code === reference ? bytes[start + 1]! : code);
}

/** Skips a value type. Gives its first byte. */
export function readValueType(reader: ByteReader, types: FunctionTypes): number {
  const offset = reader.at;
  const code = reader.byte();
  if ((code >= numberTypes.v128 && code <= numberTypes.i32) || plainHeapTypes.has(code)) return code;
  if (code === nullableReference || code === reference) {
    readHeapType(reader, types);
    return code;
  }
  if (collected.has(code)) throw unsupported(`the type 0x${code.toString(16)} (garbage collection)`, offset);
  throw unsupported(`the value type 0x${code.toString(16)}`, offset);
}

export function readReferenceType(reader: ByteReader, types: FunctionTypes): number {
  const offset = reader.at;
  const code = readValueType(reader, types);
  if (code >= numberTypes.v128) throw malformed("expected a reference type", offset);
  return code;
}

export function readHeapType(reader: ByteReader, types: FunctionTypes): void {
  const offset = reader.at;
  const first = reader.peek();
  if ((first & 0xc0) === 0x40) {
    reader.byte();
    if (plainHeapTypes.has(first)) return;
    if (collected.has(first))
      throw unsupported(`the heap type 0x${first.toString(16)} (garbage collection)`, offset);
    throw unsupported(`the heap type 0x${first.toString(16)}`, offset);
  }
  const index = reader.index33();
  // Naming a later type would be recursion, which needs a recursion group.
  if (index >= types.known) throw malformed(`there is no type ${index}`, offset);
}

export interface DeclaredLimits {
  readonly min: number;
  readonly max: number | undefined;
}

/** `bound` is what the specification allows as a maximum. */
export function readLimits(reader: ByteReader, what: "memory" | "table", bound: number): DeclaredLimits {
  const offset = reader.at;
  const flags = reader.byte();
  if (flags & 0x04) throw unsupported(`a 64-bit ${what}`, offset);
  if (flags & 0x02) throw unsupported(`a shared ${what}`, offset);
  if (flags & 0x08) throw unsupported(`a custom page size`, offset);
  if (flags > 1) throw unsupported(`the limits flags 0x${flags.toString(16)}`, offset);
  const min = reader.u32();
  const max = flags & 0x01 ? reader.u32() : undefined;
  if (min > bound || (max !== undefined && (max > bound || max < min)))
    throw malformed(`impossible limits of a ${what}`, offset);
  return { min, max };
}
