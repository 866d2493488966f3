/** Decodes and validates a component, section by section (Binary.md, Component Definitions). */

import { componentPreamble, componentSection, readPreamble } from "../../wasm/sections.ts";
import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import { componentReader, type Reader } from "../component-reader.ts";
import type { Entity } from "../component-types.ts";
import type { CoreEntity } from "../core-types.ts";
import type { ComponentDefinition, CoreModule, Definition } from "../definition.ts";
import type { StructureMeter } from "../structure-limits.ts";
import { coreMatches, coreWork, sameCoreFunction } from "../validate/core-matching.ts";
import { ExternNames } from "../validate/extern-rules.ts";
import { Matcher } from "../validate/matching.ts";
import { entryOf } from "../validate/substitute.ts";
import { TypeTable } from "../validate/type-table.ts";
import { readAlias } from "./alias-reader.ts";
import { coreTypeOf, readCanon } from "./canon.ts";
import { readCoreModule } from "./core-module.ts";
import { readCoreValueType } from "./core-type-reader.ts";
import { readExternName } from "./extern-name-reader.ts";
import { readCoreSort, readItem } from "./item-reader.ts";
import { readCoreType } from "./module-type-reader.ts";
import { DecodingScope, elementAt } from "./scope.ts";
import { readExtern, readExternType, readType } from "./type-reader.ts";

const destructorType = { parameters: ["i32"], results: [] };
interface CustomSection {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface DecodedComponent extends ComponentDefinition {
  /** Sections of the outermost component. */
  readonly custom: readonly CustomSection[];
  /** Core modules at any depth, in order. */
  readonly coreModules: readonly CoreModule[];
}

/** State that all components of one binary share while it is decoded. */
interface Shared {
  readonly table: TypeTable;
  readonly matcher: Matcher;
  readonly coreModules: CoreModule[];
}

/**
 * Decodes a whole component. Throws HotcellError: `malformed-component` and `invalid-component` with the offset,
 * `unsupported-feature`, `component-limit`.
 */
export function decodeComponent(bytes: Uint8Array, meter: StructureMeter): DecodedComponent {
  const table = new TypeTable(meter);
  const shared: Shared = { table, matcher: new Matcher(table), coreModules: [] };
  const decoder = new ComponentDecoder(componentReader(bytes, meter), shared);
  const definition = decoder.decode();
  return { ...definition, custom: decoder.custom, coreModules: shared.coreModules };
}

class ComponentDecoder {
  readonly custom: CustomSection[] = [];
  readonly #reader: Reader;
  readonly #shared: Shared;
  readonly #scope: DecodingScope;
  readonly #definitions: Definition[] = [];

  constructor(reader: Reader, shared: Shared, parent?: DecodingScope) {
    this.#reader = reader;
    this.#shared = shared;
    this.#scope = new DecodingScope("component", shared.table, parent);
  }

