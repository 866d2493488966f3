/** Contracts as worlds: what another world would have to export besides, or otherwise, to satisfy one. */

import type { Item, World, WorldItem } from "../model.ts";
import { type Change, diffWorlds } from "./diff.ts";
import { functionsOf, matchInterfaces } from "./diff-scopes.ts";

/**
 * Changes from the contract to the world that callers of the contract would notice; none where the world exports at least the
 * contract. What it exports besides is its own business, and what it imports is for its grants to say.
 */
export function shortfalls(contract: World, world: World): Change[] {
  const from = { ...contract, imports: [] };
  const to = { ...world, imports: [], exports: askedFor(contract.exports, world.exports) };
  return diffWorlds(from, to).filter(({ verdict }) => verdict === "breaking");
}

/** Functions on which two contracts disagree: either asks for another type of it than callers of the other could use. */
export function disagreements(one: World, other: World): string[] {
  const forth = functionPaths(shortfalls(one, other));
  const back = functionPaths(shortfalls(other, one));
  return [...forth].filter((path) => back.has(path));
}

function functionPaths(changes: readonly Change[]): Set<string> {
  return new Set(changes.map(({ path }) => path.split(": ", 1)[0]!));
}

/** Exports of those that have to do with the contract's: a name that is shared with another interface misleads nobody here. */
function askedFor(contract: readonly WorldItem[], exports: readonly WorldItem[]): WorldItem[] {
  const matches = new Map([...matchInterfaces(contract, exports)].map(([asked, found]) => [found, asked]));
  const asked = new Map(contract.flatMap((item) => (item.kind === "interface" ? [[item.name, item]] : [])));
  const own = functionsOf({ items: contract.filter((item) => item.kind !== "interface") });
  return exports.flatMap((item): WorldItem[] => {
    if (item.kind !== "interface") return wanted(item, own) ? [item] : [];
    const match = asked.get(matches.get(item.name) ?? "");
    if (!match) return [];
    const functions = functionsOf(match.interface);
    const items = item.interface.items.filter((each) => wanted(each, functions));
    return [{ ...item, interface: { ...item.interface, items } }];
  });
}

function wanted(item: Item, functions: ReadonlyMap<string, unknown>): boolean {
  return item.kind !== "function" || functions.has(item.name);
}
