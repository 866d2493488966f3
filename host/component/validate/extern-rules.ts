/**
 * Rules that an import or export must fulfil beside its type being valid (Binary.md, Import and Export Definitions;
 * Explainer.md, Name Uniqueness and External Visibility of Types).
 */
import {
  type FunctionType,
  type Owner,
  resolve,
  rootDefinition,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "../../wit/model.ts";
import { invalid, unsupportedFeature } from "../component-failures.ts";
import type { Entity, TypeEntry } from "../component-types.ts";
import { isImplementationName, type NamedExtern, parseExternName, uniqueKey } from "./extern-names.ts";
import { refersToResource } from "./free-resources.ts";
import { partCount } from "./part-count.ts";
import type { TypeTable } from "./type-table.ts";

/** The names that one scope imports, or exports. */
export class ExternNames {
  readonly #keys = new Set<string>();
  readonly #direction: "import" | "export";
  readonly #introducesTypes: boolean;

  /** `introducesTypes`: whether types get new names here; an instance put together of single things gives none. */
  constructor(direction: "import" | "export", introducesTypes = true) {
    this.#direction = direction;
    this.#introducesTypes = introducesTypes;
  }

  /** Checks a new name against `earlier` ones of the same scope and direction. Throws `invalid-component`. */
  add(extern: NamedExtern, entity: Entity, earlier: ReadonlyMap<string, Entity>, offset: number): void {
    if (this.#direction === "import" && isImplementationName(extern.name)) {
      throw unsupportedFeature(`imports of certain implementations ("${extern.name}")`, offset);
    }
    const parsed = parseExternName(extern.name, offset);
    const key = uniqueKey(extern.name);
    if (this.#keys.has(key)) {
      throw invalid(
        `${this.#direction} name "${extern.name}" conflicts with an earlier one`,
        offset,
        extern.name,
      );
    }
    this.#keys.add(key);
    if (extern.implements !== undefined && entity.sort !== "instance") {
      throw invalid(`"${extern.name}" implements an interface but is no instance`, offset, extern.name);
    }
    if (parsed.kind === "plain" || parsed.kind === "interface") return;
    if (entity.sort !== "func") throw invalid(`"${extern.name}" must name a function`, offset, extern.name);
    if (parsed.kind !== "static" && !this.#introducesTypes) {
      throw invalid(`"${extern.name}" uses a resource that has no name here`, offset, extern.name);
    }
    const resource = earlier.get(parsed.resource);
    if (resource?.sort !== "type" || resource.entry.sort !== "resource") {
      throw invalid(`"${extern.name}" follows no resource named "${parsed.resource}"`, offset, extern.name);
    }
    const root = rootDefinition(resource.entry.resource);
    if (parsed.kind === "constructor" && !constructs(entity.type, root)) {
      throw invalid(`"${extern.name}" must return the resource it constructs`, offset, extern.name);
    }
    if (parsed.kind === "method" && !isMethodOf(entity.type, root)) {
      throw invalid(`"${extern.name}" must take a parameter "self", a borrow of its resource, first`, offset);
    }
  }
}

function constructs({ result }: FunctionType, resource: TypeDefinition): boolean {
  let type = result && resolve(result);
  if (type?.kind === "result") type = type.ok && resolve(type.ok);
  return type?.kind === "own" && rootDefinition(type.resource) === resource;
}

function isMethodOf({ parameters }: FunctionType, resource: TypeDefinition): boolean {
  const [self] = parameters;
  if (self?.name !== "self") return false;
  const type = resolve(self.type);
  return type.kind === "borrow" && rootDefinition(type.resource) === resource;
}

/**
 * The types that the outside of a component can name. Records, variants, enums, flags and resources must be among
 * them wherever an import or export uses them. An export may give a resource its name, an import may not: it can't
 * depend on what only the component itself brings about.
 */
export class VisibleTypes {
  readonly #table: TypeTable;
  readonly #direction: Owner["direction"];
  /** Definitions older than this belong to what is around the component type. */
  readonly #from: number;
  readonly #named = new Set<TypeDefinition | Structure>();
  /** The roots of those that are resources, made when there is one: most scopes have none. */
  #resources: Set<TypeDefinition> | undefined;
  readonly #checked = new Set<object>();

  constructor(table: TypeTable, direction: Owner["direction"], from: number) {
    this.#table = table;
    this.#direction = direction;
    this.#from = from;
  }

  /** Registers the types that an import or export introduces; false if it uses one that has no name. */
  admit(entity: Entity): boolean {
    this.#table.meter.spend("work");
    switch (entity.sort) {
      case "func":
        return this.#func(entity.type);
      case "instance":
        return [...entity.type.exports.values()].every((exported) => this.admit(exported));
      case "type":
        return this.#admitType(entity.entry);
      case "component":
        return !refersToResource(entity, this.#table, (resource) => !this.#isKnown(resource));
      case "module":
        return true;
    }
  }

  /** True where a resource, no alias, has a name by now, or is not the component's. */
  #isKnown(resource: TypeDefinition): boolean {
    return this.#resources?.has(resource) || this.#table.info(resource).newest < this.#from;
  }

  #admitType(entry: TypeEntry): boolean {
    switch (entry.sort) {
      case "resource": {
        const root = rootDefinition(entry.resource);
        // What is no alias comes in by this import or export.
        const introduced = root === entry.resource || this.#direction === "export";
        if (!introduced && !this.#isKnown(root)) return false;
        this.#named.add(entry.resource);
        this.#resources ??= new Set();
        this.#resources.add(root);
        return true;
      }
      case "value":
        if (!this.#parts(resolve(entry.type))) return false;
        this.#named.add(entry.type.kind === "ref" ? entry.type.target : entry.type);
        return true;
      default:
        return this.admit(entry);
    }
  }

  #func({ parameters, result }: FunctionType): boolean {
    this.#table.meter.spend("work", parameters.length);
    return parameters.every((p) => this.#value(p.type)) && (!result || this.#value(result));
  }

  #value(type: ValueType): boolean {
    if (this.#named.has(type.kind === "ref" ? type.target : type)) return true;
    const structure = resolve(type);
    switch (structure.kind) {
      case "record":
      case "variant":
      case "enum":
      case "flags":
        return false;
      default:
        return this.#parts(structure);
    }
  }

  #parts(type: Structure): boolean {
    if (this.#checked.has(type)) return true;
    this.#table.meter.spend("work", partCount(type));
    const visible = this.#partsVisible(type);
    if (visible) this.#checked.add(type);
    return visible;
  }

  #partsVisible(type: Structure): boolean {
    switch (type.kind) {
      case "list":
        return this.#value(type.element);
      case "tuple":
        return type.elements.every((element) => this.#value(element));
      case "record":
        return type.fields.every((field) => this.#value(field.type));
      case "variant":
        return type.cases.every((c) => !c.type || this.#value(c.type));
      case "option":
        return this.#value(type.some);
      case "result":
        return (!type.ok || this.#value(type.ok)) && (!type.err || this.#value(type.err));
      case "own":
      case "borrow":
        return this.#named.has(type.resource);
      default:
        return true;
    }
  }
}
