/** Decodes types of core modules (Core spec, Binary Format / Types; Binary.md, `core:type`). */
import type {
  CoreEntity,
  CoreFunctionType,
  CoreImport,
  CoreLimits,
  CoreValueType,
  ModuleType,
} from "./core-types.ts";
import { invalid, malformed } from "./failures.ts";
import type { Reader } from "./reader.ts";
import { at, type CoreTypeEntry, type Scope } from "./scope.ts";

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

function readCoreValueType(reader: Reader): CoreValueType {
  const offset = reader.at;
  const code = reader.byte();
  const simple = valueTypes[code];
  if (simple) return simple;
  const heap = heapTypes[code];
  if (heap) return `(ref null ${heap})`;
  if (code === 0x63 || code === 0x64) return `(ref ${code === 0x63 ? "null " : ""}${readHeapType(reader)})`;
  throw malformed(`0x${code.toString(16)} is no core value type`, offset);
}

function readHeapType(reader: Reader): string {
  const offset = reader.at;
  const first = reader.peek();
  if ((first & 0xc0) !== 0x40) {
    const index = reader.s33();
    if (index < 0) throw malformed("negative type index", offset);
    return `${index}`;
  }
  reader.byte();
  const heap = heapTypes[first];
  if (!heap) throw malformed(`0x${first.toString(16)} is no heap type`, offset);
  return heap;
}

/** A recursion group of a type section, or one type of a component: one or more entries. */
export function readRecursiveType(reader: Reader): CoreTypeEntry[] {
  if (reader.peek() !== 0x4e) return [readSubType(reader)];
  reader.byte();
  return reader.vector(() => readSubType(reader));
}

function readSubType(reader: Reader): CoreTypeEntry {
  const code = reader.peek();
  if (code === 0x50 || code === 0x4f) {
    reader.byte();
    reader.vector(() => reader.u32());
  }
  return readCompositeType(reader);
}

function readCompositeType(reader: Reader): CoreTypeEntry {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x60:
      return { sort: "func", type: readFunctionType(reader) };
    case 0x5f:
      reader.vector(() => readFieldType(reader));
      return { sort: "other" };
    case 0x5e:
      readFieldType(reader);
      return { sort: "other" };
    default:
      throw malformed(`0x${code.toString(16)} starts no core type`, offset);
  }
}

function readFunctionType(reader: Reader): CoreFunctionType {
  const offset = reader.at;
  const parameters = reader.vector(() => readCoreValueType(reader));
  const results = reader.vector(() => readCoreValueType(reader));
  reader.meter.check("parameters", Math.max(parameters.length, results.length), offset);
  return { parameters, results };
}

function readFieldType(reader: Reader): void {
  const code = reader.peek();
  if (code === 0x78 || code === 0x77) reader.byte();
  else readCoreValueType(reader);
  readFlag(reader);
}

function readFlag(reader: Reader): boolean {
  const offset = reader.at;
  const flag = reader.byte();
  if (flag > 1) throw malformed("expected 0x00 or 0x01", offset);
  return flag === 1;
}

