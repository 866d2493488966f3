/** Whether a component has the world that it was built for. */
import { sameFunctionType } from "../../host/wit/equal.ts";
import { canonicalInterfaceName } from "../../host/wit/interface-version.ts";
import type {
  FunctionType,
  Item,
  Structure,
  TypeDefinition,
  ValueType,
  World,
  WorldItem,
} from "../../host/wit/model.ts";
import { printWorld } from "../../host/wit/text/print.ts";

/**
 * What differs, as the first lines of WIT that do; undefined when nothing does. A component imports only what
 * something in it refers to, so types that neither a function nor an export uses do not count.
 */
export function worldDifference(wanted: World, built: World): string | undefined {
  const differing = mergesVersions(wanted) && differingImport(wanted, built);
  if (differing !== false) return differing;
  const [left, right] = [printed(wanted, wanted), printed(built, wanted)];
  const at = left.findIndex((line, i) => line !== right[i]);
  if (at < 0 && left.length === right.length) return undefined;
  const index = at < 0 ? left.length : at;
  return `expected ${left[index] ?? "(the end)"} | found ${right[index] ?? "(the end)"}`;
}

/** Of versions that semver calls compatible a component imports the latest, with the functions of all. */
function mergesVersions({ imports }: World): boolean {
  const names = imports.map(({ name }) => canonicalInterfaceName(name));
  return new Set(names).size < names.length;
}

function differingImport(wanted: World, built: World): string | undefined {
  const [left, right] = [importedFunctions(wanted), importedFunctions(built)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name), right.get(name)];
    if (!a || !b || !sameFunctionType(a, b)) return `the import ${name}`;
  }
  return worldDifference({ ...wanted, imports: [] }, { ...built, imports: [] });
}

function importedFunctions({ imports }: World): Map<string, FunctionType> {
  const functions = imports.flatMap((item) => {
    const [prefix, items] =
      item.kind === "interface"
        ? [`${canonicalInterfaceName(item.name)}#`, item.interface.items]
        : ["", [item]];
    return items.flatMap((part) =>
      part.kind === "function" ? [[prefix + part.name, part.type] as const] : [],
    );
  });
  return new Map(functions);
}

function printed(world: World, { name, package: pkg }: World): string[] {
  const used = usedTypes(world);
  const imports = world.imports.flatMap((item): WorldItem[] => {
    if (item.kind !== "interface") return isUsed(item, used) ? [item] : [];
    const items = item.interface.items.filter((part) => isUsed(part, used));
    return items.length ? [{ ...item, interface: { items: sorted(items) } }] : [];
  });
  const exports = world.exports.map((item) =>
    item.kind === "interface" ? { ...item, interface: { items: sorted(item.interface.items) } } : item,
  );
  // Apart, because WIT has one text for an interface that is both.
  return [
    { name, package: pkg, imports: sorted(imports), exports: [] },
    { name, package: pkg, imports: [], exports: sorted(exports) },
  ].flatMap((half) => printWorld(half).split("\n"));
}

function sorted<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function isUsed(item: Item, used: ReadonlySet<TypeDefinition>): boolean {
  return item.kind === "function" || used.has(item.definition);
}

/** What the functions and the exports of a world refer to. */
function usedTypes(world: World): Set<TypeDefinition> {
  const used = new Set<TypeDefinition>();
  const use = (definition: TypeDefinition) => {
    if (used.has(definition)) return;
    used.add(definition);
    if (definition.body.kind !== "resource") visit(definition.body);
  };
  const visit = (type: ValueType) => {
    if (type.kind === "ref") use(type.target);
    else if (type.kind === "own" || type.kind === "borrow") use(type.resource);
    else for (const part of partsOf(type)) visit(part);
  };
  const useAll = (items: readonly WorldItem[], types: boolean) => {
    for (const item of items) {
      if (item.kind === "interface") useAll(item.interface.items, types);
      else if (item.kind === "function") {
        const { parameters, result } = item.type;
        for (const { type } of parameters) visit(type);
        if (result) visit(result);
      } else if (types) use(item.definition);
    }
  };
  useAll(world.imports, false);
  useAll(world.exports, true);
  return used;
}

function partsOf(type: Structure): ValueType[] {
  switch (type.kind) {
    case "list":
      return [type.element];
    case "option":
      return [type.some];
    case "tuple":
      return [...type.elements];
    case "record":
      return type.fields.map((field) => field.type);
    case "variant":
      return type.cases.flatMap((c) => c.type ?? []);
    case "result":
      return [type.ok ?? [], type.err ?? []].flat();
    default:
      return [];
  }
}
