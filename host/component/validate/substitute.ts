import type { FunctionType, Owner, Structure, TypeDefinition, ValueType } from "../../wit/model.ts";
import {
  type ComponentType,
  definitionOf,
  type Entity,
  type InstanceType,
  type TypeEntry,
} from "../component-types.ts";
import { partCount } from "./part-count.ts";
import type { TypeTable } from "./type-table.ts";

/**
 * Replaces definitions in types. Whatever does not refer to a replaced definition is returned as the same object,
 * and everything is visited once, so that sharing is kept.
 */
export class Substitution {
  readonly #table: TypeTable;
  /** Definitions older than this can't be replaced. */
  readonly #from: number;
  readonly #owner: Owner | undefined;
  readonly #entries = new Map<TypeDefinition, TypeEntry>();
  readonly #memo = new Map<object, object>();

  /** `owner`: what definitions made by `freshen` belong to, where that changes. */
  constructor(table: TypeTable, from: number, owner?: Owner) {
    this.#table = table;
    this.#from = from;
    this.#owner = owner;
  }

  /** Makes `definition` mean `entry` from now on. */
  replace(definition: TypeDefinition, entry: TypeEntry): void {
    this.#entries.set(definition, entry);
  }

  /** Gives every type that `exports` introduces a new identity. */
  freshen(exports: ReadonlyMap<string, Entity>): void {
    this.#table.meter.spend("work", exports.size);
    for (const entity of exports.values()) {
      if (entity.sort === "instance") this.freshen(entity.type.exports);
      const definition = entity.sort === "type" ? definitionOf(entity.entry) : undefined;
      if (definition) this.freshenDefinition(definition);
    }
  }

  freshenDefinition(definition: TypeDefinition): void {
    if (this.#entries.has(definition) || this.#table.info(definition).newest < this.#from) return;
    this.#copy(definition, this.#owner ?? definition.owner);
  }

  entity(entity: Entity): Entity {
    switch (entity.sort) {
      case "module":
        return entity;
      case "type": {
        const entry = this.entry(entity.entry);
        return entry === entity.entry ? entity : { sort: "type", entry };
      }
      case "func": {
        const type = this.func(entity.type);
        return type === entity.type ? entity : { sort: "func", type };
      }
      case "instance": {
        const type = this.instance(entity.type);
        return type === entity.type ? entity : { sort: "instance", type };
      }
      case "component": {
        const type = this.component(entity.type);
        return type === entity.type ? entity : { sort: "component", type };
      }
    }
  }

  entities(entities: ReadonlyMap<string, Entity>): ReadonlyMap<string, Entity> {
    this.#table.meter.spend("work", entities.size);
    const before = [...entities];
    const after = mapSame(before, (pair): [string, Entity] => {
      const entity = this.entity(pair[1]);
      return entity === pair[1] ? pair : [pair[0], entity];
    });
    return after === before ? entities : new Map(after);
  }

  entry(entry: TypeEntry): TypeEntry {
    switch (entry.sort) {
      case "value": {
        const type = this.value(entry.type);
        return type === entry.type ? entry : { sort: "value", type };
      }
      case "resource": {
        const resource = this.resource(entry.resource);
        return resource === entry.resource ? entry : { sort: "resource", resource };
      }
      default: {
        const entity = this.entity(entry);
        return entity === entry ? entry : (entity as TypeEntry);
      }
    }
  }

  value(type: ValueType): ValueType {
    if (type.kind !== "ref") return this.#structure(type);
    const entry = this.#definition(type.target);
    if (entry.sort !== "value") throw new TypeError("a value type was replaced by another sort");
    return entry.type.kind === "ref" && entry.type.target === type.target ? type : entry.type;
  }

  resource(definition: TypeDefinition): TypeDefinition {
    const entry = this.#definition(definition);
    if (entry.sort !== "resource") throw new TypeError("a resource was replaced by another sort");
    return entry.resource;
  }

  func(type: FunctionType): FunctionType {
    return this.#visit(type, () => {
      this.#table.meter.spend("work", type.parameters.length);
      const parameters = mapSame(type.parameters, (p) => this.#named(p));
      const result = type.result && this.value(type.result);
      if (parameters === type.parameters && result === type.result) return type;
      return this.#table.func({ parameters, ...(result && { result }) });
    });
  }

