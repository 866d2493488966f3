/** Decodes core types of a component, those of core modules among them (Binary.md, `core:type`, `core:moduletype`). */

import { invalid, malformedComponent } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { CoreEntity, CoreImport, CoreTypeEntry, ModuleType } from "../core-types.ts";
import { readCoreExternType } from "./core-extern-reader.ts";
import { readRecursiveType, startsCompositeType } from "./core-type-reader.ts";
import { type DecodingScope, elementAt } from "./scope.ts";

/** `core:type` in a component: a module type, or a type of core WebAssembly. */
export function readCoreType(reader: Reader, scope: DecodingScope): CoreTypeEntry[] {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  if (reader.peek() === 0x50) {
    reader.byte();
    return [{ sort: "module", type: readModuleType(reader, scope) }];
  }
  return readPrefixedType(reader, scope.coreTypes, scope);
}

/** A type of core WebAssembly, a non-final subtype marked as such (`0x00 0x50`). */
function readPrefixedType(
  reader: Reader,
  types: readonly CoreTypeEntry[],
  scope: DecodingScope,
): CoreTypeEntry[] {
  if (reader.peek() === 0x00) {
    reader.byte();
    if (reader.peek() !== 0x50) throw malformedComponent("expected a core subtype", reader.at);
  }
  return readRecursiveType(reader, types, scope.table.core);
}

/**
 * A type that a module type declares. The mark of a non-final subtype tells it from a module type, which can't stand
 * here; wasm-tools leaves it out.
 */
function readDeclaredType(
  reader: Reader,
  types: readonly CoreTypeEntry[],
  scope: DecodingScope,
): CoreTypeEntry[] {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  if (reader.peek() === 0x50 && !isSubType(reader)) {
    throw invalid("a module type can't define a module type", offset);
  }
  return readPrefixedType(reader, types, scope);
}

/** True where what 0x50 starts is a subtype: a composite type follows its supertypes. Reads nothing. */
function isSubType(reader: Reader): boolean {
  const start = reader.at;
  try {
    reader.byte();
    reader.vector(() => reader.u32());
    return startsCompositeType(reader.peek());
  } catch {
    return false;
  } finally {
    reader.at = start;
  }
}

function readModuleType(reader: Reader, scope: DecodingScope): ModuleType {
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
        types.push(...readDeclaredType(reader, types, scope));
        break;
      case 0x02: {
        if (reader.byte() !== 0x10 || reader.byte() !== 0x01) {
          throw malformedComponent("a module type can only alias outer types", offset);
        }
        const count = reader.u32();
        const index = reader.u32();
        const space = count === 0 ? types : scope.outer(count - 1, offset).coreTypes;
        const entry = elementAt(space, index, "core type", offset);
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
        throw malformedComponent(`0x${code.toString(16)} starts no declaration of a module type`, offset);
    }
  }
  return { imports, exports };
}
