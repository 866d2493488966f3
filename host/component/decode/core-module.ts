/**
 * Reads from a core module what it imports and exports, with types (Core spec, Binary Format / Modules). Bodies,
 * data and everything else that engines check when they compile are not looked at.
 */

import { invalid, malformed, unsupported } from "../component-failures.ts";
import type { CoreEntity, CoreImport, CoreTypeEntry, ModuleType } from "../core-types.ts";
import type { CoreModule } from "../definition.ts";
import { CoreTypeTable } from "../validate/core-type-table.ts";
import type { Reader } from "./component-reader.ts";
import {
  functionAt,
  readCoreExternType,
  readGlobalType,
  readMemoryType,
  readTableType,
  readTagType,
} from "./core-extern-reader.ts";
import { readRecursiveType } from "./core-type-reader.ts";
import { at } from "./scope.ts";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** Section ids as they must follow one another. */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const sorts = ["func", "table", "memory", "global", "tag"] as const;

/** Throws `malformed-component` or `invalid-component`; `reader` holds exactly the module. */
export function readCoreModule(
  reader: Reader,
  table = new CoreTypeTable(reader.meter),
): { readonly module: CoreModule; readonly type: ModuleType } {
  const start = reader.at;
  const bytes = reader.bytes.subarray(start, reader.end);
  if (preamble.some((byte) => reader.byte() !== byte)) throw malformed("expected a core module", start);
  const types: CoreTypeEntry[] = [];
  const imports: CoreImport[] = [];
  const imported = new Set<string>();
  const exports = new Map<string, CoreEntity>();
  const spaces: Record<CoreEntity["sort"], CoreEntity[]> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  };

  const sections: Readonly<Record<number, (section: Reader) => void>> = {
    1: (section) => {
      for (const type of readRecursiveType(section, types, table)) types.push(type);
    },
    2: (section) => {
      const entry = {
        module: section.name(),
        name: section.name(),
        type: readCoreExternType(section, types),
      };
      const key = JSON.stringify([entry.module, entry.name]);
      if (imported.has(key))
        throw invalid(`a core module imports "${entry.module}" "${entry.name}" twice`, section.at);
      imported.add(key);
      imports.push(entry);
      spaces[entry.type.sort].push(entry.type);
    },
    3: (section) => {
      const offset = section.at;
      spaces.func.push(functionAt(types, section.u32(), offset));
    },
    4: (section) => {
      const initialised = section.peek() === 0x40;
      if (initialised && section.take(2)[1] !== 0x00) throw malformed("expected 0x40 0x00", section.at - 2);
      spaces.table.push(readTableType(section, { types }));
      if (initialised) skipConstant(section);
    },
    5: (section) => spaces.memory.push(readMemoryType(section)),
    6: (section) => {
      spaces.global.push(readGlobalType(section, { types }));
      skipConstant(section);
    },
    7: (section) => {
      const offset = section.at;
      const name = section.name();
      const code = section.byte();
      const sort = sorts[code];
      if (code === 0x20) throw unsupported("exact core types (custom descriptors)", offset);
      if (!sort) throw malformed(`0x${code.toString(16)} is nothing a core module exports`, offset);
      if (exports.has(name)) throw invalid(`a core module exports "${name}" twice`, offset, name);
      exports.set(name, at(spaces[sort], section.u32(), `core ${sort}`, offset));
    },
    13: (section) => spaces.tag.push(readTagType(section, types)),
  };

  let position = -1;
  while (!reader.done) {
    const offset = reader.at;
    const id = reader.byte();
    const section = reader.sub(reader.u32());
    if (id !== 0) {
      const before = position;
      position = order.indexOf(id);
      if (position <= before) throw malformed("section of a core module out of order", offset);
    }
    if (id > 13) throw malformed(`0x${id.toString(16)} starts no section of a core module`, offset);
    if (id === 0) section.name();
    const element = sections[id];
    if (!element) continue;
    let left = section.count();
    reader.meter.spend("coreDefinitions", left, offset);
    for (; left > 0; left--) element(section);
    section.finish("a section of a core module");
  }
  reader.meter.check("exports", Math.max(imports.length, exports.size), start);
  const names = [...imports.flatMap(({ module, name }) => [module, name]), ...exports.keys()];
  return { module: { bytes, names }, type: { imports, exports } };
}

/** A constant expression, to its `end`. */
function skipConstant(reader: Reader): void {
  for (;;) {
    const offset = reader.at;
    const code = reader.byte();
    switch (code) {
      case 0x0b:
        return;
      case 0x41:
      case 0x42:
        skipInteger(reader);
        break;
      case 0x43:
        reader.take(4);
        break;
      case 0x44:
        reader.take(8);
        break;
      case 0x23:
      case 0xd2:
        reader.u32();
        break;
      case 0xd0:
        reader.s33();
        break;
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xfd:
        if (reader.u32() !== 0x0c) throw malformed("not a constant expression", offset);
        reader.take(16);
        break;
      case 0xfb:
        throw unsupported("garbage-collected core types", offset);
      default:
        throw malformed("not a constant expression", offset);
    }
  }
}

/** A LEB128 integer of up to 64 bits. */
function skipInteger(reader: Reader): void {
  const offset = reader.at;
  for (let length = 1; reader.byte() >= 0x80; length++) {
    if (length === 10) throw malformed("integer representation too long", offset);
  }
}