  decode(): ComponentDefinition {
    const reader = this.#reader;
    const start = reader.at;
    readPreamble(reader, componentPreamble, "a component");
    while (!reader.done) {
      const offset = reader.at;
      const id = reader.byte();
      this.#section(id, reader.sub(reader.u32()), offset);
    }
    return { definitions: this.#definitions, type: this.#scope.componentType(start) };
  }

  #section(id: number, section: Reader, offset: number): void {
    const each = (read: (reader: Reader) => void): void => {
      for (let left = section.count(); left > 0; left--) read(section);
      section.finish("a section");
    };
    switch (id) {
      case componentSection.custom:
        this.custom.push({ name: section.name(), bytes: section.take(section.end - section.at) });
        break;
      case componentSection.coreModule:
        this.#coreModule(section, offset);
        break;
      case componentSection.coreInstance:
        each((reader) => this.#coreInstance(reader));
        break;
      case componentSection.coreType:
        each((reader) => this.#scope.coreTypes.push(...readCoreType(reader, this.#scope)));
        break;
      case componentSection.component:
        this.#component(section, offset);
        break;
      case componentSection.instance:
        each((reader) => this.#instance(reader));
        break;
      case componentSection.alias:
        each((reader) => this.#alias(reader));
        break;
      case componentSection.type:
        each((reader) => this.#type(reader));
        break;
      case componentSection.canon:
        each((reader) => this.#canon(reader));
        break;
      case componentSection.start:
        throw unsupportedFeature("a component start function", offset);
      case componentSection.import:
        each((reader) => this.#import(reader));
        break;
      case componentSection.export:
        each((reader) => this.#export(reader));
        break;
      case componentSection.value:
        throw unsupportedFeature("component values", offset);
      default:
        throw malformedComponent(`0x${id.toString(16)} starts no section of a component`, offset);
    }
  }

  #define(definition: Definition, entity?: Entity): void {
    this.#definitions.push(definition);
    if (entity) this.#scope.push(entity);
  }

  #coreModule(section: Reader, offset: number): void {
    section.meter.spend("coreModules", 1, offset);
    const { module, type } = readCoreModule(section, this.#shared.table.core);
    this.#shared.coreModules.push(module);
    this.#define({ kind: "core-module", module }, { sort: "module", type });
  }

  #component(section: Reader, offset: number): void {
    section.meter.spend("definitions", 1, offset);
    const component = new ComponentDecoder(section, this.#shared, this.#scope).decode();
    this.#define({ kind: "component", component }, { sort: "component", type: component.type });
  }

  #coreInstance(reader: Reader): void {
    const offset = reader.at;
    reader.meter.spend("instances", 1, offset);
    const form = reader.byte();
    if (form === 0x00) this.#coreInstantiate(reader, offset);
    else if (form === 0x01) this.#coreExports(reader);
    else throw malformedComponent(`0x${form.toString(16)} starts no core instance`, offset);
  }

  #coreInstantiate(reader: Reader, offset: number): void {
    const scope = this.#scope;
    const index = reader.u32();
    const module = elementAt(scope.modules, index, "core module", offset);
    const given = new Map<string, number>();
    for (let left = reader.count(); left > 0; left--) {
      const argument = reader.at;
      const name = reader.name();
      if (reader.byte() !== 0x12) throw malformedComponent("a core module is given instances only", argument);
      const instance = reader.u32();
      elementAt(scope.coreInstances, instance, "core instance", argument);
      if (given.has(name)) throw invalid(`the module name "${name}" is given twice`, argument, name);
      given.set(name, instance);
    }
    reader.meter.spend("work", coreWork(module), offset);
    for (const { module: from, name, type } of module.imports) {
      const instance = given.get(from);
      if (instance === undefined)
        throw invalid(`nothing is given for the core imports "${from}"`, offset, from);
      const actual = scope.coreInstances[instance]!.get(name);
      if (!actual) throw invalid(`the instance for "${from}" exports no "${name}"`, offset, name);
      if (!coreMatches(type, actual, scope.table.core)) {
        throw invalid(`the core import "${from}" "${name}" is given something of another type`, offset, name);
      }
    }
    scope.coreInstances.push(module.exports);
    const args = [...given].map(([name, instance]) => ({ name, instance }));
    this.#define({ kind: "core-instantiate", module: index, args });
  }

  #coreExports(reader: Reader): void {
    const types = new Map<string, CoreEntity>();
    const exports = reader.vector(() => {
      const offset = reader.at;
      reader.meter.spend("definitions", 1, offset);
      const name = reader.name();
      const sort = readCoreSort(reader);
      const index = reader.u32();
      if (types.has(name)) throw invalid(`a core instance exports "${name}" twice`, offset, name);
      types.set(name, elementAt<CoreEntity>(this.#scope.core[sort], index, `core ${sort}`, offset));
      return { name, sort, index };
    });
    this.#scope.coreInstances.push(types);
    this.#define({ kind: "core-exports", exports });
  }

  #instance(reader: Reader): void {
    const offset = reader.at;
    reader.meter.spend("instances", 1, offset);
    const form = reader.byte();
    if (form === 0x00) this.#instantiate(reader, offset);
    else if (form === 0x01) this.#exports(reader, offset);
    else throw malformedComponent(`0x${form.toString(16)} starts no instance`, offset);
  }

  #instantiate(reader: Reader, offset: number): void {
    const index = reader.u32();
    const component = elementAt(this.#scope.components, index, "component", offset);
    const given = new Map<string, Entity>();
    const args = reader.vector(() => {
      const argument = reader.at;
      reader.meter.spend("definitions", 1, argument);
      const name = reader.name();
      const { item, entity } = readItem(reader, this.#scope);
      if (given.has(name)) throw invalid(`"${name}" is given twice`, argument, name);
      given.set(name, entity);
      return { name, item };
    });
    const type = this.#shared.matcher.instantiate(component, given, offset);
    this.#define({ kind: "instantiate", component: index, args, type }, { sort: "instance", type });
  }

  #exports(reader: Reader, offset: number): void {
    const names = new ExternNames("export", false);
    const entities = new Map<string, Entity>();
    const exports = reader.vector(() => {
      const start = reader.at;
      reader.meter.spend("definitions", 1, start);
      const extern = readExternName(reader);
      const { item, entity } = readItem(reader, this.#scope);
      names.add(extern, entity, entities, start);
      entities.set(extern.name, entity);
      return { name: extern.name, item };
    });
    // It introduces no types: it only hands on what is there.
    const type = this.#shared.table.instance(entities, this.#shared.table.next, offset);
    this.#define({ kind: "exports", exports, type }, { sort: "instance", type });
  }

  #alias(reader: Reader): void {
    const definition = readAlias(reader, this.#scope);
    if (definition) this.#define(definition);
  }

  #type(reader: Reader): void {
    if (reader.peek() !== 0x3f) {
      this.#scope.types.push(readType(reader, this.#scope));
      return;
    }
    const offset = reader.at;
    reader.byte();
    reader.meter.spend("definitions", 1, offset);
    const representation = readCoreValueType(reader, { types: this.#scope.coreTypes });
    if (representation === "i64")
      throw unsupportedFeature("resources that are represented by an i64", offset);
    if (representation !== "i32") throw invalid("a resource is represented by an i32", offset);
    const destructor = reader.optional(() => reader.u32());
    if (destructor !== undefined) {
      const { type } = elementAt(this.#scope.core.func, destructor, "core function", offset);
      if (!sameCoreFunction(type, destructorType)) {
        throw invalid("a destructor takes one i32 and returns nothing", offset);
      }
    }
    const resource = this.#shared.table.definition("", { direction: "export" }, { kind: "resource" }, offset);
    this.#scope.resources.add(resource);
    this.#scope.types.push(entryOf(resource));
    this.#define({ kind: "resource", resource, ...(destructor !== undefined && { destructor }) });
  }

  #canon(reader: Reader): void {
    const offset = reader.at;
    reader.meter.spend("definitions", 1, offset);
    const definition = readCanon(reader, this.#scope);
    if (definition.kind === "lift") {
      this.#define(definition, { sort: "func", type: definition.type });
      return;
    }
    this.#scope.core.func.push({ sort: "func", type: coreTypeOf(definition) });
    this.#define(definition);
  }

  #import(reader: Reader): void {
    const { name, entity } = readExtern(reader, this.#scope, "import");
    this.#define({ kind: "import", name, entity });
  }

  #export(reader: Reader): void {
    const offset = reader.at;
    const scope = this.#scope;
    reader.meter.spend("definitions", 1, offset);
    const extern = readExternName(reader);
    const { item, entity: actual } = readItem(reader, this.#scope);
    const from = scope.table.next;
    const ascribed = reader.optional(() => readExternType(reader, scope, extern.name, "export"));
    if (ascribed) this.#shared.matcher.check(ascribed, actual, from, extern.name, offset);
    // An exported type gets a new name, an exported instance keeps its types. What an ascription only says to be
    // a resource is one of its own from here on.
    const entity =
      ascribed ?? (actual.sort === "type" ? scope.declare(extern.name, actual, "export", offset) : actual);
    scope.add("export", extern, entity, offset);
    this.#define({ kind: "export", name: extern.name, item, entity });
  }
}
