/** Merging of what a request says of a plugin's settings into what was asked for before. */
import { keepSecrets } from "../../capabilities/env.ts";
import { requireAmountsWithin } from "../../capabilities/grant-amounts.ts";
import type { Grants } from "../../capabilities/grants.ts";
import { Secret, sameSettings } from "../../capabilities/secret.ts";
import { HotcellError } from "../../errors.ts";
import { isObject } from "../../text/json-value.ts";
import { limitNames, requireWithinCeilings } from "../plugin-limits.ts";
import type { HostRules } from "./host-rules.ts";
import {
  type Configuration,
  configured,
  type ParsedSettings,
  parseAsked,
  type Settings,
  type SettingsInput,
} from "./settings.ts";

/**
 * `patch` merged into what was asked for (RFC 7396: `null` removes a member, which goes back to its default), and
 * checked as a whole. What comes as somebody has read it changes nothing: a secret as answers show it, a default that
 * holds already, a limit as a ceiling holds it down. What is not named is not loosened: a plugin that is in a process
 * for its engine's sake stays there when it gets another one.
 * `before` is undefined for a plugin that has none so far. Throws `bad-settings`, also for a limit above its ceiling that was not asked for before.
 */
export function mergeSettings(
  before: Configuration | undefined,
  patch: SettingsInput,
  rules: HostRules,
): Configuration {
  if (!before) return mergeAll(configured(parseAsked({}, rules.table), rules.ceilings), patch, rules);
  const after = mergeAll(before, patch, rules);
  const lean = mergeAll(before, withoutHeld(patch, before.settings), rules);
  return sameSettings(lean.settings, after.settings) ? lean : after;
}

function mergeAll(
  { asked, settings, serves }: Configuration,
  patch: SettingsInput,
  rules: HostRules,
): Configuration {
  const { ceilings } = rules;
  const parsed = parseWithin(rules, mergePatch(asked, keepSecrets(patch, settings)), settings);
  const { asked: merged } = parsed;
  if (merged.engine === "jco" && patch.placement === "inline") throw jcoInline();
  const after = configured(parsed, ceilings, serves);
  const changed = limitNames.filter((name) => merged.limits?.[name] !== asked.limits?.[name]);
  const limits = Object.fromEntries(changed.map((name) => [name, merged.limits?.[name]]));
  requireWithinCeilings(ceilings, limits, after.settings.placement);
  requireAmountsWithin(ceilings, merged.grants ?? {}, asked.grants);
  const loosened = settings.placement === "process" && after.settings.placement === "inline";
  const named = Object.hasOwn(patch, "placement") || merged.placement !== undefined;
  return loosened && !named
    ? configured({ ...parsed, asked: { ...merged, placement: "process" } }, ceilings, serves)
    : after;
}

/** Throws `bad-settings`, which for a limit that is more than there can be anywhere tells the ceiling of this host: less than that will do. */
function parseWithin(
  { ceilings, table }: HostRules,
  input: unknown,
  { placement }: Settings,
): ParsedSettings {
  try {
    return parseAsked(input, table);
  } catch (error) {
    const limits = isObject(input) && isObject(input.limits) ? Object.entries(input.limits) : [];
    const numbers = limits.filter(([, value]) => typeof value === "number");
    requireWithinCeilings(ceilings, Object.fromEntries(numbers), placement);
    throw error;
  }
}

/** A patch without what says no more than what holds: of such members it can't be told who asked for them. */
function withoutHeld(patch: SettingsInput, settings: Settings): SettingsInput {
  const others = (sent: object, held: object) => {
    const values = new Map<string, unknown>(Object.entries(held));
    return Object.entries(sent).filter(([name, value]) => value !== values.get(name));
  };
  const { limits, rate } = patch;
  return {
    ...Object.fromEntries(others(patch, settings)),
    ...(isObject(limits) && { limits: Object.fromEntries(others(limits, settings.limits)) }),
    ...(isObject(rate) && settings.rate && { rate: Object.fromEntries(others(rate, settings.rate)) }),
  };
}

/**
 * The capabilities named granted as well, each plainly, unless it is granted already, with whatever settings, or `sent`,
 * which came with the request and is merged already, says something else of it.
 */
export function mergeGrants(
  before: Configuration,
  names: readonly string[],
  sent: SettingsInput,
  rules: HostRules,
): Configuration {
  const { grants = {} } = before.asked;
  const said = isObject(sent.grants) ? sent.grants : {};
  const added = names
    .filter((name) => !Object.hasOwn(said, name) && !isGranted(grants, name))
    .map((name) => [name, true]);
  return added.length === 0 ? before : mergeSettings(before, { grants: Object.fromEntries(added) }, rules);
}

function isGranted(grants: Grants, name: string): boolean {
  return Object.hasOwn(grants, name) && grants[name] !== false;
}

function jcoInline(): HotcellError {
  return new HotcellError("bad-settings", 'The engine "jco" runs only in processes of its own.', {
    subject: "settings.placement",
    expected: "process",
    actual: "inline",
    remedy: 'Choose placement "process", or engine "direct".',
  });
}

function mergePatch(target: unknown, patch: unknown): unknown {
  // A secret is replaced whole.
  if (!isObject(patch) || patch instanceof Secret) return patch;
  // A Map, because an assignment to `__proto__` on a plain object would not be a member.
  const merged = new Map(Object.entries(isObject(target) && !(target instanceof Secret) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
