import { resolve, type Structure, type ValueType } from "./types.ts";

/** What the types are made of: their own structures, and those inside, each once. */
export function structuresOf(types: readonly ValueType[]): Set<Structure> {
  const found = new Set<Structure>();
  const add = (type: ValueType | undefined): void => {
    if (type === undefined) return;
    const structure = resolve(type);
    if (found.has(structure)) return;
    found.add(structure);
    switch (structure.kind) {
      case "list":
        add(structure.element);
        break;
      case "tuple":
        structure.elements.forEach(add);
        break;
      case "record":
        for (const field of structure.fields) add(field.type);
        break;
      case "variant":
        for (const { type } of structure.cases) add(type);
        break;
      case "option":
        add(structure.some);
        break;
      case "result":
        add(structure.ok);
        add(structure.err);
        break;
    }
  };
  types.forEach(add);
  return found;
}
