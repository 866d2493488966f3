/**
 * Reads from a core module what it imports and exports, with types (Core spec, Binary Format / Modules). Bodies,
 * data and everything else that engines check when they compile are not looked at.
 */

import { readConstant } from "../../wasm/constant-expression.ts";
import {
  externKinds,
  modulePreamble,
  moduleSection,
  readPreamble,
  sectionOrder,
} from "../../wasm/sections.ts";
import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { CoreEntity, CoreImport, CoreTypeEntry, ModuleType } from "../core-types.ts";
import type { CoreModule } from "../definition.ts";
import { CoreTypeTable } from "../validate/core-type-table.ts";
import {
  functionAt,
  readCoreExternType,
  readGlobalType,
  readMemoryType,
  readTableType,
  readTagType,
} from "./core-extern-reader.ts";
import { readRecursiveType } from "./core-type-reader.ts";
import { elementAt } from "./scope.ts";

/** Throws `malformed-component` or `invalid-component`; `reader` holds exactly the module. */
export function readCoreModule(
  reader: Reader,
  table = new CoreTypeTable(reader.meter),
): { readonly module: CoreModule; readonly type: ModuleType } {
  const start = reader.at;
  const bytes = reader.bytes.subarray(start, reader.end);
  readPreamble(reader, modulePreamble, "a core module");
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
    [moduleSection.type]: (section) => {
      for (const type of readRecursiveType(section, types, table)) types.push(type);
    },
    [moduleSection.import]: (section) => {
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
    [moduleSection.function]: (section) => {
      const offset = section.at;
      spaces.func.push(functionAt(types, section.u32(), offset));
    },
    [moduleSection.table]: (section) => {
      const initialised = section.peek() === 0x40;
      if (initialised && section.take(2)[1] !== 0x00)
        throw malformedComponent("expected 0x40 0x00", section.at - 2);
      spaces.table.push(readTableType(section, { types }));
      if (initialised) skipConstant(section);
    },
    [moduleSection.memory]: (section) => spaces.memory.push(readMemoryType(section)),
    [moduleSection.global]: (section) => {
      spaces.global.push(readGlobalType(section, { types }));
      skipConstant(section);
    },
    [moduleSection.export]: (section) => {
      const offset = section.at;
      const name = section.name();
      const code = section.byte();
      const sort = externKinds[code];
      if (code === 0x20) throw unsupportedFeature("exact core types (custom descriptors)", offset);
      if (!sort) throw malformedComponent(`0x${code.toString(16)} is nothing a core module exports`, offset);
      if (exports.has(name)) throw invalid(`a core module exports "${name}" twice`, offset, name);
      exports.set(name, elementAt(spaces[sort], section.u32(), `core ${sort}`, offset));
    },
    [moduleSection.tag]: (section) => spaces.tag.push(readTagType(section, types)),
  };

  let position = -1;
  while (!reader.done) {
    const offset = reader.at;
    const id = reader.byte();
    const section = reader.sub(reader.u32());
    if (id !== moduleSection.custom) {
      const before = position;
      position = (sectionOrder as readonly number[]).indexOf(id);
      if (position <= before) throw malformedComponent("section of a core module out of order", offset);
    }
    if (id > moduleSection.tag)
      throw malformedComponent(`0x${id.toString(16)} starts no section of a core module`, offset);
    if (id === moduleSection.custom) section.name();
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

function skipConstant(reader: Reader): void {
  readConstant(reader, {
    global() {},
    function() {},
    heapType: () => void reader.s33(),
    refuse: (prefix, _, offset) =>
      prefix === 0xfb
        ? unsupportedFeature("garbage-collected core types", offset)
        : malformedComponent("not a constant expression", offset),
  });
}
