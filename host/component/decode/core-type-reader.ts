/** Decodes defined types of core modules (Core spec, Binary Format / Types). */

import { invalid, malformed, unknown, unsupported } from "../component-failures.ts";
import type {
  CoreCompositeType,
  CoreFieldType,
  CoreFunctionType,
  CoreSubType,
  CoreTypeEntry,
  CoreValueType,
} from "../core-types.ts";
import type { CoreTypeTable } from "../validate/core-type-table.ts";
import type { Reader } from "./component-reader.ts";

/** The types that an index can refer to: those that stand there, and so many of the group that is being read. */
export interface CoreTypeSpace {
  readonly types: readonly CoreTypeEntry[];
  readonly group?: number;
}

const valueTypes: Readonly<Record<number, CoreValueType>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
};

const heapTypes: Readonly<Record<number, string>> = {
  113: "none",
  116: "noexn",
  115: "nofunc",
  114: "noextern",
  112: "func",
  111: "extern",
  110: "any",
  109: "eq",
  108: "i31",
  107: "struct",
  106: "array",
  105: "exn",
};

/** Of proposals that no engine here has. */
const gatedHeapTypes: Readonly<Record<number, string>> = {
  98: "exact core types (custom descriptors)",
  101: "shared core types",
  104: "continuation types (stack switching)",
  117: "continuation types (stack switching)",
};

const gatedCompositeTypes: Readonly<Record<number, string>> = {
  76: "custom descriptors",
  77: "custom descriptors",
  93: "continuation types (stack switching)",
  101: "shared core types",
};

/** Whether a byte can start a composite type. */
export function startsCompositeType(code: number): boolean {
  return (code >= 0x5e && code <= 0x60) || gatedCompositeTypes[code] !== undefined;
}

export function readCoreValueType(reader: Reader, space: CoreTypeSpace): CoreValueType {
  const offset = reader.at;
  const code = reader.byte();
  const simple = valueTypes[code];
  if (simple) return simple;
  const heap = heapTypes[code];
  if (heap) return `(ref null ${heap})`;
  if (code === 0x63 || code === 0x64)
    return `(ref ${code === 0x63 ? "null " : ""}${readHeapType(reader, space)})`;
  // An exact type is written inside a reference only.
  const gated = code === 0x62 ? undefined : gatedHeapTypes[code];
  if (gated) throw unsupported(gated, offset);
  throw malformed(`0x${code.toString(16)} is no core value type`, offset);
}

function readHeapType(reader: Reader, space: CoreTypeSpace): string {
  const offset = reader.at;
  const first = reader.peek();
  if ((first & 0xc0) !== 0x40) {
    const index = reader.s33();
    if (index < 0) throw malformed("negative type index", offset);
    return definedType(index, space, offset);
  }
  reader.byte();
  const heap = heapTypes[first];
  if (heap) return heap;
  const gated = gatedHeapTypes[first];
  throw gated ? unsupported(gated, offset) : malformed(`0x${first.toString(16)} is no heap type`, offset);
}

/** What an index of a defined type is in text: `#3`, or `~1` in the group that is being read. */
function definedType(index: number, { types, group = 0 }: CoreTypeSpace, offset: number): string {
  const entry = types[index];
  if (entry === undefined) {
    if (index < types.length + group) return `~${index - types.length}`;
    throw unknown("core type", index, types.length + group, offset);
  }
  if (entry.sort === "module") throw invalid(`core type ${index} is a module type`, offset);
  return `#${entry.id}`;
}

/** A recursion group of a type section, or one type of a component: one or more entries, or none for an empty group. */
export function readRecursiveType(
  reader: Reader,
  types: readonly CoreTypeEntry[],
  table: CoreTypeTable,
): CoreTypeEntry[] {
  const offset = reader.at;
  if (reader.peek() !== 0x4e) return [readSingleType(reader, types, table)];
  reader.byte();
  const start = reader.at;
  const group = reader.count();
  reader.at = start;
  reader.meter.spend("coreDefinitions", group, offset);
  let position = 0;
  return table.group(
    reader.vector(() => readSubType(reader, { types, group }, position++)),
    offset,
  );
}

/** A type by itself. Modules have the same few function types again and again. */
function readSingleType(
  reader: Reader,
  types: readonly CoreTypeEntry[],
  table: CoreTypeTable,
): CoreTypeEntry {
  const offset = reader.at;
  const text = plainFunction(reader);
  const known = text === undefined ? undefined : table.plain(text);
  if (text === undefined || known === undefined) {
    return table.single(readSubType(reader, { types, group: 1 }, 0), offset, text);
  }
  reader.at = offset + text.length;
  return known;
}

/** The bytes, as text, of a function type of numbers; undefined for all else. Reads nothing. */
function plainFunction({ bytes, at, end }: Reader): string | undefined {
  if (bytes[at] !== 0x60) return undefined;
  let text = "\x60";
  let position = at + 1;
  for (let vectors = 0; vectors < 2; vectors++) {
    const count = position < end ? bytes[position++]! : 0x80;
    if (count >= 0x80 || position + count > end) return undefined;
    text += String.fromCharCode(count);
    for (const last = position + count; position < last; position++) {
      const code = bytes[position]!;
      if (code < 0x7b || code > 0x7f) return undefined;
      text += String.fromCharCode(code);
    }
  }
  return text;
}

/** The type at a position of its group. */
function readSubType(reader: Reader, space: CoreTypeSpace, position: number): CoreSubType {
  const offset = reader.at;
  const code = reader.peek();
  if (code !== 0x50 && code !== 0x4f) return { final: true, composite: readCompositeType(reader, space) };
  reader.byte();
  const supertypes = reader.vector(() => reader.u32());
  if (supertypes.length > 1) throw invalid("a core type has more than one supertype", offset);
  const earlier = { types: space.types, group: position };
  const [supertype] = supertypes.map((index) => definedType(index, earlier, offset));
  return {
    final: code === 0x4f,
    ...(supertype !== undefined && { supertype }),
    composite: readCompositeType(reader, space),
  };
}

function readCompositeType(reader: Reader, space: CoreTypeSpace): CoreCompositeType {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x60:
      return { kind: "func", ...readFunctionType(reader, space) };
    case 0x5f: {
      const fields = reader.vector(() => readFieldType(reader, space));
      reader.meter.check("parts", fields.length, offset);
      return { kind: "struct", fields };
    }
    case 0x5e:
      return { kind: "array", element: readFieldType(reader, space) };
    default: {
      const gated = gatedCompositeTypes[code];
      throw gated
        ? unsupported(gated, offset)
        : malformed(`0x${code.toString(16)} starts no core type`, offset);
    }
  }
}

function readFunctionType(reader: Reader, space: CoreTypeSpace): CoreFunctionType {
  const offset = reader.at;
  const parameters = reader.vector(() => readCoreValueType(reader, space));
  const results = reader.vector(() => readCoreValueType(reader, space));
  reader.meter.check("parameters", Math.max(parameters.length, results.length), offset);
  return { parameters, results };
}

function readFieldType(reader: Reader, space: CoreTypeSpace): CoreFieldType {
  const packed = { 120: "i8", 119: "i16" }[reader.peek()];
  if (packed !== undefined) reader.byte();
  const type = packed ?? readCoreValueType(reader, space);
  const offset = reader.at;
  const flag = reader.byte();
  if (flag > 1) throw malformed("expected 0x00 or 0x01", offset);
  return { type, mutable: flag === 1 };
}
