import { redact, sameSettings } from "../capabilities/secret.ts";
import type { Settings } from "./settings.ts";

/** A setting that a request changes. */
export interface SettingsChange {
  /** `mode`, `limits.memory`, `grants.clocks`, `env.KEY`. */
  readonly path: string;
  /**
   * `grant`: it gives authority, which is a capability that is granted now, or granted with other settings. `configure`:
   * anything else, also that a grant is withdrawn.
   */
  readonly kind: "configure" | "grant";
  /** What held before, as answers show it; absent where there was nothing. */
  readonly from?: unknown;
  /** What holds now; absent where there is nothing. */
  readonly to?: unknown;
}

/** Members whose own members are settings each. */
const groups = ["grants", "env", "limits"] as const;

/** What differs, in the order of the settings' members. */
export function settingsChanges(before: Settings, after: Settings): SettingsChange[] {
  const [from, to] = [flat(before), flat(after)];
  const [shownFrom, shownTo] = [shown(before), shown(after)];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((path): SettingsChange[] => {
    if (sameSettings(from.get(path), to.get(path))) return [];
    const values = [shownFrom.get(path), shownTo.get(path)];
    // The plain value that becomes a secret may well be the secret.
    const [left, right] = values.some(isSecret) ? values.map((value) => value && { secret: true }) : values;
    return [
      {
        path,
        kind: path.startsWith("grants.") && granted(to.get(path)) ? "grant" : "configure",
        ...(left !== undefined && { from: left }),
        ...(right !== undefined && { to: right }),
      },
    ];
  });
}

function shown(settings: Settings): Map<string, unknown> {
  return flat(redact(settings));
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

function granted(settings: unknown): boolean {
  return settings !== undefined && settings !== false;
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secret" in value;
}
