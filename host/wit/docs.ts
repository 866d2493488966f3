/** Docs of a world's items, looked up. */
import type { TypeDefinition, TypeDocs, World } from "./model.ts";

/** Docs of a function that the world exports or imports; undefined where there are none. */
export function functionDocs(
  { docs }: World,
  { interface: owner, name }: { readonly interface?: string; readonly name: string },
): string | undefined {
  return (owner === undefined ? docs : docs?.interfaces.get(owner))?.functions.get(name);
}

/** Docs of a type that the world defines; undefined where there are none. */
export function typeDocs({ docs }: World, { owner, name }: TypeDefinition): TypeDocs | undefined {
  return (owner.interface === undefined ? docs : docs?.interfaces.get(owner.interface))?.types.get(name);
}
