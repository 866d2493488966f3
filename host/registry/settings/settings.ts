import * as v from "valibot";
import type { RequestRate } from "../../access/request-rates.ts";
import type { CapabilityTable } from "../../capabilities/capability-table.ts";
import { type Env, envSchema } from "../../capabilities/env.ts";
import { type Grants, type ParsedGrants, parseGrants } from "../../capabilities/grants.ts";
import { parseBySchema } from "../../capabilities/kit/settings-schema.ts";
import { type Redacted, redact, type Secret, sealSettings } from "../../capabilities/secret.ts";
import { type EngineName, engineNames } from "../../engine/engine-names.ts";
import { HotcellError } from "../../errors.ts";
import type { PlacementName } from "../../placement/placement.ts";
import { isObject } from "../../text/json-value.ts";
import { type ContractSetting, contractSchema } from "../contracts/contract-setting.ts";
import {
  type AskedLimits,
  type Ceilings,
  limitsSchema,
  limitsThatHold,
  type PluginLimits,
} from "../plugin-limits.ts";
import { type PluginRoute, routesSchema } from "../routing/route-setting.ts";
import { type Linkable, linkableSchema } from "./linkable-setting.ts";
import { mcpSchema, type ToolsSetting } from "./mcp-setting.ts";
import { type AskedRate, rateSchema, rateThatHolds } from "./rate-setting.ts";
import { type RolloutSetting, rolloutSchema } from "./rollout-setting.ts";
import { type ScheduleEntry, scheduleSchema } from "./schedule-setting.ts";
import { type SourceSetting, sourceSchema } from "./source-setting.ts";
import { type StateSetting, stateSchema } from "./state-setting.ts";

/** Schema of settings as a caller may send them, when they are merged into those that there are. */
export const settingsSchema = v.strictObject({
  grants: v.optional(v.record(v.string(), v.unknown())),
  mode: v.optional(v.picklist(["shared", "fresh"])),
  engine: v.optional(v.picklist(engineNames)),
  env: v.optional(envSchema),
  placement: v.optional(v.picklist(["inline", "process"])),
  limits: v.optional(limitsSchema),
  access: v.optional(v.picklist(["public", "token"])),
  rate: v.optional(rateSchema),
  routes: v.optional(routesSchema),
  schedule: v.optional(scheduleSchema),
  linkable: v.optional(linkableSchema),
  contract: v.optional(contractSchema),
  mcp: v.optional(mcpSchema),
  source: v.optional(sourceSchema),
  state: v.optional(stateSchema),
  rollout: v.optional(rolloutSchema),
});

/** The settings of a plugin: one schema everywhere (docs/settings.md). */
export interface Settings {
  readonly grants: Grants;
  /** `shared`: one cell, state lives until the next version. `fresh`: every call gets a new cell. */
  readonly mode: "shared" | "fresh";
  readonly engine: EngineName;
  /**
   * Configuration that a plugin which exports `hotcell:plugin/lifecycle` is told when it starts, and what `wasi:cli/environment` and
   * `wasi:config/store` answer. Secrets are told to nobody else.
   */
  readonly env: Env;
  /**
   * `inline`: in the server's own thread; the default. `process`: in child processes that can be killed; the default,
   * and all there is, for the engine `jco`.
   */
  readonly placement: PlacementName;
  readonly limits: PluginLimits;
  /** Callers that are let in: `public`, everybody, or those with a token of scope `call`. Absent: as the host has it for all. */
  readonly access?: "public" | "token";
  /** Requests that each client may make over HTTP; absent: any number. */
  readonly rate?: RequestRate;
  /** Hosts and paths at which it answers over HTTP, besides `/http/{name}/`. */
  readonly routes?: readonly PluginRoute[];
  /** Calls that the host makes by itself. */
  readonly schedule?: readonly ScheduleEntry[];
  /** Plugins that may be linked to it though who asks for that may not call it; absent: none. */
  readonly linkable?: Linkable;
  /** Contracts that each version satisfies: names, or versions such as `discount@2`. */
  readonly contract?: ContractSetting;
  /** Its functions are tools at `/mcp`; absent: they are not. */
  readonly mcp?: ToolsSetting;
  /** Tag of a registry that it follows; absent: none. */
  readonly source?: SourceSetting;
  /** Interval at which its state is kept for other hosts; absent: every 10 s. */
  readonly state?: StateSetting;
  /** One host of several has what is new alone for a time; absent: all get it at once. */
  readonly rollout?: RolloutSetting;
}

