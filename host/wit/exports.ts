/** Finding an exported function by the names people use for it. */
import { canonicalInterfaceName } from "./interface-version.ts";
import type { FunctionType, World } from "./model.ts";
import { camelCase, parseFunctionName, parseInterfaceId } from "./wit-names.ts";

export interface ExportedFunction {
  /** Key by which engines have it: `name`, or `ns:pkg/iface@1.0.0#name`. */
  readonly key: string;
  /** The interface it belongs to, as the world spells it; absent for the world's own functions. */
  readonly interface?: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** Every exported function of a world, in the order of its definition; methods of resources included. */
export function exportedFunctions(world: World): ExportedFunction[] {
  return world.exports.flatMap((item): ExportedFunction[] => {
    if (item.kind === "function") return [{ key: item.name, name: item.name, type: item.type }];
    if (item.kind === "type") return [];
    return item.interface.items.flatMap((inner) =>
      inner.kind === "function"
        ? [{ key: `${item.name}#${inner.name}`, interface: item.name, name: inner.name, type: inner.type }]
        : [],
    );
  });
}

/**
 * The function that a path means: a name, kebab-case or camelCase, alone or after an interface and `#` or `/`. The
 * interface is given as full id, compatible version, id without version, or short name; without one the world's own
 * functions go first. Undefined when nothing or more than one thing is meant: `missingFunction` says what there is.
 */
export function findByPath(
  functions: readonly ExportedFunction[],
  path: string,
): ExportedFunction | undefined {
  const { name, owner } = splitPath(path);
  return only(functionsNamed(functions, name, owner));
}

/** The same for who asks for many paths: each is found at once, however many functions there are. */
export class FunctionPaths {
  readonly #named = new Map<string, ExportedFunction[]>();

  constructor(functions: readonly ExportedFunction[]) {
    for (const exported of functions) {
      for (const name of new Set([exported.name, freeCamelCase(exported.name)])) {
        if (name === undefined) continue;
        const named = this.#named.get(name);
        if (named) named.push(exported);
        else this.#named.set(name, [exported]);
      }
    }
  }

  find(path: string): ExportedFunction | undefined {
    const { name, owner } = splitPath(path);
    return only(meant(this.#named.get(name) ?? [], owner));
  }

  /** The shortest path by which calls find the function: it goes on meaning it as long as upgrades are compatible. */
  shortest(exported: ExportedFunction): string | undefined {
    return pathsOf(exported).find((path) => this.find(path) === exported);
  }
}

/** Apart at the last `#`, else at the last `/`. */
export function splitPath(path: string): { readonly name: string; readonly owner?: string } {
  const at = path.includes("#") ? path.lastIndexOf("#") : path.lastIndexOf("/");
  return at < 0 ? { name: path } : { name: path.slice(at + 1), owner: path.slice(0, at) };
}

/** Functions that may be meant by a name, where nothing of higher rank is. */
export function functionsNamed(
  functions: readonly ExportedFunction[],
  name: string,
  interfaceName?: string,
): readonly ExportedFunction[] {
  const named = functions.filter((f) => f.name === name || freeCamelCase(f.name) === name);
  return meant(named, interfaceName);
}

/** Functions that are meant, of those of one name. */
function meant(named: readonly ExportedFunction[], interfaceName?: string): readonly ExportedFunction[] {
  if (interfaceName !== undefined) {
    const exact = named.filter((f) => f.interface === interfaceName);
    return exact.length === 1 ? exact : named.filter((f) => isInterface(f.interface, interfaceName));
  }
  const own = named.filter((f) => f.interface === undefined);
  return own.length === 1 ? own : named;
}

function freeCamelCase(name: string): string | undefined {
  return parseFunctionName(name).kind === "free" ? camelCase(name) : undefined;
}

function isInterface(actual: string | undefined, wanted: string): boolean {
  if (actual === undefined) return false;
  const id = parseInterfaceId(actual);
  if (id === undefined) return actual === wanted;
  // A caller may name the version he was built against, as long as the one that is there is compatible with it.
  return (
    wanted === id.name ||
    wanted === `${id.package}/${id.name}` ||
    canonicalInterfaceName(wanted) === canonicalInterfaceName(actual)
  );
}

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** Paths that may mean it, the shortest first. */
function pathsOf({ name, interface: owner }: ExportedFunction): readonly string[] {
  if (owner === undefined) return [name];
  return [name, `${parseInterfaceId(owner)?.name ?? owner}/${name}`, `${owner}/${name}`];
}
