/** Settings as lines of `path=value`, which `hotcell set` takes again. */

import type { SettingsChange } from "../../registry/settings/settings-changes.ts";

const groups: readonly string[] = ["grants", "env", "limits"];

/** Settings, each on a line. */
export function settingLines(settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    groups.includes(name) && typeof value === "object" && value !== null
      ? Object.entries(value).map(([member, each]) => `${name}.${member}=${JSON.stringify(each)}`)
      : [`${name}=${JSON.stringify(value)}`],
  );
}

/** A change of a setting, or of checks: `limits.fuel: 1000 → 2000`. */
export function changeLine({ path, from, to }: Pick<SettingsChange, "path" | "from" | "to">): string {
  return `${path}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
