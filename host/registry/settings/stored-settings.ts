import { isObject } from "../../text/json-value.ts";
import { withoutLoweredDefaults } from "../plugin-limits.ts";
import type { HostRules } from "./host-rules.ts";
import { type ParsedSettings, parseAsked } from "./settings.ts";

/**
 * Settings as the store has them, which is what was asked for. Earlier hosts stored what held then; the migration of the
 * store has taken out what was the default and left a mark on the rest, `whole`. Of that, limits which are just what a
 * ceiling of this host makes of the default count as not asked for: that is the best that can be known.
 * Throws `bad-settings` for settings that make no sense.
 */
export function parseStored(stored: unknown, { ceilings, table }: HostRules): ParsedSettings {
  if (!isObject(stored) || stored.whole !== true) return parseAsked(stored, table);
  const { whole: _, ...held } = stored;
  const { asked } = parseAsked(held, table);
  const placement = asked.engine === "jco" ? "process" : (asked.placement ?? "inline");
  const limits = withoutLoweredDefaults(ceilings, asked.limits ?? {}, placement);
  return parseAsked({ ...asked, limits }, table);
}
