import * as v from "valibot";
import { checkGrants, type Grants } from "../capabilities/link.ts";
import { parseBySchema } from "../capabilities/settings.ts";
import { defaultFuel } from "../engine/engine.ts";
import { type EngineName, engineNames } from "../engine/engines.ts";

const schema = v.strictObject({
  grants: v.optional(v.record(v.string(), v.unknown()), {}),
  mode: v.optional(v.picklist(["shared", "fresh"]), "shared"),
  engine: v.optional(v.picklist(engineNames), "direct"),
  env: v.optional(v.record(v.string(), v.string()), {}),
  limits: v.optional(
    v.strictObject({
      fuel: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(1e12)), defaultFuel),
    }),
    {},
  ),
});

/** The settings of a plugin: one schema everywhere (DESIGN §3.12). */
export interface Settings {
  readonly grants: Grants;
  /** `shared`: one cell, state lives until the next version. `fresh`: every call gets a new cell. */
  readonly mode: "shared" | "fresh";
  readonly engine: EngineName;
  /** What a plugin that exports `hotcell:plugin/lifecycle` is told when it starts. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: {
    /** Units that one call may spend; a thousand million are about half a second of work. */
    readonly fuel: number;
  };
}

/** What a caller may send: any part of Settings. Checked by `parseSettings`. */
export type SettingsInput = Readonly<Record<string, unknown>>;

/** Fills in the defaults. Throws `bad-settings` naming the member that is unknown or wrong. */
export function parseSettings(input: unknown): Settings {
  const settings = parseBySchema(schema, input, "settings");
  checkGrants(settings.grants);
  return settings;
}

/** `patch` merged into `settings` (RFC 7396: `null` removes a member), then checked as a whole. */
export function patchSettings(settings: Settings, patch: SettingsInput): Settings {
  return parseSettings(mergePatch(settings, patch));
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  // A Map, because an assignment to `__proto__` on a plain object would not be a member.
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
