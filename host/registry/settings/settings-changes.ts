import type { ParsedGrants } from "../../capabilities/grants.ts";
import { type Json, Secret, sameSettings, seal, secretsIn } from "../../capabilities/secret.ts";
import { isObject } from "../../text/json-value.ts";
import { covers, type PluginRoute } from "../routing/route-setting.ts";
import type { Configuration, SettingsInput } from "./settings.ts";

/** A setting that a request changes. */
export interface SettingsChange {
  /** `mode`, `limits.memory`, `grants.clocks`, `env.KEY`. */
  readonly path: string;
  /**
   * `grant`: it gives authority, which is a capability that is granted now, or granted with other settings, calls that need
   * no token any more, or leave for other plugins to link to it. `admin`: it takes paths or hosts that are nobody's so far, or lets the plugin reach
   * private addresses. `deploy`: it says where code comes from. `configure`: anything else, also that a
   * grant is withdrawn.
   */
  readonly kind: "configure" | "deploy" | "grant" | "admin";
  /**
   * Value that held before, as answers show it; absent where there was nothing. The same as `to` where all that changes is
   * whether it is asked for: a default by its name, or more than a ceiling allows.
   */
  readonly from?: Json;
  /** Value that holds now; absent where there is nothing. */
  readonly to?: Json;
}

/** A change of a plugin's checks. They come and go with the code that they are about, so it takes no more than that. */
export interface ChecksChange {
  readonly path: "checks";
  readonly kind: "deploy";
  /** Number of checks before; absent where there were none. */
  readonly from?: number;
  readonly to?: number;
}

/** Members whose own members are settings each. */
const groups = ["grants", "env", "limits"] as const;

/** Differences in what is asked for or in what holds, those first that were there before. */
export function settingsChanges(before: Configuration, after: Configuration): SettingsChange[] {
  const [froms, tos] = [flat(before.settings), flat(after.settings)];
  const [askedFroms, askedTos] = [flat(before.asked), flat(after.asked)];
  return [...new Set([...froms.keys(), ...tos.keys()])].flatMap((path): SettingsChange[] => {
    const [from, to] = [froms.get(path), tos.get(path)];
    const held = sameSettings(from, to);
    if (held && sameSettings(askedFroms.get(path), askedTos.get(path))) return [];
    return [
      {
        path,
        kind: held ? "configure" : kindOfChange(path, from, to, after.grants),
        ...(from !== undefined && { from: shownBeside(from, to) }),
        ...(to !== undefined && { to: shownBeside(to, from) }),
      },
    ];
  });
}

/** The change of what can't be read to what is put in its place, were that the defaults. */
export const allSettings: SettingsChange = { path: "settings", kind: "configure" };

/**
 * Secrets that came with a request as changes, besides `changes`: who may not change one may not learn either whether
 * it is what they guess.
 */
export function secretsSent(
  { env, grants }: SettingsInput,
  changes: readonly SettingsChange[],
): SettingsChange[] {
  const sent = Object.entries(isObject(env) ? env : {}).filter(([, value]) => seal(value) instanceof Secret);
  const granted = Object.entries(isObject(grants) ? grants : {}).filter(
    ([, value]) => secretsIn(seal(value)).length > 0,
  );
  const both = [
    ...sent.map(([name]) => ({ path: `env.${name}`, kind: "configure" as const })),
    ...granted.map(([name]) => ({ path: `grants.${name}`, kind: "grant" as const })),
  ];
  return both
    .filter(({ path }) => !changes.some((change) => change.path === path))
    .map((change) => ({ ...change, from: { secret: true }, to: { secret: true } }));
}

/** Settings by path. */
function flat(settings: object): Map<string, unknown> {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, unknown][] => {
    const group = (groups as readonly string[]).includes(name);
    return group
      ? Object.entries(value as object).map(([key, each]) => [`${name}.${key}`, each])
      : [[name, value]];
  });
  return new Map(entries);
}

function kindOfChange(
  path: string,
  from: unknown,
  to: unknown,
  grants: ParsedGrants,
): SettingsChange["kind"] {
  // Without the setting it is as the host has it: that may be more than there was, or less than what comes.
  if (path === "access") return to === "public" || from === "token" ? "grant" : "configure";
  if (path === "routes") return claimsMore(from as Routes, to as Routes) ? "admin" : "configure";
  if (path === "source") return "deploy";
  if (path === "linkable") return to === undefined ? "configure" : "grant";
  if (!path.startsWith("grants.") || !granted(to)) return "configure";
  return grants.isForAdmins(path.slice("grants.".length)) ? "admin" : "grant";
}

type Routes = readonly PluginRoute[] | undefined;

function claimsMore(from: Routes = [], to: Routes = []): boolean {
  return to.some((route) => !from.some((before) => covers(before, route)));
}

function granted(settings: unknown): boolean {
  return settings !== undefined && settings !== false;
}

/** Without secrets, nor what stands where `other` has one: the plain value that becomes a secret may well be it. */
function shownBeside(value: unknown, other: unknown): Json {
  if (value instanceof Secret || (other instanceof Secret && value !== undefined)) return { secret: true };
  if (Array.isArray(value)) {
    const others: readonly unknown[] = Array.isArray(other) ? other : [];
    return value.map((each, i) => shownBeside(each, others[i]));
  }
  if (!isObject(value)) return value as Json;
  const others = isObject(other) && !(other instanceof Secret) ? other : {};
  const shown = Object.entries(value).map(([name, each]) => [name, shownBeside(each, others[name])]);
  return Object.fromEntries(shown);
}
