/** Leave that grants need of the plugins they reach, when they are asked for. */
import { challengeFor } from "../../access/scopes.ts";
import type { GrantReach, ReachedSettings } from "../../capabilities/grant-reach.ts";
import { HotcellError } from "../../errors.ts";
import type { Preconditions } from "../api.ts";

/** Reaches of a plugin's grants, before a request and after it. */
export interface AskedReaches {
  readonly plugin: string;
  readonly mayReach: Preconditions["mayReach"];
  readonly before: readonly GrantReach[];
  readonly after: readonly GrantReach[];
  /** Settings of another plugin; undefined where it is not deployed, or they can't be read. */
  readonly settingsOf: (plugin: string) => ReachedSettings | undefined;
}

/**
 * Throws `forbidden` for a plugin that was not reached before, where who asks may not do as much with it, and it does not
 * give leave by itself. Reaches that there are already are left: they were allowed when they were asked for.
 */
export function requireReaches({ plugin, before, after, settingsOf, mayReach }: AskedReaches): void {
  if (!mayReach) return;
  for (const reach of after) {
    if (reach.plugin === plugin || before.some((each) => sameReach(each, reach))) continue;
    if (mayReach(reach)) continue;
    const settings = settingsOf(reach.plugin);
    if (settings === undefined || !reach.leave(settings, plugin)) throw noLeave(plugin, reach);
  }
}

function sameReach(one: GrantReach, other: GrantReach): boolean {
  return one.plugin === other.plugin && one.what === other.what && one.permission === other.permission;
}

function noLeave(plugin: string, { plugin: other, what, permission, leaving }: GrantReach): HotcellError {
  const patch = JSON.stringify(leaving(plugin));
  return new HotcellError(
    "forbidden",
    `${plugin} would reach ${what} of the plugin ${other}, which takes the scope ${permission} for ${other}, or its own leave.`,
    {
      subject: other,
      expected: permission,
      remedy: `Use a token that is good for both (hotcell token new --scope ${permission} --plugin ${other} … makes one), or have ${other} give leave: PATCH /plugins/${other} with ${patch}.`,
      extra: challengeFor([permission]),
    },
  );
}
