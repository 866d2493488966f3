import type { Entity, InstanceType } from "../../component/component-types.ts";
import { rootDefinition, type TypeDefinition } from "../../wit/model.ts";
import type { Value } from "./component-frame.ts";
import type { ResourcePlan } from "./plan.ts";
import { unsupplied } from "./unsuppliable.ts";

/** Value that the host stands for under an import's name. */
export function hostImport(
  name: string,
  entity: Entity,
  resources: Map<TypeDefinition, ResourcePlan>,
): Value {
  return entity.sort === "instance"
    ? hostInstance(name, entity.type, resources)
    : hostItem("$root", name, entity, resources);
}

function hostInstance(
  group: string,
  type: InstanceType,
  resources: Map<TypeDefinition, ResourcePlan>,
): Value {
  const items = [...type.exports].map(
    ([member, entity]) => [member, hostItem(group, member, entity, resources)] as const,
  );
  return { sort: "instance", instance: new Map(items) };
}

function hostItem(
  group: string,
  name: string,
  entity: Entity,
  resources: Map<TypeDefinition, ResourcePlan>,
): Value {
  switch (entity.sort) {
    case "func":
      return { sort: "func", function: { kind: "host", group, name, type: entity.type } };
    case "type": {
      if (entity.entry.sort !== "resource") return { sort: "type", resource: undefined };
      // A second name for a resource, as `use` makes it, is no second resource.
      const root = rootDefinition(entity.entry.resource);
      const resource = resources.get(root) ?? { name, group };
      resources.set(root, resource);
      return { sort: "type", resource };
    }
    case "instance":
      // Of types alone: see `unsuppliable`.
      return hostInstance(group, entity.type, resources);
    default:
      throw unsupplied(name);
  }
}