  instance(type: InstanceType): InstanceType {
    return this.#visit(type, () => {
      const exports = this.entities(type.exports);
      return exports === type.exports ? type : this.#table.instance(exports, this.#table.info(type).from);
    });
  }

  component(type: ComponentType): ComponentType {
    return this.#visit(type, () => {
      const imports = this.entities(type.imports);
      const exports = this.entities(type.exports);
      if (imports === type.imports && exports === type.exports) return type;
      const { resources } = type;
      return this.#table.component({ imports, exports, resources }, this.#table.info(type).from);
    });
  }

  #named<T extends { readonly type?: ValueType }>(part: T): T {
    const type = part.type && this.value(part.type);
    return type === part.type ? part : { ...part, type };
  }

  #visit<T extends FunctionType | InstanceType | ComponentType | Structure>(type: T, make: () => T): T {
    if (this.#table.info(type).newest < this.#from) return type;
    const known = this.#memo.get(type);
    if (known) return known as T;
    this.#table.meter.spend("work");
    const made = make();
    this.#memo.set(type, made);
    return made;
  }

  #definition(definition: TypeDefinition): TypeEntry {
    const known = this.#entries.get(definition);
    if (known) return known;
    const old = this.#table.info(definition).newest < this.#from;
    const body = old ? definition.body : this.#body(definition);
    if (body !== definition.body) return this.#copy(definition, definition.owner);
    const same = entryOf(definition);
    this.#entries.set(definition, same);
    return same;
  }

  #copy(definition: TypeDefinition, owner: Owner): TypeEntry {
    const entry = entryOf(this.#table.definition(definition.name, owner, this.#body(definition)));
    this.#entries.set(definition, entry);
    return entry;
  }

  #body({ body }: TypeDefinition): TypeDefinition["body"] {
    if (body.kind === "resource") return body;
    if (body.kind !== "ref" || isValue(body.target)) return this.value(body);
    const target = this.resource(body.target);
    return target === body.target ? body : { kind: "ref", target };
  }

  #structure(type: Structure): Structure {
    return this.#visit(type, () => {
      this.#table.meter.spend("work", partCount(type));
      const changed = this.#parts(type);
      return changed === type ? type : this.#table.structure(changed);
    });
  }

  #parts(type: Structure): Structure {
    switch (type.kind) {
      case "list": {
        const element = this.value(type.element);
        return element === type.element ? type : { ...type, element };
      }
      case "tuple": {
        const elements = mapSame(type.elements, (element) => this.value(element));
        return elements === type.elements ? type : { ...type, elements };
      }
      case "record": {
        const fields = mapSame(type.fields, (field) => this.#named(field));
        return fields === type.fields ? type : { ...type, fields };
      }
      case "variant": {
        const cases = mapSame(type.cases, (c) => this.#named(c));
        return cases === type.cases ? type : { ...type, cases };
      }
      case "option": {
        const some = this.value(type.some);
        return some === type.some ? type : { ...type, some };
      }
      case "result": {
        const ok = type.ok && this.value(type.ok);
        const err = type.err && this.value(type.err);
        if (ok === type.ok && err === type.err) return type;
        return { kind: "result", ...(ok && { ok }), ...(err && { err }) };
      }
      case "own":
      case "borrow": {
        const resource = this.resource(type.resource);
        return resource === type.resource ? type : { kind: type.kind, resource };
      }
      default:
        return type;
    }
  }
}

/** Maps a list; the list itself if nothing changed. */
function mapSame<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  const mapped = items.map(map);
  return mapped.some((item, i) => item !== items[i]) ? mapped : items;
}

/** True where a definition names a value type (else a resource). */
function isValue(definition: TypeDefinition): boolean {
  let at = definition;
  while (at.body.kind === "ref") at = at.body.target;
  return at.body.kind !== "resource";
}

export function entryOf(definition: TypeDefinition): TypeEntry {
  return isValue(definition)
    ? { sort: "value", type: { kind: "ref", target: definition } }
    : { sort: "resource", resource: definition };
}
