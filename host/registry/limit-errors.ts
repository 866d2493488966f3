import { type ErrorFacts, type HotcellError, rebuilt } from "../errors.ts";
import { type Ceilings, isAtCeiling, type PluginLimits } from "./limits.ts";
import type { Settings } from "./settings.ts";
import { meetsLimit } from "./usages.ts";

/** Whose call it was that met a limit. */
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

/** A setting that is as high as it may be can't be raised. */
function allowed(
  { setting, remedy }: ErrorFacts,
  { limits, placement }: Pick<Settings, "limits" | "placement">,
  ceilings: Ceilings,
): ErrorFacts {
  const [, name] = setting?.match(/^limits\.(\w+)$/) ?? [];
  const [before] = remedy?.split(`, or raise ${setting}`) ?? [];
  if (name === undefined || before === undefined || before === remedy) return {};
  const key = name as keyof PluginLimits;
  if (!isAtCeiling(ceilings, placement, key, limits[key])) return {};
  return { remedy: `${before}: ${setting} is as high as this host allows.` };
}
