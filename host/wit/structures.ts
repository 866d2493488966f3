import { type FunctionType, resolve, type Structure, type ValueType } from "./model.ts";

/** Structures that types are made of: their own, and those inside, each once. */
export function structuresOf(types: readonly ValueType[], found = new Set<Structure>()): Set<Structure> {
  for (const type of types) {
    const structure = resolve(type);
    if (found.has(structure)) continue;
    found.add(structure);
    structuresOf(partsOf(structure), found);
  }
  return found;
}

/** Number of the parts that a function's parameters and result have: types, fields, cases, labels, each once. */
export function widthOf({ parameters, result }: FunctionType): number {
  const passed = [...parameters.map((p) => p.type), ...(result ? [result] : [])];
  let width = passed.length;
  for (const structure of structuresOf(passed)) {
    const labels = "names" in structure ? structure.names.length : 0;
    width += 1 + partsOf(structure).length + labels;
  }
  return width;
}

/** Types that a structure is made of, in their order. */
export function partsOf(type: Structure): readonly ValueType[] {
  switch (type.kind) {
    case "list":
      return [type.element];
    case "tuple":
      return type.elements;
    case "record":
      return type.fields.map((field) => field.type);
    case "variant":
      return type.cases.flatMap((c) => c.type ?? []);
    case "option":
      return [type.some];
    case "result":
      return [type.ok ?? [], type.err ?? []].flat();
    default:
      return [];
  }
}
