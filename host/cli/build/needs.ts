/** Needs of a component: what it asks of its host. */

import { parseGrants } from "../../capabilities/grants.ts";
import { linkImports } from "../../capabilities/link.ts";
import { HotcellError } from "../../errors.ts";
import type { World } from "../../wit/model.ts";

export interface Need {
  /** An interface, or a function outside of one. */
  readonly import: string;
  /** The capability that supplies it once it is granted. */
  readonly grant?: string;
  /** Why the host can't supply it at all. */
  readonly problem?: string;
}

/** One for each import of the world that somebody has to supply, in the world's order. */
export function needsOf(world: World): Need[] {
  const refused = refusals(world, {});
  const grants = refused.flatMap(({ grant }) => (grant === undefined ? [] : [grant]));
  // Whether the types fit is looked at only once it is granted.
  const stillRefused = refusals(world, Object.fromEntries(grants.map((name) => [name, true])));
  return refused.flatMap(({ import: name, grant, reason }): Need[] => {
    if (grant === undefined) return [{ import: name, problem: reason }];
    const unfit = stillRefused.filter((refusal) => refusal.import.startsWith(`${name}#`));
    if (unfit.length === 0) return [{ import: name, grant }];
    return unfit.map((refusal) => ({ import: refusal.import, problem: refusal.reason }));
  });
}

interface Refusal {
  readonly import: string;
  readonly grant?: string;
  readonly reason: string;
}

function refusals(world: World, grants: Readonly<Record<string, true>>): readonly Refusal[] {
  try {
    linkImports(world, parseGrants(grants));
    return [];
  } catch (error) {
    const imports = error instanceof HotcellError ? error.facts.extra?.imports : undefined;
    if (!Array.isArray(imports)) throw error;
    return imports as Refusal[];
  }
}

/** A line each, for a terminal. */
export function printNeeds(world: World): string[] {
  return needsOf(world).map(({ import: name, grant, problem }) =>
    grant === undefined ? `${name}  not supplied: ${problem}` : `${name}  grant: ${grant}`,
  );
}