function u64(reader: Reader): bigint {
  const offset = reader.at;
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.byte();
    if (shift === 63n && byte > 0x01) throw malformed("integer representation too long or too large", offset);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function readLimits(reader: Reader, mayHavePageSize: boolean): CoreLimits & { readonly pageSize: number } {
  const offset = reader.at;
  const flags = reader.byte();
  if (flags > (mayHavePageSize ? 0x0f : 0x07)) throw malformed("unknown limits flags", offset);
  const is64 = (flags & 0x04) !== 0;
  const bound = (): bigint => (is64 ? u64(reader) : BigInt(reader.u32()));
  const min = bound();
  const max = flags & 0x01 ? bound() : undefined;
  const logPageSize = flags & 0x08 ? reader.u32() : 16;
  if (logPageSize > 64) throw malformed("page size too large", offset);
  if (max !== undefined && max < min) throw invalid("a size minimum must not be above its maximum", offset);
  return {
    min,
    ...(max !== undefined && { max }),
    shared: (flags & 0x02) !== 0,
    is64,
    pageSize: 2 ** logPageSize,
  };
}

/** A table's element type and limits; the caller handles the form with an initialiser. */
export function readTableType(reader: Reader): CoreEntity & { sort: "table" } {
  const element = readCoreValueType(reader);
  if (!element.startsWith("(ref")) throw malformed("a table holds references", reader.at);
  const { pageSize: _, ...limits } = readLimits(reader, false);
  return { sort: "table", element, limits };
}

export function readMemoryType(reader: Reader): CoreEntity & { sort: "memory" } {
  const offset = reader.at;
  const { pageSize, ...limits } = readLimits(reader, true);
  const most = BigInt(limits.is64 ? 2 ** 64 : 2 ** 32) / BigInt(pageSize);
  if (limits.min > most || (limits.max ?? 0n) > most) {
    throw invalid(`a memory can't have more than ${most} pages`, offset);
  }
  return { sort: "memory", limits, pageSize };
}

export function readGlobalType(reader: Reader): CoreEntity & { sort: "global" } {
  const type = readCoreValueType(reader);
  return { sort: "global", type, mutable: readFlag(reader) };
}

/** `core:externtype`, its function types looked up in `types`. */
export function readCoreExternType(reader: Reader, types: readonly CoreTypeEntry[]): CoreEntity {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return { sort: "func", type: functionTypeAt(types, reader.u32(), offset) };
    case 0x01:
      return readTableType(reader);
    case 0x02:
      return readMemoryType(reader);
    case 0x03:
      return readGlobalType(reader);
    case 0x04:
      return readTagType(reader, types);
    default:
      throw malformed(`0x${code.toString(16)} starts no core extern type`, offset);
  }
}

export function readTagType(reader: Reader, types: readonly CoreTypeEntry[]): CoreEntity & { sort: "tag" } {
  const offset = reader.at;
  if (reader.byte() !== 0x00) throw malformed("a tag starts with 0x00", offset);
  return { sort: "tag", type: functionTypeAt(types, reader.u32(), offset) };
}

export function functionTypeAt(
  types: readonly CoreTypeEntry[],
  index: number,
  offset: number,
): CoreFunctionType {
  const entry = at(types, index, "core type", offset);
  if (entry.sort !== "func") throw invalid(`core type ${index} is not a function type`, offset);
  return entry.type;
}

/** `core:type` in a component: a module type, or a type of core WebAssembly. */
export function readCoreType(reader: Reader, scope: Scope): CoreTypeEntry[] {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  const code = reader.peek();
  if (code === 0x50) {
    reader.byte();
    return [{ sort: "module", type: readModuleType(reader, scope) }];
  }
  if (code === 0x00) {
    reader.byte();
    if (reader.peek() !== 0x50) throw malformed("expected a core subtype", reader.at);
  }
  return readRecursiveType(reader);
}

function readModuleType(reader: Reader, scope: Scope): ModuleType {
  const types: CoreTypeEntry[] = [];
  const imports: CoreImport[] = [];
  const exports = new Map<string, CoreEntity>();
  const seen = new Set<string>();
  for (let left = reader.count(); left > 0; left--) {
    const offset = reader.at;
    const code = reader.byte();
    switch (code) {
      case 0x00: {
        const module = reader.name();
        const name = reader.name();
        const key = JSON.stringify([module, name]);
        if (seen.has(key)) throw invalid(`a module type imports "${module}" "${name}" twice`, offset);
        seen.add(key);
        imports.push({ module, name, type: readCoreExternType(reader, types) });
        break;
      }
      case 0x01:
        if (reader.peek() === 0x50) throw invalid("a module type can't define a module type", offset);
        types.push(...readCoreType(reader, scope));
        break;
      case 0x02: {
        if (reader.byte() !== 0x10 || reader.byte() !== 0x01) {
          throw malformed("a module type can only alias outer types", offset);
        }
        const count = reader.u32();
        const index = reader.u32();
        const space = count === 0 ? types : scope.outer(count - 1, offset).coreTypes;
        const entry = at(space, index, "core type", offset);
        if (entry.sort === "module") throw invalid("a module type can't alias a module type", offset);
        types.push(entry);
        break;
      }
      case 0x03: {
        const name = reader.name();
        if (exports.has(name)) throw invalid(`a module type exports "${name}" twice`, offset, name);
        exports.set(name, readCoreExternType(reader, types));
        break;
      }
      default:
        throw malformed(`0x${code.toString(16)} starts no declaration of a module type`, offset);
    }
  }
  return { imports, exports };
}
