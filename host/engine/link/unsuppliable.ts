import type { ComponentType, Entity, InstanceType } from "../../component/component-types.ts";
import { HotcellError } from "../../errors.ts";

/**
 * Import that no host can supply among a component's imports: core modules, components, and functions of instances inside
 * instances. They are for other components to give, so such a component is sound, but can't be started by itself.
 */
export function unsuppliable(type: ComponentType): string | undefined {
  // Types that are used again and again are looked at once.
  const harmless = new Set<InstanceType>();

  /** An instance inside an instance needs nobody behind it where it holds types alone. */
  const isUnsuppliable = (entity: Entity): boolean => {
    if (entity.sort !== "instance") return entity.sort === "module" || entity.sort === "component";
    if (harmless.has(entity.type)) return false;
    for (const inner of entity.type.exports.values())
      if (inner.sort === "func" || isUnsuppliable(inner)) return true;
    harmless.add(entity.type);
    return false;
  };

  for (const [name, entity] of type.imports) {
    if (entity.sort !== "instance") {
      if (isUnsuppliable(entity)) return name;
      continue;
    }
    for (const [member, inner] of entity.type.exports) if (isUnsuppliable(inner)) return `${name}#${member}`;
  }
  return undefined;
}

export function unsupplied(name: string): HotcellError {
  return new HotcellError(
    "unknown-import",
    `The host can't supply "${name}": it supplies functions, in interfaces or by themselves.`,
    { subject: name, remedy: "Compose the component with one that supplies it, or build it without." },
  );
}
