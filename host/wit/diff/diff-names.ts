/** Calls may leave out an interface, or its package or version, while what they mean is the only one of that name. */
import { type ExportedFunction, exportedFunctions } from "../exports.ts";
import type { World } from "../model.ts";
import { parseInterfaceId } from "../wit-names.ts";

export interface LostNames {
  /** The interface whose functions had the names, as it is called after. */
  readonly is: string;
  /** The function that has them too, or instead. */
  readonly rival: ExportedFunction;
  readonly names: readonly string[];
}

/**
 * One for every pair of exported interfaces where the second takes from the first short names that calls could use.
 * `matches`: interfaces before → the same after.
 */
export function lostShortNames(
  before: World,
  after: World,
  matches: ReadonlyMap<string, string>,
): LostNames[] {
  const now = new ShortNames(exportedFunctions(after));
  const functions = exportedFunctions(before);
  const then = new ShortNames(functions);
  const lost = new Map<string, LostNames & { readonly names: string[] }>();
  for (const was of functions) {
    const is = was.interface === undefined ? undefined : matches.get(was.interface);
    if (is === undefined) continue;
    for (const name of shortNames(was)) {
      if (then.find(name) !== was) continue;
      const rival = now.rivalOf(name, is);
      if (!rival) continue;
      const key = `${is} ${rival.interface ?? ""}`;
      const loss = lost.get(key) ?? { is, rival, names: [] };
      lost.set(key, loss);
      loss.names.push(name);
      break;
    }
  }
  return [...lost.values()];
}

/** Shortest first: `quote`, `pricing/quote`, `shop:rules/pricing/quote`. */
function shortNames({ interface: owner, name }: ExportedFunction): string[] {
  const id = owner === undefined ? undefined : parseInterfaceId(owner);
  if (!id) return [name];
  const withoutVersion = id.version === undefined ? [] : [`${id.package}/${id.name}/${name}`];
  return [name, `${id.name}/${name}`, ...withoutVersion];
}

/** Meaning of short names in a world (`findFunction`): its own function, else the only one. */
class ShortNames {
  readonly #functions = new Map<string, ExportedFunction[]>();

  constructor(functions: readonly ExportedFunction[]) {
    for (const func of functions) {
      for (const name of shortNames(func)) {
        const known = this.#functions.get(name);
        if (known) known.push(func);
        else this.#functions.set(name, [func]);
      }
    }
  }

  find(name: string): ExportedFunction | undefined {
    const found = this.#functions.get(name) ?? [];
    return found.find((func) => func.interface === undefined) ?? (found.length === 1 ? found[0] : undefined);
  }

  /** The function that keeps the name from meaning the interface's. */
  rivalOf(name: string, owner: string): ExportedFunction | undefined {
    const found = this.#functions.get(name) ?? [];
    // That it is gone is told elsewhere.
    if (!found.some((func) => func.interface === owner)) return undefined;
    return (
      found.find((func) => func.interface === undefined) ?? found.find((func) => func.interface !== owner)
    );
  }
}
