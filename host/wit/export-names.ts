/** Names of what a world exports, as properties of an object in JavaScript. */
import type { World } from "./model.ts";
import { camelCase, parseFunctionName, parseInterfaceId } from "./wit-names.ts";

/** Property of a function: camelCase, or the name as it is for those of resources, such as `[method]sketch.area`. */
export function propertyOfFunction(name: string): string {
  return parseFunctionName(name).kind === "free" ? camelCase(name) : name;
}

/** Short property for each exported interface, by its id, where nothing else is called so. */
export function shortInterfaceNames({ exports }: World): ReadonlyMap<string, string> {
  const taken = exports.map((item) => (item.kind === "function" ? propertyOfFunction(item.name) : item.name));
  const short = exports.flatMap(({ kind, name }): [string, string][] => {
    const id = kind === "interface" ? parseInterfaceId(name) : undefined;
    return id ? [[name, camelCase(id.name)]] : [];
  });
  const counts = Map.groupBy([...taken, ...short.map(([, own]) => own)], (each) => each);
  return new Map(short.filter(([, own]) => counts.get(own)?.length === 1));
}
