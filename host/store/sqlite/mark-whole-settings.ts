/** A step of the schema: from settings that say all that held to those that say what was asked for. */
import type { DatabaseSync } from "node:sqlite";
import { isObject } from "../../text/json-value.ts";

/** Defaults of the hosts that stored what held. They stay what they were then. */
const defaults: Readonly<Record<string, unknown>> = { mode: "shared", engine: "direct", placement: "inline" };
const defaultLimits: Readonly<Record<string, unknown>> = {
  memory: 67_108_864,
  tableElements: 65_536,
  fuel: 1e9,
  fuelPerSecond: 1e9,
  time: 10_000,
  argumentBytes: 8_388_608,
  resultBytes: 16_777_216,
  processMemory: 268_435_456,
  logBytes: 65_536,
  concurrency: 16,
  queue: 1_000,
  componentBytes: 33_554_432,
  coreModules: 100,
  instances: 1_000,
  exports: 10_000,
  typeNesting: 100,
};
const inProcess = { fuel: 1e12, fuelPerSecond: 1e12 };

/**
 * Marks stored settings: what is the default counts as not asked for, and the rest is marked with `whole`: ceilings may
 * have made it what it is, which the registry can tell better. A record that is no JSON object stays as it is.
 */
export function markWholeSettings(db: DatabaseSync): void {
  const update = db.prepare("UPDATE plugins SET settings = ? WHERE name = ?");
  const rows = db.prepare("SELECT name, settings FROM plugins").all() as { name: string; settings: string }[];
  for (const { name, settings } of rows) {
    const marked = withoutDefaults(settings);
    if (marked !== undefined) update.run(JSON.stringify(marked), name);
  }
}

function withoutDefaults(text: string): object | undefined {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(settings)) return undefined;
  const { limits, ...others } = settings;
  const standing = settings.placement === "process" ? { ...defaultLimits, ...inProcess } : defaultLimits;
  const placement = settings.engine === "jco" ? "process" : defaults.placement;
  const asked = unlike(others, { ...defaults, placement });
  return { ...asked, ...(isObject(limits) && { limits: unlike(limits, standing) }), whole: true };
}

function unlike(values: object, standing: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== standing[name]));
}
