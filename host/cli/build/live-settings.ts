import type { SettingsInput } from "../../registry/settings/settings.ts";
import { isObject } from "../../text/json-value.ts";

/** Settings that a plugin's folder asks for, as an upload sends them. */
export interface FolderSettings {
  readonly settings: SettingsInput;
  /** Capabilities that checks hold still for exact answers, such as a fixed clock: people who use it get the real ones. */
  readonly grant: readonly string[];
}

/**
 * `now` is what the folder says, `before` what it said when it was sent last: what is there no more is taken back, and
 * nothing else is touched that the plugin's owner set on the host.
 */
export function liveSettings(now: SettingsInput, before: SettingsInput = {}): FolderSettings {
  const { grants } = now;
  const fixed = isObject(grants) ? Object.keys(grants).filter((name) => isFixed(grants[name])) : [];
  const settings: SettingsInput = patch(before, now);
  const sent = isObject(settings.grants) ? Object.entries(settings.grants) : [];
  const others = sent.filter(([name]) => !fixed.includes(name));
  return {
    settings: fixed.length > 0 ? { ...settings, grants: Object.fromEntries(others) } : settings,
    grant: fixed,
  };
}

type Members = Readonly<Record<string, unknown>>;

/** A merge patch (RFC 7396): all of `now`, and `null` for what only `before` has. */
function patch(before: Members, now: Members): Members {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(now, name));
  const kept = Object.entries(now).map(([name, value]) => {
    const earlier = before[name];
    return [name, isObject(value) && isObject(earlier) ? patch(earlier, value) : value];
  });
  return Object.fromEntries([...gone.map((name) => [name, null]), ...kept]);
}

function isFixed(grant: unknown): boolean {
  return isObject(grant) && ("fixed" in grant || "seed" in grant);
}
