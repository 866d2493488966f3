/** Check of a deployment's links, in both directions: to the plugins that it imports from, and from those that import from it. */

import { grantedLinks } from "../../capabilities/plugins/granted-links.ts";
import { linkedTo } from "../../capabilities/plugins/linked-names.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import { HotcellError } from "../../errors.ts";
import { functionsIn, type World } from "../../wit/model.ts";
import type { DeployOptions } from "../api.ts";
import type { DeployTarget } from "../deploy/target.ts";
import type { PlannedLinks } from "../told-plugins.ts";
import { badLink } from "./link-errors.ts";
import { misfits, offeredToLinks } from "./link-types.ts";

/** Throws `bad-link` for links that can't be made. */
export async function requireLinks(target: DeployTarget, { linked, grants }: LinkedImports): Promise<void> {
  const { name, context } = target;
  context.links.requireWay(name, grantedLinks(grants));
  for (const link of linked) {
    const { id, plugin } = link;
    const other = context.peer(plugin);
    if (!other) {
      throw badLink(`${name} is linked to the plugin ${plugin} for ${id}, and there is no such plugin.`, {
        subject: id,
        remedy: `Upload ${plugin} first, or link ${id} to another plugin.`,
        reason: "not-deployed",
      });
    }
    const world = await worldOf(other);
    if (!world) {
      throw badLink(`${name} is linked to the plugin ${plugin} for ${id}, which is damaged.`, {
        subject: id,
        remedy: `Upload ${plugin} again first: GET /plugins/${plugin} says what is damaged.`,
        reason: "damaged",
      });
    }
    const why = misfits(link, offeredToLinks(world));
    if (why.length === 0) continue;
    throw badLink(`${name} can't be linked to the plugin ${plugin} for ${id}. ${told(why)}`, {
      subject: id,
      remedy: `Build ${name} against the WIT of ${plugin} (GET /plugins/${plugin}/wit), or link ${id} to another plugin.`,
      reason: "mismatch",
    });
  }
}

/** Dependant of a plugin, with what it would miss. */
interface Broken {
  readonly plugin: string;
  readonly why: readonly string[];
}

/**
 * Plugins that are linked to this one and would not be served by that world any more, or by none. Throws `has-dependants`
 * for those that are not named in `breaks`.
 */
export async function requireDependants(
  target: DeployTarget,
  next: World | undefined,
  { breaks = [] }: Pick<DeployOptions, "breaks">,
): Promise<PlannedLinks["breaks"]> {
  const { name, context } = target;
  const broken: Broken[] = [];
  let live: World | undefined;
  for (const plugin of context.links.dependants(name)) {
    const dependant = context.peer(plugin);
    const world = dependant && (await worldOf(dependant));
    if (!world) continue;
    const links = grantedLinks(dependant.record.configuration.grants);
    const wanted = world.imports.flatMap((item) =>
      item.kind === "interface" &&
      functionsIn(item.interface).length > 0 &&
      linkedTo(links, item.name) === name
        ? [{ id: item.name, interface: item.interface }]
        : [],
    );
    const why = wanted.flatMap((each) =>
      next ? misfits(each, offeredToLinks(next)) : [`It imports ${each.id}.`],
    );
    if (why.length === 0) continue;
    // What it misses already is not taken from it.
    live ??= (await worldOf(target)) ?? { name: "", package: "", imports: [], exports: [] };
    const offered = offeredToLinks(live);
    if (wanted.every((each) => misfits(each, offered).length > 0)) continue;
    broken.push({ plugin, why });
  }
  const refused = broken.filter(({ plugin }) => !breaks.includes(plugin));
  if (refused.length > 0) throw hasDependants(name, refused, next === undefined);
  return broken.map(({ plugin }) => plugin);
}

/** The world of a plugin's live version; undefined where it can't be read. */
async function worldOf(target: DeployTarget): Promise<World | undefined> {
  try {
    return (await target.components.get()).world;
  } catch {
    return undefined;
  }
}

/** Plugins that an error tells what they miss. */
const maxTold = 5;

function hasDependants(name: string, broken: readonly Broken[], removal: boolean): HotcellError {
  const names = broken.map(({ plugin }) => plugin);
  const reasons = broken.slice(0, maxTold).map(({ plugin, why }) => `${plugin}: ${told(why)}`);
  const rest = broken.length > maxTold ? ` ${broken.length - maxTold} more.` : "";
  const query = names.slice(0, maxTold).map((each) => `breaks=${each}`);
  return new HotcellError(
    "has-dependants",
    `${removal ? `Without ${name}` : `With this version of ${name}`} the calls of plugins that are linked to it fail. ${reasons.join(" ")}${rest}`,
    {
      subject: name,
      remedy: `${removal ? "Link them to another plugin first" : "Keep what they import, or change them first"}; or name each that may fail: ?${query.join("&")} (in code: breaks: ${JSON.stringify(names.slice(0, maxTold))}).`,
      extra: { dependants: broken.map(({ plugin, why }) => ({ plugin, reasons: why.slice(0, maxTold) })) },
    },
  );
}

function told(why: readonly string[]): string {
  const more = why.length > maxTold ? ` ${why.length - maxTold} more functions don't fit.` : "";
  return `${why.slice(0, maxTold).join(" ")}${more}`;
}
