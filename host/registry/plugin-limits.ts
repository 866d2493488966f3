/** The limits of a plugin, their defaults, and the ceilings that the host's owner sets for all of them. */
import * as v from "valibot";
import type { AmountCeilings } from "../capabilities/grant-amounts.ts";
import { defaultComponentLimits as components, type StructureLimits } from "../component/structure-limits.ts";
import { defaultBudget } from "../engine/engine.ts";
import { HotcellError } from "../errors.ts";
import type { PlacedLimits, PlacementName } from "../placement/placement.ts";
import type { TreeLimits } from "../tree/file-tree.ts";

/** All in `settings.limits`, every one shown in the plugin's details. */
export interface PluginLimits extends StructureLimits, PlacedLimits, TreeLimits {
  /** Units that all calls together may spend in a second, once what was saved up is spent. */
  readonly fuelPerSecond: number;
  /** Bytes of the JSON that a call's arguments come as. */
  readonly argumentBytes: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

interface Range {
  readonly min: number;
  readonly default: number;
  readonly max: number;
}

const ranges: { readonly [Name in keyof PluginLimits]: Range } = {
  memory: { min: 64 * KiB, default: 64 * MiB, max: 4096 * MiB },
  tableElements: { min: 0, default: 65_536, max: 10_000_000 },
  fuel: { min: 1_000, default: defaultBudget.fuel, max: 1e12 },
  fuelPerSecond: { min: 1_000, default: defaultBudget.fuel, max: 1e12 },
  time: { min: 1, default: 10_000, max: 3_600_000 },
  streamTime: { min: 1, default: 60_000, max: 3_600_000 },
  requestBytes: { min: 0, default: 128 * MiB, max: 1024 * 1024 * MiB },
  responseBytes: { min: 0, default: 128 * MiB, max: 1024 * 1024 * MiB },
  argumentBytes: { min: 2, default: 8 * MiB, max: 64 * MiB },
  resultBytes: { min: 0, default: defaultBudget.resultBytes, max: 1024 * MiB },
  processMemory: { min: 64 * MiB, default: 256 * MiB, max: 8192 * MiB },
  logBytes: { min: 0, default: 64 * KiB, max: 1024 * MiB },
  concurrency: { min: 1, default: 16, max: 1_000 },
  queue: { min: 0, default: 1_000, max: 100_000 },
  componentBytes: { min: 8, default: components.componentBytes, max: 256 * MiB },
  coreModules: { min: 0, default: components.coreModules, max: 1_000 },
  instances: { min: 0, default: components.instances, max: 10_000 },
  exports: { min: 0, default: components.exports, max: 100_000 },
  typeNesting: { min: 0, default: components.typeNesting, max: 100 },
  uploadFiles: { min: 0, default: 1_000, max: 100_000 },
  uploadFileBytes: { min: 0, default: 16 * MiB, max: 1024 * MiB },
};

export const limitNames = Object.keys(ranges) as (keyof PluginLimits)[];

export const defaultLimits = Object.fromEntries(
  limitNames.map((name) => [name, ranges[name].default]),
) as unknown as PluginLimits;

/** Limits on a component that is to be read at all: those that are stored were within their plugin's limits once. */
export const readable: StructureLimits = {
  componentBytes: ranges.componentBytes.max,
  coreModules: ranges.coreModules.max,
  instances: ranges.instances.max,
  exports: ranges.exports.max,
  typeNesting: ranges.typeNesting.max,
};

/** Ceilings: values that each limit, and each amount of a grant, has at most on a host, whatever a plugin's owner asks for. */
export type Ceilings = Partial<PluginLimits> & AmountCeilings;

/** Ceilings that hold when the owner sets none; of the other limits the most that can be asked for. */
export const defaultCeilings: Ceilings = {
  memory: 1024 * MiB,
  fuel: 10 * defaultBudget.fuel,
  fuelPerSecond: 2 * defaultBudget.fuel,
  argumentBytes: 8 * MiB,
  componentBytes: 64 * MiB,
  uploadFiles: 10_000,
  uploadFileBytes: 32 * MiB,
  processMemory: 2048 * MiB,
};

/** Highest value of a limit that can be asked for on a host whose owner sets no ceilings, with placement "inline". */
export function ceilingOf(name: keyof PluginLimits): number {
  return defaultCeilings[name] ?? ranges[name].max;
}

/** Fuel of a plugin in a process, where time stops it, and the fuel it takes is taken from nobody else. */
const unmetered = { fuel: ranges.fuel.max, fuelPerSecond: ranges.fuelPerSecond.max };

const amount = ({ min, max }: Range) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)));

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

/** It can't be raised on this host. */
export function isAtCeiling(
  ceilings: Ceilings,
  placement: PlacementName,
  name: keyof PluginLimits,
  value: number,
): boolean {
  return value >= highestOf(ceilings, placement, name);
}

/** Highest value of a limit that can be asked for on a host. */
export function highestOf(ceilings: Ceilings, placement: PlacementName, name: keyof PluginLimits): number {
  return Math.min(ceilingsFor(placement, ceilings)[name] ?? Infinity, ranges[name].max);
}

/** The limits that hold for a plugin that asks for these: else the defaults, and none above its ceiling. */
export function limitsThatHold(
  ceilings: Ceilings,
  asked: AskedLimits,
  placement: PlacementName,
): PluginLimits {
  const bounds = ceilingsFor(placement, ceilings);
  const defaults = defaultsFor(placement);
  const entries = limitNames.map((name) => [
    name,
    Math.min(asked[name] ?? defaults[name], bounds[name] ?? Infinity),
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
  const defaults = defaultsFor(placement);
  const asked = limitNames.filter((name) => {
    const value = held[name];
    return value !== undefined && (value !== bounds[name] || value >= defaults[name]);
  });
  return Object.fromEntries(asked.map((name) => [name, held[name]]));
}

function defaultsFor(placement: PlacementName): PluginLimits {
  return placement === "process" ? { ...defaultLimits, ...unmetered } : defaultLimits;
}

function ceilingsFor(placement: PlacementName, ceilings: Ceilings): Ceilings {
  return placement === "process" ? { ...ceilings, ...unmetered } : ceilings;
}
