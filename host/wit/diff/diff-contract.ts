/** Contracts as worlds: what another world would have to export besides, or otherwise, to satisfy one. */

import type { Item, World, WorldItem } from "../model.ts";
import { type Change, compareWorlds } from "./diff.ts";
import { functionsOf, matchInterfaces } from "./diff-scopes.ts";

/** Changes from a contract to a world that callers of the contract would notice. */
export interface Shortfall {
  readonly changes: readonly Change[];
  /** Changes besides; absent where these are all. */
  readonly more?: number;
}

/**
 * Shortfall of a world: none where it exports at least that. What it exports besides is its own business, and
 * what it imports is for its grants to say.
 */
export function shortfallOf(contract: World, world: World): Shortfall {
  const from = { ...contract, imports: [] };
  const to = { ...world, imports: [], exports: askedFor(contract.exports, world.exports) };
  const { changes, left } = compareWorlds(from, to);
  const breaking = changes.filter(({ verdict }) => verdict === "breaking");
  return { changes: breaking, ...(left.breaking > 0 && { more: left.breaking }) };
}

/** Functions on which two contracts disagree: either asks for another type of it than callers of the other could use. */
export function disagreements(one: World, other: World): string[] {
  const shared = { ...one, exports: askedFor(other.exports, one.exports) };
  const forth = functionPaths(shortfallOf(shared, other));
  if (forth.size === 0) return [];
  const back = functionPaths(shortfallOf({ ...other, exports: askedFor(one.exports, other.exports) }, one));
  return [...forth].filter((path) => back.has(path));
}

function functionPaths({ changes }: Shortfall): Set<string> {
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
