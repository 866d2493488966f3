/** Names of the definitions in a document: short where nothing else has that name, and never shared. */
import {
  resolve,
  rootDefinition,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "../wit/model.ts";
import { partsOf } from "../wit/structures.ts";
import { parseInterfaceId } from "../wit/wit-names.ts";

/** Characters of a name; what is longer gets a number. */
const maxName = 100;

/**
 * Names of all definitions that the types refer to, aliases left out: `quote`, else `rates.quote` for that of an interface where
 * another has one too, else with its package. Which name one gets depends on the types alone. Names are injective, and consist of
 * letters, digits, `-`, `_` and `.`.
 */
export function typeNames(types: readonly ValueType[]): ReadonlyMap<TypeDefinition, string> {
  const names = new Map<TypeDefinition, string>();
  const taken = new Set<string>();
  let left: readonly TypeDefinition[] = [...definitionsIn(types)];
  for (const spell of [shortName, nameInInterface, nameInPackage]) {
    const alike = Map.groupBy(left, spell);
    for (const [name, definitions] of alike) {
      if (definitions.length > 1 || name.length > maxName || taken.has(name)) continue;
      taken.add(name);
      names.set(definitions[0]!, name);
    }
    left = left.filter((definition) => !names.has(definition));
  }
  let number = 1;
  for (const definition of left) {
    const stem = shortName(definition).slice(0, maxName);
    while (taken.has(`${stem}.${number}`)) number++;
    taken.add(`${stem}.${number}`);
    names.set(definition, `${stem}.${number}`);
  }
  return names;
}

function shortName({ name }: TypeDefinition): string {
  return inKey(name);
}

function nameInInterface({ name, owner }: TypeDefinition): string {
  const id = owner.interface ?? owner.direction;
  return inKey(`${parseInterfaceId(id)?.name ?? id}.${name}`);
}

function nameInPackage({ name, owner }: TypeDefinition): string {
  return inKey(`${owner.direction}.${owner.interface ?? ""}.${name}`);
}

/** Names of OpenAPI's components have these characters only. */
function inKey(name: string): string {
  return name.replaceAll(/[^\w.-]/g, (character) => (/[:/@]/.test(character) ? "." : "_"));
}

function definitionsIn(types: readonly ValueType[]): Set<TypeDefinition> {
  const definitions = new Set<TypeDefinition>();
  const seen = new Set<Structure>();
  const visit = (type: ValueType): void => {
    if (type.kind === "ref") definitions.add(rootDefinition(type.target));
    const structure = resolve(type);
    if (seen.has(structure)) return;
    seen.add(structure);
    for (const part of partsOf(structure)) visit(part);
  };
  for (const type of types) visit(type);
  return definitions;
}