/** The part of its settings that a plugin's owner asked for. It is what is stored; Settings follow from it. */
export type AskedSettings = {
  readonly [Name in keyof Settings]?: Name extends "limits"
    ? AskedLimits
    : Name extends "rate"
      ? AskedRate
      : Settings[Name];
};

/** Settings that were asked for, once they are read. */
export interface ParsedSettings {
  readonly asked: AskedSettings;
  /** Grants as their capabilities take them. */
  readonly grants: ParsedGrants;
}

/** Settings that a plugin has. */
export interface Configuration extends ParsedSettings {
  /** Settings that hold. */
  readonly settings: Settings;
  /** True for a version that exports an HTTP handler: its mode is `fresh` where nobody asked for another. */
  readonly serves: boolean;
}

/** Settings as answers show them: without their secrets. */
export type ShownSettings = Redacted<Settings>;

/** Settings that were asked for, as they are shown: without secrets. */
export type ShownAsked = Redacted<AskedSettings>;

export function shownConfiguration({ settings, asked }: Configuration): {
  readonly settings: ShownSettings;
  readonly asked: ShownAsked;
} {
  return redact({ settings, asked });
}

/**
 * Settings as a caller may send them: any part, to be merged into what was asked for before (RFC 7396). `null` in a
 * member's place takes it back to its default.
 */
export type SettingsInput = Patch<v.InferInput<typeof settingsSchema>>;

/** Merge patch for a value (RFC 7396). */
export type Patch<T> = T extends Secret | { readonly secret: string }
  ? T | { readonly secret: true }
  : T extends object
    ? { readonly [Name in keyof T]?: Patch<T[Name]> | null | undefined }
    : T;

/** Throws `bad-settings` naming the member that is unknown or wrong. `table`: capabilities that the host has. */
export function parseAsked(input: unknown, table: CapabilityTable): ParsedSettings {
  refuseLostNames(input, "grants");
  refuseLostNames(input, "env");
  const asked = parseBySchema(settingsSchema, input, "settings", ["env", "grants"]);
  const sealed = sealSettings(asked) as typeof asked;
  const grants = parseGrants(sealed.grants ?? {}, table);
  // A group that holds nothing asks for nothing.
  const entries = Object.entries(sealed).filter(
    ([, value]) => !(isObject(value) && Object.keys(value).length === 0),
  );
  return { asked: Object.fromEntries(entries) as AskedSettings, grants };
}

/** Settings that hold for who asked for these, by the defaults of today and this host's ceilings. */
export function configured(
  { asked, grants }: ParsedSettings,
  ceilings: Ceilings,
  serves = false,
): Configuration {
  const { mode = serves ? "fresh" : "shared", engine = "direct", env = {}, limits = {} } = asked;
  // Code that was generated from an upload is kept out of the host's own process.
  const placement = engine === "jco" ? "process" : (asked.placement ?? "inline");
  const holding = limitsThatHold(ceilings, limits, placement);
  const { access, rate, routes, schedule, linkable, contract, mcp, source, state, rollout } = asked;
  const letIn = {
    ...(access && { access }),
    ...(rate && { rate: rateThatHolds(rate) }),
    ...(routes && { routes }),
    ...(schedule && { schedule }),
    ...(linkable && { linkable }),
    ...(contract && { contract }),
    ...(mcp && { mcp }),
    ...(source && { source }),
    ...(state && { state }),
    ...(rollout && { rollout }),
  };
  const held = grants.under(ceilings);
  const settings = { grants: grants.asked, mode, engine, env, placement, limits: holding, ...letIn };
  return { asked, grants: held, serves, settings };
}

/**
 * Configuration for a version that serves HTTP, or does not. `mode`: the one that came with it, where one did; it may be
 * the default that held before, and be asked for now.
 */
export function configuredFor(
  configuration: Configuration,
  serves: boolean,
  ceilings: Ceilings,
  mode?: Settings["mode"],
): Configuration {
  if (configuration.serves === serves) return configuration;
  const asked = mode === undefined ? configuration.asked : { ...configuration.asked, mode };
  return configured({ ...configuration, asked }, ceilings, serves);
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
