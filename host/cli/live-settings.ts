import type { SettingsInput } from "../registry/settings.ts";

/** Checks hold clocks and chance still for exact answers; a plugin that people use gets the real ones. */
export function liveSettings(settings: SettingsInput): SettingsInput {
  const { grants } = settings;
  if (typeof grants !== "object" || grants === null) return settings;
  const live = Object.entries(grants).map(([name, grant]) => [name, isFixed(grant) ? true : grant]);
  return { ...settings, grants: Object.fromEntries(live) };
}

function isFixed(grant: unknown): boolean {
  return typeof grant === "object" && grant !== null && ("fixed" in grant || "seed" in grant);
}
