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
 * The error of a limit or of a caller's leave, as it is told to whoever called or uploaded: it names the plugin and the
 * function, and its remedy is one that the host allows. Others are left as they are.
 */
export function limitError(
  error: HotcellError,
  concerned: Concerned,
  settings: Pick<Settings, "limits" | "placement">,
  ceilings: Ceilings,
): HotcellError {
  if (!meetsLimit(error) && error.code !== "cancelled") return error;
  const { extra } = error.facts;
  return rebuilt(error, error.message, {
    ...error.facts,
    ...allowed(error.facts, settings, ceilings),
    extra: { ...concerned, ...extra },
  });
}

/** Remedy where all limits that may be raised are as high as they may be: it says so, and whose the ceiling is. */
function allowed(
  { raise }: ErrorFacts,
  { limits, placement }: Pick<Settings, "limits" | "placement">,
  ceilings: Ceilings,
): ErrorFacts {
  if (raise === undefined) return {};
  const named = raise.limits.filter((name) => Object.hasOwn(limits, name)) as (keyof PluginLimits)[];
  if (named.length === 0) return {};
  if (named.some((name) => !isAtCeiling(ceilings, placement, name, limits[name]))) return {};
  const settings = named.map((name) => `limits.${name}`).join(" and ");
  const full = `${settings} ${named.length > 1 ? "are" : "is"} as high as this host allows, whose owner sets the ceiling (HOTCELL_CEILINGS)`;
  return { remedy: `${raise.otherwise}: ${full}.` };
}
