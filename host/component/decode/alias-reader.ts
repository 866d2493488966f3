/** Decodes aliases of a component (Binary.md, Alias Definitions); those of types are read with the types. */

import { invalid, malformedComponent } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { CoreSort, Definition } from "../definition.ts";
import { entityAt, readSort, requireItemSort, type Sort } from "./item-reader.ts";
import { type DecodingScope, elementAt } from "./scope.ts";
import { outerCoreType, outerType, readExportAlias } from "./type-reader.ts";

/** Appends what is aliased to its index space. Undefined for types, which mean nothing to an engine. */
export function readAlias(reader: Reader, scope: DecodingScope): Definition | undefined {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  const sort = readSort(reader);
  const target = reader.byte();
  switch (target) {
    case 0x00: {
      const { entity, instance, name } = readExportAlias(reader, scope, requireItemSort(sort, offset));
      scope.push(entity);
      return entity.sort === "type" ? undefined : { kind: "alias-export", sort: entity.sort, instance, name };
    }
    case 0x01:
      return readCoreExportAlias(reader, scope, sort);
    case 0x02:
      return readOuterAlias(reader, scope, sort);
    default:
      throw malformedComponent(`0x${target.toString(16)} is no alias target`, offset);
  }
}

function readCoreExportAlias(reader: Reader, scope: DecodingScope, sort: Sort): Definition {
  const offset = reader.at;
  const instance = reader.u32();
  const exports = elementAt(scope.coreInstances, instance, "core instance", offset);
  const name = reader.name();
  const entity = exports.get(name);
  if (!entity || `core ${entity.sort}` !== sort) {
    throw invalid(`core instance ${instance} exports no ${sort} "${name}"`, offset, name);
  }
  scope.pushCore(entity);
  return { kind: "alias-core-export", sort: entity.sort satisfies CoreSort, instance, name };
}

function readOuterAlias(reader: Reader, scope: DecodingScope, sort: Sort): Definition | undefined {
  const offset = reader.at;
  if (sort === "type") {
    scope.types.push(outerType(reader, scope));
    return undefined;
  }
  if (sort === "core type") {
    scope.coreTypes.push(outerCoreType(reader, scope));
    return undefined;
  }
  if (sort !== "module" && sort !== "component") throw invalid(`an outer alias can't name a ${sort}`, offset);
  const count = reader.u32();
  const outer = scope.outer(count, offset);
  const index = reader.u32();
  const entity = entityAt(outer, sort, index, offset);
  if (entity.sort === "component") scope.checkOuter(count, entity, offset);
  scope.push(entity);
  return { kind: "alias-outer", sort, count, index };
}
