/** Decodes types of what core modules import and export (Core spec, Binary Format / Types, External Types). */

import { invalid, malformedComponent, unknownIndex, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { CoreEntity, CoreLimits, CoreTypeEntry } from "../core-types.ts";
import { type CoreTypeSpace, readCoreValueType } from "./core-type-reader.ts";

const sharedThreads = "shared core types";

function readLimits(reader: Reader, flags: number): CoreLimits {
  const offset = reader.at;
  const is64 = (flags & 0x04) !== 0;
  const bound = (): bigint => (is64 ? reader.u64() : BigInt(reader.u32()));
  const min = bound();
  const max = flags & 0x01 ? bound() : undefined;
  if (max !== undefined && max < min) throw invalid("a size minimum must not be above its maximum", offset);
  return { min, ...(max !== undefined && { max }), shared: (flags & 0x02) !== 0, is64 };
}

/** A table's element type and limits; the caller handles the form with an initialiser. */
export function readTableType(reader: Reader, space: CoreTypeSpace): CoreEntity & { sort: "table" } {
  const start = reader.at;
  const element = readCoreValueType(reader, space);
  if (!element.startsWith("(ref")) throw malformedComponent("a table holds references", start);
  const offset = reader.at;
  const flags = reader.byte();
  if (flags > 0x07) throw malformedComponent("unknown limits flags", offset);
  if (flags & 0x02) throw unsupportedFeature(sharedThreads, offset);
  return { sort: "table", element, limits: readLimits(reader, flags) };
}

export function readMemoryType(reader: Reader): CoreEntity & { sort: "memory" } {
  const offset = reader.at;
  const flags = reader.byte();
  if (flags > 0x0f) throw malformedComponent("unknown limits flags", offset);
  const limits = readLimits(reader, flags);
  const logPageSize = flags & 0x08 ? reader.u32() : 16;
  if (logPageSize > 64) throw malformedComponent("page size too large", offset);
  if (logPageSize !== 0 && logPageSize !== 16) throw invalid("a page has 1 or 65536 bytes", offset);
  const pageSize = 2 ** logPageSize;
  const max = BigInt(limits.is64 ? 2 ** 64 : 2 ** 32) / BigInt(pageSize);
  if (limits.min > max || (limits.max ?? 0n) > max) {
    throw invalid(`a memory can't have more than ${max} pages`, offset);
  }
  if (limits.shared && limits.max === undefined) throw invalid("a shared memory needs a maximum", offset);
  return { sort: "memory", limits, pageSize };
}

export function readGlobalType(reader: Reader, space: CoreTypeSpace): CoreEntity & { sort: "global" } {
  const type = readCoreValueType(reader, space);
  const offset = reader.at;
  const flags = reader.byte();
  if (flags > 0x03) throw malformedComponent(`unknown flags of a global`, offset);
  if (flags & 0x02) throw unsupportedFeature(sharedThreads, offset);
  return { sort: "global", type, mutable: flags === 0x01 };
}

/** `core:externtype`, its types looked up in `types`. */
export function readCoreExternType(reader: Reader, types: readonly CoreTypeEntry[]): CoreEntity {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return functionAt(types, reader.u32(), offset);
    case 0x01:
      return readTableType(reader, { types });
    case 0x02:
      return readMemoryType(reader);
    case 0x03:
      return readGlobalType(reader, { types });
    case 0x04:
      return readTagType(reader, types);
    case 0x20:
      throw unsupportedFeature("exact core types (custom descriptors)", offset);
    default:
      throw malformedComponent(`0x${code.toString(16)} starts no core extern type`, offset);
  }
}

export function readTagType(reader: Reader, types: readonly CoreTypeEntry[]): CoreEntity & { sort: "tag" } {
  const offset = reader.at;
  if (reader.byte() !== 0x00) throw malformedComponent("a tag starts with 0x00", offset);
  const entity = functionAt(types, reader.u32(), offset);
  if (entity.type.results.length > 0) throw unsupportedFeature("tags with results (stack switching)", offset);
  return { ...entity, sort: "tag" };
}

export function functionAt(
  types: readonly CoreTypeEntry[],
  index: number,
  offset: number,
): CoreEntity & { sort: "func"; id: number } {
  const entry = types[index];
  if (!entry) throw unknownIndex("core type", index, types.length, offset);
  if (entry.sort !== "func") throw invalid(`core type ${index} is not a function type`, offset);
  return entry;
}
