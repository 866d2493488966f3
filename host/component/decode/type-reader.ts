/**
 * Decodes type definitions and what component and instance types declare (Binary.md, Type Definitions and Import
 * and Export Definitions; alias declarators from Alias Definitions).
 */

import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { ComponentType, Entity, InstanceType, TypeEntry } from "../component-types.ts";
import { readExternName } from "./extern-name-reader.ts";
import { readCoreType } from "./module-type-reader.ts";
import { DecodingScope, elementAt } from "./scope.ts";
import { readDefinedValueType, readFunctionType } from "./value-type-reader.ts";

export function readType(reader: Reader, scope: DecodingScope): TypeEntry {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  const code = reader.peek();
  switch (code) {
    case 0x40:
      reader.byte();
      return { sort: "func", type: readFunctionType(reader, scope, offset) };
    case 0x43:
      throw unsupportedFeature("async functions", offset);
    case 0x41:
      reader.byte();
      return { sort: "component", type: readComponentType(reader, scope, offset) };
    case 0x42:
      reader.byte();
      return { sort: "instance", type: readInstanceType(reader, scope, offset) };
    default:
      return { sort: "value", type: readDefinedValueType(reader, scope) };
  }
}

function readComponentType(reader: Reader, parent: DecodingScope, offset: number): ComponentType {
  const scope = new DecodingScope("component type", parent.table, parent);
  readDeclarations(reader, scope);
  return scope.componentType(offset);
}

function readInstanceType(reader: Reader, parent: DecodingScope, offset: number): InstanceType {
  const scope = new DecodingScope("instance type", parent.table, parent);
  readDeclarations(reader, scope);
  return scope.instanceType(offset);
}

function readDeclarations(reader: Reader, scope: DecodingScope): void {
  for (let left = reader.count(); left > 0; left--) {
    const offset = reader.at;
    const code = reader.byte();
    switch (code) {
      case 0x00:
        scope.coreTypes.push(...readCoreType(reader, scope));
        break;
      case 0x01:
        if (reader.peek() === 0x3f) throw invalid(`a ${scope.kind} can't define a resource`, offset);
        scope.types.push(readType(reader, scope));
        break;
      case 0x02:
        readAliasDeclaration(reader, scope);
        break;
      case 0x03:
        if (scope.kind !== "component type")
          throw malformedComponent("an instance type can't import", offset);
        readExtern(reader, scope, "import");
        break;
      case 0x04:
        readExtern(reader, scope, "export");
        break;
      default:
        throw malformedComponent(`0x${code.toString(16)} starts no declaration`, offset);
    }
  }
}

/** An import, or the declaration of an export: a name and a type. Returns what it introduced. */
export function readExtern(
  reader: Reader,
  scope: DecodingScope,
  direction: "import" | "export",
): { name: string; entity: Entity } {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  const extern = readExternName(reader);
  const entity = readExternType(reader, scope, extern.name, direction);
  scope.add(direction, extern, entity, offset);
  return { name: extern.name, entity };
}

/** `externtype`, with the identity that importing or exporting it under this name gives it. */
export function readExternType(
  reader: Reader,
  scope: DecodingScope,
  name: string,
  direction: "import" | "export",
): Entity {
  const offset = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00: {
      if (reader.byte() !== 0x11) throw malformedComponent("expected a core module type", offset);
      const entry = elementAt(scope.coreTypes, reader.u32(), "core type", offset);
      if (entry.sort !== "module") throw invalid("expected a core module type", offset);
      return { sort: "module", type: entry.type };
    }
    case 0x03: {
      const bound = reader.byte();
      if (bound === 0x01) return scope.abstractResource(name, direction, offset);
      if (bound !== 0x00) throw malformedComponent(`0x${bound.toString(16)} is no type bound`, offset);
      const entry = elementAt(scope.types, reader.u32(), "type", offset);
      return scope.declare(name, { sort: "type", entry }, direction, offset);
    }
    case 0x01:
    case 0x04:
    case 0x05: {
      const entry = elementAt(scope.types, reader.u32(), "type", offset);
      const sort = code === 0x01 ? "func" : code === 0x04 ? "component" : "instance";
      if (entry.sort !== sort) throw invalid(`expected the type of a ${sort}`, offset);
      return scope.declare(name, entry, direction, offset);
    }
    case 0x02:
      throw unsupportedFeature("component values", offset);
    default:
      throw malformedComponent(`0x${code.toString(16)} starts no extern type`, offset);
  }
}

function readAliasDeclaration(reader: Reader, scope: DecodingScope): void {
  const offset = reader.at;
  reader.meter.spend("definitions", 1, offset);
  const sort = reader.byte();
  const coreSort = sort === 0x00 ? reader.byte() : undefined;
  const target = reader.byte();
  if (target === 0x02) {
    if (coreSort === 0x10) {
      scope.coreTypes.push(outerCoreType(reader, scope));
      return;
    }
    if (sort !== 0x03) throw invalid("an outer alias declarator can only name a type", offset);
    scope.types.push(outerType(reader, scope));
    return;
  }
  if (target !== 0x00) throw malformedComponent("a type can't alias a core export", offset);
  if (sort !== 0x03 && sort !== 0x05) {
    throw invalid("an export alias declarator can only name a type or an instance", offset);
  }
  scope.push(readExportAlias(reader, scope, sort === 0x03 ? "type" : "instance").entity);
}

/** The rest of an export alias: instance and name. */
export function readExportAlias(
  reader: Reader,
  scope: DecodingScope,
  sort: Entity["sort"],
): { readonly entity: Entity; readonly instance: number; readonly name: string } {
  const offset = reader.at;
  const instance = reader.u32();
  const { exports } = elementAt(scope.instances, instance, "instance", offset);
  const name = reader.name();
  const entity = exports.get(name);
  if (entity?.sort !== sort) {
    const found = entity ? `exports "${name}" as a ${entity.sort}, not a ${sort}` : `has no export "${name}"`;
    throw invalid(`instance ${instance} ${found}`, offset, name);
  }
  return { entity, instance, name };
}

/** The rest of an outer alias of a type: scopes to go out, and index. */
export function outerType(reader: Reader, scope: DecodingScope): TypeEntry {
  const offset = reader.at;
  const count = reader.u32();
  const target = scope.outer(count, offset);
  const entry = elementAt(target.types, reader.u32(), "type", offset);
  scope.checkOuter(count, entry, offset);
  return entry;
}

export function outerCoreType(reader: Reader, scope: DecodingScope): DecodingScope["coreTypes"][number] {
  const offset = reader.at;
  const target = scope.outer(reader.u32(), offset);
  return elementAt(target.coreTypes, reader.u32(), "core type", offset);
}
