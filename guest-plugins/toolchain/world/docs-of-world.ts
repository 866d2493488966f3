/** Docs of the world that a plugin is built for, found in its WIT folder by the names that the encoded world has. */
import type { World, WorldDocs } from "../../../host/wit/model.ts";
import { parseInterfaceId } from "../../../host/wit/wit-names.ts";
import { type ItemDocs, type PackageDocs, scanPackages, type WorldItemDocs } from "./wit-docs.ts";
import type { WitFile } from "./wit-files.ts";

type Packages = ReadonlyMap<string, PackageDocs>;

/** Docs in the files of these packages; undefined where nothing of the world has any. */
export function docsOfWorld(files: readonly (readonly WitFile[])[], world: World): WorldDocs | undefined {
  const packages = scanPackages(files);
  const own = worldDocs(packages, world.package, world.name);
  const interfaces = new Map<string, ItemDocs>();
  for (const item of [...world.imports, ...world.exports]) {
    if (item.kind !== "interface") continue;
    const docs = interfaceDocs(packages, item.name) ?? own?.interfaces.get(item.name);
    if (docs && (docs.docs !== undefined || docs.functions.size + docs.types.size > 0))
      interfaces.set(item.name, docs);
  }
  const { docs, functions = new Map(), types = new Map() } = own ?? {};
  if (docs === undefined && functions.size + types.size + interfaces.size === 0) return undefined;
  return { ...(docs !== undefined && { docs }), functions, types, interfaces };
}

function interfaceDocs(packages: Packages, name: string): ItemDocs | undefined {
  const id = parseInterfaceId(name);
  if (!id) return undefined;
  const pkg = id.version === undefined ? id.package : `${id.package}@${id.version}`;
  return packages.get(pkg)?.interfaces.get(id.name);
}

/** Docs of a world with those of what it includes, under the names that they get there; its own docs are its own alone. */
function worldDocs(packages: Packages, pkg: string, name: string): WorldItemDocs | undefined {
  const own = packages.get(pkg)?.worlds.get(name);
  if (!own) return undefined;
  const merged: WorldItemDocs = {
    ...own,
    functions: new Map(own.functions),
    types: new Map(own.types),
    interfaces: new Map(own.interfaces),
  };
  for (const { path, renamed } of own.includes) {
    const id = parseInterfaceId(path);
    const from = id ? (id.version === undefined ? id.package : `${id.package}@${id.version}`) : pkg;
    const included = worldDocs(packages, from, id?.name ?? path);
    if (!included) continue;
    for (const part of ["functions", "types", "interfaces"] as const) {
      const into = merged[part] as Map<string, unknown>;
      for (const [item, docs] of included[part]) {
        const as = renamed.get(item) ?? item;
        if (!into.has(as)) into.set(as, docs);
      }
    }
  }
  return merged;
}
