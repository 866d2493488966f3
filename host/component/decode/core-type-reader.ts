/** Decodes defined types of core modules (Core spec, Binary Format / Types). */

import {
  byCode,
  heapTypes,
  nullableReference,
  numberTypes,
  reference,
  typeForms,
} from "../../wasm/value-types.ts";
import { invalid, malformedComponent, unknownIndex, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type {
  CoreCompositeType,
  CoreFieldType,
  CoreFunctionType,
  CoreSubType,
  CoreTypeEntry,
  CoreValueType,
} from "../core-types.ts";
import type { CoreTypeTable } from "../validate/core-type-table.ts";

/** The types that an index can refer to: those that stand there, and so many of the group that is being read. */
export interface CoreTypeSpace {
  readonly types: readonly CoreTypeEntry[];
  readonly group?: number;
}

const numberNames = byCode(numberTypes);
const heapNames = byCode(heapTypes);

/** Types of proposals that no engine here has. */
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

/** True where a byte can start a composite type. */
export function startsCompositeType(code: number): boolean {
  return (code >= typeForms.array && code <= typeForms.function) || gatedCompositeTypes[code] !== undefined;
}

export function readCoreValueType(reader: Reader, space: CoreTypeSpace): CoreValueType {
  const offset = reader.at;
  const code = reader.byte();
  const simple = numberNames.get(code);
  if (simple) return simple;
  const heap = heapNames.get(code);
  if (heap) return `(ref null ${heap})`;
  if (code === nullableReference || code === reference)
    return `(ref ${code === nullableReference ? "null " : ""}${readHeapType(reader, space)})`;
  // An exact type is written inside a reference only.
  const gated = code === 0x62 ? undefined : gatedHeapTypes[code];
  if (gated) throw unsupportedFeature(gated, offset);
  throw malformedComponent(`0x${code.toString(16)} is no core value type`, offset);
}

function readHeapType(reader: Reader, space: CoreTypeSpace): string {
  const offset = reader.at;
  const first = reader.peek();
  if ((first & 0xc0) !== 0x40) {
    return definedType(reader.index33(), space, offset);
  }
  reader.byte();
  const heap = heapNames.get(first);
  if (heap) return heap;
  const gated = gatedHeapTypes[first];
  throw gated
    ? unsupportedFeature(gated, offset)
    : malformedComponent(`0x${first.toString(16)} is no heap type`, offset);
}

/** Text of an index of a defined type: `#3`, or `~1` in the group that is being read. */
function definedType(index: number, { types, group = 0 }: CoreTypeSpace, offset: number): string {
  const entry = types[index];
  if (entry === undefined) {
    if (index < types.length + group) return `~${index - types.length}`;
    throw unknownIndex("core type", index, types.length + group, offset);
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
  if (reader.peek() !== typeForms.recursionGroup) return [readSingleType(reader, types, table)];
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
  if (bytes[at] !== typeForms.function) return undefined;
  let text = String.fromCharCode(typeForms.function);
  let position = at + 1;
  for (let vectors = 0; vectors < 2; vectors++) {
    const count = position < end ? bytes[position++]! : 0x80;
    if (count >= 0x80 || position + count > end) return undefined;
    text += String.fromCharCode(count);
    for (const last = position + count; position < last; position++) {
      const code = bytes[position]!;
      if (code < numberTypes.v128 || code > numberTypes.i32) return undefined;
      text += String.fromCharCode(code);
    }
  }
  return text;
}

/** The type at a position of its group. */
function readSubType(reader: Reader, space: CoreTypeSpace, position: number): CoreSubType {
  const offset = reader.at;
  const code = reader.peek();
  if (code !== typeForms.subtype && code !== typeForms.finalSubtype)
    return { final: true, composite: readCompositeType(reader, space) };
  reader.byte();
  const supertypes = reader.vector(() => reader.u32());
  if (supertypes.length > 1) throw invalid("a core type has more than one supertype", offset);
  const earlier = { types: space.types, group: position };
  const [supertype] = supertypes.map((index) => definedType(index, earlier, offset));
  return {
    final: code === typeForms.finalSubtype,
    ...(supertype !== undefined && { supertype }),
    composite: readCompositeType(reader, space),
  };
}

function readCompositeType(reader: Reader, space: CoreTypeSpace): CoreCompositeType {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case typeForms.function:
      return { kind: "func", ...readFunctionType(reader, space) };
    case typeForms.struct: {
      const fields = reader.vector(() => readFieldType(reader, space));
      reader.meter.check("parts", fields.length, offset);
      return { kind: "struct", fields };
    }
    case typeForms.array:
      return { kind: "array", element: readFieldType(reader, space) };
    default: {
      const gated = gatedCompositeTypes[code];
      throw gated
        ? unsupportedFeature(gated, offset)
        : malformedComponent(`0x${code.toString(16)} starts no core type`, offset);
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
  if (flag > 1) throw malformedComponent("expected 0x00 or 0x01", offset);
  return { type, mutable: flag === 1 };
}
