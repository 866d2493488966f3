import { rootDefinition, type Structure, type TypeDefinition, type ValueType } from "../../wit/model.ts";
import type { Entity, TypeEntry } from "../component-types.ts";
import { partCount } from "./part-count.ts";
import type { TypeTable } from "./type-table.ts";

/**
 * True where a type refers to a resource that it does not itself introduce (as component and instance types can), among
 * those that `counts` says matter: all, if it is not given.
 */
export function refersToResource(
  entry: TypeEntry,
  table: TypeTable,
  counts: (resource: TypeDefinition) => boolean = () => true,
): boolean {
  const seen = new Set<object>();
  /** Resources from this number on are introduced by the type around them. */
  let own = Number.POSITIVE_INFINITY;

  const isFree = (resource: TypeDefinition): boolean => {
    const root = rootDefinition(resource);
    return table.info(root).newest < own && counts(root);
  };
  const all = (entities: ReadonlyMap<string, Entity>): boolean => {
    table.meter.spend("work", entities.size);
    return [...entities.values()].some(ofEntity);
  };

  function inside(type: object, from: number, look: () => boolean): boolean {
    if (seen.has(type)) return false;
    seen.add(type);
    table.meter.spend("work");
    const before = own;
    own = Math.min(own, from);
    const found = look();
    own = before;
    return found;
  }

  function ofEntity(entity: Entity): boolean {
    if (entity.sort === "module") return false;
    return ofEntry(entity.sort === "type" ? entity.entry : entity);
  }

  function ofEntry(type: TypeEntry): boolean {
    switch (type.sort) {
      case "value":
        return ofValue(type.type);
      case "resource":
        return isFree(type.resource);
      case "func":
        table.meter.spend("work", type.type.parameters.length);
        return [...type.type.parameters, { type: type.type.result }].some((p) => p.type && ofValue(p.type));
      case "instance":
        return inside(type.type, table.info(type.type).from, () => all(type.type.exports));
      case "component":
        return inside(
          type.type,
          table.info(type.type).from,
          () => all(type.type.imports) || all(type.type.exports),
        );
    }
  }

  function ofValue(type: ValueType): boolean {
    if (type.kind !== "ref") return inside(type, own, () => ofStructure(type));
    const { body } = type.target;
    return body.kind === "resource" ? isFree(type.target) : ofValue(body);
  }

  function ofStructure(type: Structure): boolean {
    table.meter.spend("work", partCount(type));
    switch (type.kind) {
      case "list":
        return ofValue(type.element);
      case "tuple":
        return type.elements.some(ofValue);
      case "record":
        return type.fields.some((field) => ofValue(field.type));
      case "variant":
        return type.cases.some((c) => c.type !== undefined && ofValue(c.type));
      case "option":
        return ofValue(type.some);
      case "result":
        return [type.ok, type.err].some((part) => part !== undefined && ofValue(part));
      case "own":
      case "borrow":
        return isFree(type.resource);
      default:
        return false;
    }
  }

  return ofEntry(entry);
}
