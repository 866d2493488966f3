import { resolve, type Structure, type ValueType } from "./types.ts";

/** Whether any of the types is of that kind, or has one inside. */
export function contains(types: readonly ValueType[], kind: Structure["kind"]): boolean {
  const seen = new Set<Structure>();
  const holds = (type: ValueType | undefined): boolean => {
    if (type === undefined) return false;
    const structure = resolve(type);
    if (structure.kind === kind) return true;
    if (seen.has(structure)) return false;
    seen.add(structure);
    switch (structure.kind) {
      case "list":
        return holds(structure.element);
      case "tuple":
        return structure.elements.some(holds);
      case "record":
        return structure.fields.some((field) => holds(field.type));
      case "variant":
        return structure.cases.some((c) => holds(c.type));
      case "option":
        return holds(structure.some);
      case "result":
        return holds(structure.ok) || holds(structure.err);
      default:
        return false;
    }
  };
  return types.some(holds);
}
