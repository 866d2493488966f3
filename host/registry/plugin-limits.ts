/** The limits of a plugin, their defaults, and the ceilings that the host's owner sets for all of them. */
import * as v from "valibot";
import { defaultComponentLimits as components, type StructureLimits } from "../component/structure-limits.ts";
import { defaultBudget } from "../engine/engine.ts";
import { HotcellError } from "../errors.ts";
import type { PlacedLimits, PlacementName } from "../placement/placements.ts";

/** All in `settings.limits`, every one shown in the plugin's details. */
export interface PluginLimits extends StructureLimits, PlacedLimits {
  /** Units that all calls together may spend in a second, once what was saved up is spent. */
  readonly fuelPerSecond: number;
  /** Bytes of the JSON that a call's arguments come as. */
  readonly argumentBytes: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

interface Range {
  readonly least: number;
  readonly usual: number;
  readonly most: number;
}

const ranges: { readonly [Name in keyof PluginLimits]: Range } = {
  memory: { least: 64 * KiB, usual: 64 * MiB, most: 4096 * MiB },
  tableElements: { least: 0, usual: 65_536, most: 10_000_000 },
  fuel: { least: 1_000, usual: defaultBudget.fuel, most: 1e12 },
  fuelPerSecond: { least: 1_000, usual: defaultBudget.fuel, most: 1e12 },
  time: { least: 1, usual: 10_000, most: 3_600_000 },
  argumentBytes: { least: 2, usual: 8 * MiB, most: 64 * MiB },
  resultBytes: { least: 0, usual: defaultBudget.resultBytes, most: 1024 * MiB },
  processMemory: { least: 64 * MiB, usual: 256 * MiB, most: 8192 * MiB },
  logBytes: { least: 0, usual: 64 * KiB, most: 1024 * MiB },
  concurrency: { least: 1, usual: 16, most: 1_000 },
  queue: { least: 0, usual: 1_000, most: 100_000 },
  componentBytes: { least: 8, usual: components.componentBytes, most: 256 * MiB },
  coreModules: { least: 0, usual: components.coreModules, most: 1_000 },
  instances: { least: 0, usual: components.instances, most: 10_000 },
  exports: { least: 0, usual: components.exports, most: 100_000 },
  typeNesting: { least: 0, usual: components.typeNesting, most: 100 },
};

export const limitNames = Object.keys(ranges) as (keyof PluginLimits)[];

export const defaultLimits = Object.fromEntries(
  limitNames.map((name) => [name, ranges[name].usual]),
) as unknown as PluginLimits;

/** What a component may hold to be read at all: those that are stored were within their plugin's limits once. */
export const readable: StructureLimits = {
  componentBytes: ranges.componentBytes.most,
  coreModules: ranges.coreModules.most,
  instances: ranges.instances.most,
  exports: ranges.exports.most,
  typeNesting: ranges.typeNesting.most,
};

/** What each limit is at most on a host, whatever a plugin's owner asks for. */
export type Ceilings = Partial<PluginLimits>;

/** Those of a host whose owner sets none; of the other limits the most that can be asked for. */
export const defaultCeilings: Ceilings = {
  memory: 1024 * MiB,
  fuel: 10 * defaultBudget.fuel,
  fuelPerSecond: 2 * defaultBudget.fuel,
  argumentBytes: 8 * MiB,
  componentBytes: 64 * MiB,
  processMemory: 2048 * MiB,
};

/** The most of a limit that can be asked for on a host whose owner sets no ceilings, with placement "inline". */
export function ceilingOf(name: keyof PluginLimits): number {
  return defaultCeilings[name] ?? ranges[name].most;
}

/** In a process it is time that stops a plugin, and fuel that it takes is taken from nobody else. */
const unmetered = { fuel: ranges.fuel.most, fuelPerSecond: ranges.fuelPerSecond.most };

const amount = ({ least, most }: Range) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)));

/** `settings.limits` as it may be sent: any of them. */
export const limitsSchema = v.strictObject(
  Object.fromEntries(limitNames.map((name) => [name, amount(ranges[name])])) as {
    [Name in keyof PluginLimits]: ReturnType<typeof amount>;
  },
);

/** Limits as they are asked for: some of them. */
export type AskedLimits = Partial<PluginLimits>;

/** Throws `bad-settings` for a limit above its ceiling. */
export function requireWithinCeilings(
  ceilings: Ceilings,
  asked: AskedLimits,
  placement: PlacementName,
): void {
  const bounds = ceilingsFor(placement, ceilings);
  for (const name of limitNames) {
    const ceiling = bounds[name];
    const wanted = asked[name];
    if (ceiling === undefined || wanted === undefined || wanted <= ceiling) continue;
    throw new HotcellError("bad-settings", `limits.${name} is at most ${ceiling} on this host.`, {
      subject: `settings.limits.${name}`,
      limit: ceiling,
      actual: wanted,
      remedy: "Ask for less, or ask the host's owner to raise the ceiling (HOTCELL_CEILINGS).",
    });
  }
}

/** Whether it can't be raised on this host. */
export function isAtCeiling(
  ceilings: Ceilings,
  placement: PlacementName,
  name: keyof PluginLimits,
  value: number,
): boolean {
  return value >= (ceilingsFor(placement, ceilings)[name] ?? ranges[name].most);
}

/** The limits that hold for a plugin that asks for these: else the defaults, and none above its ceiling. */
export function limitsThatHold(
  ceilings: Ceilings,
  asked: AskedLimits,
  placement: PlacementName,
): PluginLimits {
  const bounds = ceilingsFor(placement, ceilings);
  const usual = usualLimits(placement);
  const entries = limitNames.map((name) => [
    name,
    Math.min(asked[name] ?? usual[name], bounds[name] ?? Infinity),
  ]);
  return Object.fromEntries(entries) as unknown as PluginLimits;
}

/** Limits that held once, but for those that are what a ceiling made of a default. */
export function withoutLoweredDefaults(
  ceilings: Ceilings,
  held: AskedLimits,
  placement: PlacementName,
): AskedLimits {
  const bounds = ceilingsFor(placement, ceilings);
  const usual = usualLimits(placement);
  const asked = limitNames.filter((name) => {
    const value = held[name];
    return value !== undefined && (value !== bounds[name] || value >= usual[name]);
  });
  return Object.fromEntries(asked.map((name) => [name, held[name]]));
}

function usualLimits(placement: PlacementName): PluginLimits {
  return placement === "process" ? { ...defaultLimits, ...unmetered } : defaultLimits;
}

function ceilingsFor(placement: PlacementName, ceilings: Ceilings): Ceilings {
  return placement === "process" ? { ...ceilings, ...unmetered } : ceilings;
}
