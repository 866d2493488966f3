import { type ErrorFacts, type HotcellError, rebuilt } from "../../errors.ts";
import { type Ceilings, isAtCeiling, type PluginLimits } from "../plugin-limits.ts";
import type { Settings } from "../settings/settings.ts";
import { meetsLimit } from "./usages.ts";

/** Plugin and function whose call met a limit. */
interface Concerned {
  readonly plugin: string;
  readonly function?: string;
}

/**
 * The error as it is told to whoever called or uploaded: it names the plugin and the function, and its remedy is one that
 * the host allows. Others are left as they are.
 */
export function limitError(
  error: HotcellError,
  concerned: Concerned,
  settings: Pick<Settings, "limits" | "placement">,
  ceilings: Ceilings,
): HotcellError {
  if (!meetsLimit(error)) return error;
  const { extra } = error.facts;
  return rebuilt(error, error.message, {
    ...error.facts,
    ...allowed(error.facts, settings, ceilings),
    extra: { ...concerned, ...extra },
  });
}

/** Advice to raise limits, one or two, as errors give it: at its beginning, or as the last thing that can be done. */
const advice =
  /(^|,? or )raise limits\.(\w+)(?: or limits\.(\w+))?(?: in (?:its|the plugin's|plugins') settings)?(?:, or )?/i;

/** Remedy that says that the limits are as high as they may be, and whose the ceiling is; nothing where they are not. */
function allowed(
  { remedy }: ErrorFacts,
  { limits, placement }: Pick<Settings, "limits" | "placement">,
  ceilings: Ceilings,
): ErrorFacts {
  const [found, before, ...names] = (remedy && advice.exec(remedy)) || [];
  if (remedy === undefined || found === undefined) return {};
  const named = names.filter(
    (name) => name !== undefined && Object.hasOwn(limits, name),
  ) as (keyof PluginLimits)[];
  if (named.length === 0) return {};
  if (named.some((name) => !isAtCeiling(ceilings, placement, name, limits[name]))) return {};
  const settings = named.map((name) => `limits.${name}`).join(" and ");
  const full = `${settings} ${named.length > 1 ? "are" : "is"} as high as this host allows, whose owner sets the ceiling (HOTCELL_CEILINGS)`;
  // Other things to do stand before it or behind it.
  if (before !== "") return { remedy: remedy.replace(found, `: ${full}`) };
  const rest = remedy.slice(found.length);
  return {
    remedy: rest.length > 1 ? `${rest.charAt(0).toUpperCase()}${rest.slice(1, -1)}: ${full}.` : `${full}.`,
  };
}
