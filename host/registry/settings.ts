import * as v from "valibot";
import { checkEnv, type Env, envSchema, keepSecrets } from "../capabilities/env.ts";
import { checkGrants, type Grants } from "../capabilities/link.ts";
import { type Redacted, Secret, sealSettings, unseal } from "../capabilities/secret.ts";
import { parseBySchema } from "../capabilities/settings.ts";
import { type EngineName, engineNames } from "../engine/engines.ts";
import { HotcellError } from "../errors.ts";
import { isObject } from "../wit/json-decode.ts";
import {
  askedLimits,
  type Ceilings,
  limitsSchema,
  limitsWithin,
  lowered,
  type PlacementName,
  type PluginLimits,
} from "./limits.ts";

const schema = v.strictObject({
  grants: v.optional(v.record(v.string(), v.unknown()), {}),
  mode: v.optional(v.picklist(["shared", "fresh"]), "shared"),
  engine: v.optional(v.picklist(engineNames), "direct"),
  env: v.optional(envSchema, {}),
  placement: v.optional(v.picklist(["inline", "process"])),
  limits: v.optional(limitsSchema, {}),
});

/** The settings of a plugin: one schema everywhere (DESIGN §3.12). */
export interface Settings {
  readonly grants: Grants;
  /** `shared`: one cell, state lives until the next version. `fresh`: every call gets a new cell. */
  readonly mode: "shared" | "fresh";
  readonly engine: EngineName;
  /**
   * What a plugin that exports `hotcell:plugin/lifecycle` is told when it starts, and what `wasi:cli/environment` and
   * `wasi:config/store` answer. Secrets are told to nobody else.
   */
  readonly env: Env;
  /**
   * `inline`: in the server's own thread; the default. `process`: in child processes that can be killed; the default,
   * and all there is, for the engine `jco`.
   */
  readonly placement: PlacementName;
  readonly limits: PluginLimits;
}

/** Settings as answers show them: without their secrets. */
export type ShownSettings = Redacted<Settings>;

/** What a caller may send: any part of Settings. Checked by `parseSettings`. */
export type SettingsInput = Readonly<Record<string, unknown>>;

/**
 * Fills in the defaults. Throws `bad-settings` naming the member that is unknown or wrong, or the limit that is above
 * its ceiling.
 */
export function parseSettings(input: unknown, ceilings: Ceilings = {}): Settings {
  const settings = readSettings(input, ceilings);
  checkEnv(settings.env);
  return settings;
}

function readSettings(input: unknown, ceilings: Ceilings = {}): Settings {
  refuseLostNames(input, "grants");
  refuseLostNames(input, "env");
  const settings = parseBySchema(schema, input, "settings", ["env", "grants"]);
  // Capabilities judge what was sent.
  checkGrants(unseal(settings.grants) as Grants);
  const sealed = sealSettings(settings) as typeof settings;
  const placement = placementOf(settings);
  return { ...sealed, placement, limits: limitsWithin(ceilings, settings.limits, placement) };
}

/** Code that was generated from an upload is kept out of the host's own process. */
function placementOf({ engine, placement }: v.InferOutput<typeof schema>): PlacementName {
  if (engine !== "jco") return placement ?? "inline";
  if (placement !== "inline") return "process";
  throw new HotcellError("bad-settings", 'The engine "jco" runs only in processes of its own.', {
    subject: "settings.placement",
    expected: "process",
    actual: "inline",
    remedy: 'Choose placement "process", or engine "direct".',
  });
}

/** The schema leaves such members out, without a word. */
const lostNames = ["__proto__", "constructor", "prototype"];

function refuseLostNames(input: unknown, member: string): void {
  const names = isObject(input) && isObject(input[member]) ? Object.keys(input[member]) : [];
  const lost = names.find((name) => lostNames.includes(name));
  if (lost === undefined) return;
  throw new HotcellError("bad-settings", `settings.${member} can't have a member ${lost}.`, {
    subject: `settings.${member}.${lost}`,
    remedy: "Choose another name.",
  });
}

/** Settings as they were stored, by a host whose ceilings may have been others. */
export function storedSettings(input: unknown, ceilings: Ceilings): Settings {
  const settings = readSettings(input);
  return { ...settings, limits: lowered(ceilings, settings.limits, settings.placement) };
}

/**
 * `patch` merged into `settings` (RFC 7396: `null` removes a member), then checked as a whole. A secret that comes back
 * as answers show it is the one the settings have.
 */
export function patchSettings(settings: Settings, patch: SettingsInput, ceilings: Ceilings = {}): Settings {
  // Defaults depend on the placement, and that on the engine, which the patch may change.
  const asked = {
    ...settings,
    limits: askedLimits(settings.limits, settings.placement),
    placement: settings.placement === "inline" ? undefined : settings.placement,
  };
  return parseSettings(mergePatch(asked, keepSecrets(patch, settings.env)), ceilings);
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
