/** Types of core modules, read as far as hardening needs (Core spec, Binary Format / Types). */
import type { ByteReader } from "../../wasm/byte-reader.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";

/** Abstract heap types without garbage collection: nofunc, noextern, noexn, func, extern, exn. */
const heapTypes: ReadonlySet<number> = new Set([0x73, 0x72, 0x74, 0x70, 0x6f, 0x69]);
/** exn, noexn. */
const exceptionTypes: ReadonlySet<number> = new Set([0x69, 0x74]);
const collected: ReadonlySet<number> = new Set([0x71, 0x6e, 0x6d, 0x6c, 0x6b, 0x6a]);

/** Forms of types that came with garbage collection. */
const collectedForms: Readonly<Record<number, string>> = {
  78: "a recursion group of types",
  79: "a final subtype",
  80: "a subtype",
  94: "an array type",
  95: "a struct type",
};

/** How many parameters and results the types have, by index. */
export interface FunctionTypes {
  readonly parameters: number[];
  readonly results: number[];
  /** Whether there are exceptions among the parameters. */
  readonly takeExceptions: boolean[];
  /** Types that may be referred to: also the one being read, which may mention itself. */
  known: number;
}

export function readFunctionType(reader: ByteReader, types: FunctionTypes): void {
  const offset = reader.at;
  const form = reader.byte();
  if (form !== 0x60) {
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

/** Whether values of the type that begins at `start` are exceptions, which V8 keeps on its heap. */
export function isException(bytes: Uint8Array, start: number): boolean {
  const code = bytes[start]!;
  return exceptionTypes.has(code === 0x63 || code === 0x64 ? bytes[start + 1]! : code);
}

/** Skips a value type. Gives its first byte. */
export function readValueType(reader: ByteReader, types: FunctionTypes): number {
  const offset = reader.at;
  const code = reader.byte();
  if ((code >= 0x7b && code <= 0x7f) || heapTypes.has(code)) return code;
  if (code === 0x63 || code === 0x64) {
    readHeapType(reader, types);
    return code;
  }
  if (collected.has(code)) throw unsupported(`the type 0x${code.toString(16)} (garbage collection)`, offset);
  throw unsupported(`the value type 0x${code.toString(16)}`, offset);
}

export function readReferenceType(reader: ByteReader, types: FunctionTypes): number {
  const offset = reader.at;
  const code = readValueType(reader, types);
  if (code >= 0x7b) throw malformed("expected a reference type", offset);
  return code;
}

export function readHeapType(reader: ByteReader, types: FunctionTypes): void {
  const offset = reader.at;
  const first = reader.peek();
  if ((first & 0xc0) === 0x40) {
    reader.byte();
    if (heapTypes.has(first)) return;
    if (collected.has(first))
      throw unsupported(`the heap type 0x${first.toString(16)} (garbage collection)`, offset);
    throw unsupported(`the heap type 0x${first.toString(16)}`, offset);
  }
  const index = reader.index33();
  // Naming a later type would be recursion, which needs a recursion group.
  if (index >= types.known) throw malformed(`there is no type ${index}`, offset);
}

export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

/** `most` is what the specification allows as a maximum. */
export function readLimits(reader: ByteReader, what: "memory" | "table", most: number): Limits {
  const offset = reader.at;
  const flags = reader.byte();
  if (flags & 0x04) throw unsupported(`a 64-bit ${what}`, offset);
  if (flags & 0x02) throw unsupported(`a shared ${what}`, offset);
  if (flags & 0x08) throw unsupported(`a custom page size`, offset);
  if (flags > 1) throw unsupported(`the limits flags 0x${flags.toString(16)}`, offset);
  const min = reader.u32();
  const max = flags & 0x01 ? reader.u32() : undefined;
  if (min > most || (max !== undefined && (max > most || max < min)))
    throw malformed(`impossible limits of a ${what}`, offset);
  return { min, max };
}
