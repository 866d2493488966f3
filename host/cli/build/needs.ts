/** Needs of a component: what it asks of its host. */

import { standardTable } from "../../capabilities/capability-table.ts";
import { parseGrants } from "../../capabilities/grants.ts";
import { linkImports } from "../../capabilities/link.ts";
import { HotcellError } from "../../errors.ts";
import { hasResources } from "../../registry/links/link-types.ts";
import { functionsIn, type World } from "../../wit/model.ts";
import { parseInterfaceId } from "../../wit/wit-names.ts";

export interface Need {
  /** An interface, or a function outside of one. */
  readonly import: string;
  /** The capability that supplies it once it is granted: `plugins` for what another plugin can export. */
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
    if (grant === undefined)
      return [
        canBeLinked(world, name) ? { import: name, grant: "plugins" } : { import: name, problem: reason },
      ];
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

/** It is an interface that no host offers, and that another plugin can export. */
function canBeLinked({ imports }: World, id: string): boolean {
  const parsed = parseInterfaceId(id);
  if (!parsed || standardTable.offerOf(`${parsed.package}/${parsed.name}`)) return false;
  const found = imports.find((item) => item.kind === "interface" && item.name === id);
  return found?.kind === "interface" && !functionsIn(found.interface).some(({ type }) => hasResources(type));
}

/** A line each, for a terminal. */
export function printNeeds(world: World): string[] {
  return needsOf(world).map(({ import: name, grant, problem }) => {
    if (grant === undefined) return `${name}  not supplied: ${problem}`;
    if (grant !== "plugins") return `${name}  grant: ${grant}`;
    return `${name}  by a link to the plugin that exports it, grant: plugins {"${name}":"NAME"}; or by a capability of the host's own`;
  });
}
