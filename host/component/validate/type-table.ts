import {
  type FunctionType,
  type Owner,
  primitiveKinds,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "../../wit/model.ts";
import { invalid } from "../component-failures.ts";
import type { ComponentType, Entity, InstanceType, TypeEntry } from "../component-types.ts";
import type { StructureMeter } from "../structure-limits.ts";
import { CoreTypeTable } from "./core-type-table.ts";
import { type ValueSize, valueSize } from "./value-size.ts";

/** Facts of a type that need no walk through it again. */
export interface TypeInfo {
  /** The newest definition it refers to; 0 for none. Definitions are numbered as they are made. */
  readonly newest: number;
  /** Parts when everything it refers to is written out. */
  readonly size: number;
  readonly depth: number;
  readonly borrow: boolean;
  /** Holds lists or strings, which lie in memory. */
  readonly pointers: boolean;
  /** Size of a value type. */
  readonly layout: ValueSize;
  /** Number from which on definitions are its own; for a component or instance type. */
  readonly from: number;
}

/** A value must be smaller than this many bytes (Binary.md, Type Definitions). */
const maxValueBytes = 2 ** 28;

const nothing: TypeInfo = {
  newest: 0,
  size: 0,
  depth: 0,
  borrow: false,
  pointers: false,
  layout: { bytes: 0, alignment: 1 },
  from: 0,
};
type Node = Structure | TypeDefinition | FunctionType | InstanceType | ComponentType;

/**
 * Makes every type of one inspection and keeps what is known of it. Types are built from parts that exist already,
 * so each part is looked at once, and limits on size and depth hold before anything could walk a type.
 */
export class TypeTable {
  readonly meter: StructureMeter;
  readonly core: CoreTypeTable;
  readonly #info = new Map<Node, TypeInfo>();
  #definitions = 0;

  constructor(meter: StructureMeter) {
    this.meter = meter;
    this.core = new CoreTypeTable(meter);
  }

  /** The number the next definition will have. */
  get next(): number {
    return this.#definitions + 1;
  }

  info(node: Node): TypeInfo {
    return this.#info.get(node) ?? nothing;
  }

  valueInfo(type: ValueType): TypeInfo {
    return this.#info.get(type.kind === "ref" ? type.target : type) ?? primitiveInfo[type.kind] ?? nothing;
  }

  structure<T extends Structure>(type: T, offset?: number): T {
    const made = this.#structure(type, offset);
    const { bytes } = this.info(type).layout;
    if (bytes >= maxValueBytes) {
      throw invalid(`a value of ${bytes} bytes is too large (the limit is 2^28)`, offset ?? 0);
    }
    return made;
  }

  /** The limit on sizes does not look into lists, which are elsewhere in memory. */
  map(key: ValueType, value: ValueType, offset: number): Structure {
    const element = this.#structure({ kind: "tuple", elements: [key, value] }, offset);
    return this.structure({ kind: "list", element, map: true }, offset);
  }

  #structure<T extends Structure>(type: T, offset: number | undefined): T {
    const parts = this.#partsOf(type);
    const layout = valueSize(
      type,
      parts.map((part) => part.layout),
    );
    const pointers = type.kind === "string" || (type.kind === "list" && type.length === undefined);
    return this.#add(type, parts, { levels: 1, offset, layout, pointers });
  }

  definition(name: string, owner: Owner, body: TypeDefinition["body"], offset?: number): TypeDefinition {
    const definition: TypeDefinition = { name, owner, body };
    this.#definitions++;
    const parts = body.kind === "resource" ? [] : [this.valueInfo(body)];
    const itself = { ...nothing, newest: this.#definitions };
    return this.#add(definition, [...parts, itself], {
      levels: 1,
      offset,
      ...(parts[0] && { layout: parts[0].layout }),
    });
  }

  func(type: FunctionType, offset?: number): FunctionType {
    const values = [...type.parameters.map((p) => p.type), ...(type.result ? [type.result] : [])];
    return this.#add(
      type,
      values.map((value) => this.valueInfo(value)),
      { offset },
    );
  }

  instance(exports: ReadonlyMap<string, Entity>, from: number, offset?: number): InstanceType {
    const type: InstanceType = { exports };
    const parts = [...exports.values()].map((entity) => this.entityInfo(entity));
    return this.#add(type, parts, { offset, from });
  }

  component(type: ComponentType, from: number, offset?: number): ComponentType {
    const entities = [...type.imports.values(), ...type.exports.values()];
    return this.#add(
      type,
      entities.map((entity) => this.entityInfo(entity)),
      { offset, from },
    );
  }

  entryInfo(entry: TypeEntry): TypeInfo {
    if (entry.sort === "value") return this.valueInfo(entry.type);
    return this.info(entry.sort === "resource" ? entry.resource : entry.type);
  }

  entityInfo(entity: Entity): TypeInfo {
    if (entity.sort === "type") return this.entryInfo(entity.entry);
    if (entity.sort !== "module") return this.info(entity.type);
    return { ...nothing, size: entity.type.imports.length + entity.type.exports.size };
  }

  #partsOf(type: Structure): TypeInfo[] {
    switch (type.kind) {
      case "list":
        return [this.valueInfo(type.element)];
      case "tuple":
        return type.elements.map((element) => this.valueInfo(element));
      case "record":
        return type.fields.map((field) => this.valueInfo(field.type));
      case "variant":
        return type.cases.map((c) => (c.type ? this.valueInfo(c.type) : nothing));
      case "enum":
      case "flags":
        return [{ ...nothing, size: type.names.length }];
      case "option":
        return [this.valueInfo(type.some)];
      case "result":
        return [type.ok, type.err].map((t) => (t ? this.valueInfo(t) : nothing));
      case "own":
        return [{ ...this.info(type.resource), layout: nothing.layout }];
      case "borrow":
        return [{ ...this.info(type.resource), borrow: true, layout: nothing.layout }];
      default:
        return [];
    }
  }

  #add<T extends Node>(node: T, parts: readonly TypeInfo[], own: OwnInfo): T {
    const { levels = 0, offset, from = 0, layout = nothing.layout } = own;
    let { newest, size, depth, borrow } = nothing;
    let pointers = own.pointers ?? false;
    for (const part of parts) {
      newest = Math.max(newest, part.newest);
      size += Math.max(1, part.size);
      depth = Math.max(depth, part.depth);
      borrow ||= part.borrow;
      pointers ||= part.pointers;
    }
    const info = { newest, size: size + 1, depth: depth + levels, borrow, pointers, layout, from };
    this.meter.spend("work", parts.length + 1, offset);
    this.meter.check("typeSize", info.size, offset);
    this.meter.check("typeNesting", info.depth, offset);
    this.#info.set(node, info);
    return node;
  }
}

interface OwnInfo {
  readonly levels?: number;
  readonly offset?: number | undefined;
  readonly from?: number;
  readonly layout?: ValueSize;
  readonly pointers?: boolean;
}

const primitiveInfo: { readonly [kind: string]: TypeInfo } = Object.fromEntries(
  primitiveKinds.map((kind) => {
    const pointers = kind === "string";
    return [kind, { ...nothing, size: 1, depth: 1, pointers, layout: valueSize({ kind }, []) }];
  }),
);
