/** Families of metrics that have a plugin's name as a label. */
import type { ErrorCode } from "../errors.ts";
import { type Family, labels, type MetricsWriter, type Scale } from "./exposition.ts";
import { type HostMeters, otherName } from "./host-meters.ts";
import { type FunctionMeter, fuelUnit, type PluginMeter } from "./plugin-meter.ts";

/** Scale of times in milliseconds, told in seconds: from 4 µs to 67 s. */
export const seconds: Scale = {
  doublings: [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26],
  unit: 0.001,
  factor: 0.001,
};
const fuel: Scale = { doublings: [0, 3, 6, 9, 12, 15, 18, 21, 24], unit: fuelUnit, factor: 1 };

const calls: Family = {
  name: "hotcell_calls",
  type: "counter",
  help: "Calls and served requests that have ended, by the code of their error, or ok.",
};
const callSeconds: Family = {
  name: "hotcell_call_seconds",
  type: "histogram",
  help: "Seconds that calls took, with what they waited for.",
};
const callFuel: Family = {
  name: "hotcell_call_fuel",
  type: "histogram",
  help: "Units of fuel that calls used.",
};
const refusals: Family = {
  name: "hotcell_refusals",
  type: "counter",
  help: "Requests that were refused before anything of them began, by the code of the refusal.",
};
const inFlight: Family = {
  name: "hotcell_calls_in_flight",
  type: "gauge",
  help: "Calls that run or wait.",
};
const cells: Family = {
  name: "hotcell_cells",
  type: "gauge",
  help: "Cells in the host, and processes of plugins.",
};
const cellBytes: Family = {
  name: "hotcell_plugin_memory_bytes",
  type: "gauge",
  help: "Bytes of memory of cells in the host; of processes, those that were resident when last looked at.",
};
const starts: Family = {
  name: "hotcell_cell_starts",
  type: "counter",
  help: "Cells and processes that have started, or have failed to.",
};
const backendCalls: Family = {
  name: "hotcell_backend_calls",
  type: "counter",
  help: "Questions of plugins to backends, by the code of their error, or ok.",
};

/** A plugin under the name that it is told by, with others in its place where it stands for them. */
interface Told {
  readonly label: string;
  readonly plugins: readonly PluginMeter[];
}

/**
 * Writes all of them, of the plugins that `sees` is true of; those without names, together, for whoever sees all (`sees` is
 * absent). A step between two plugins is where others may run.
 */
export function* writePlugins(
  out: MetricsWriter,
  meters: HostMeters,
  sees: ((plugin: string) => boolean) | undefined,
): Generator<void> {
  const named = [...meters.named].filter(({ name }) => sees?.(name) ?? true);
  const told: Told[] = named.map((plugin) => ({ label: labels({ plugin: plugin.name }), plugins: [plugin] }));
  const functions = named.flatMap((plugin) => [...plugin.functions.values()]);
  if (sees === undefined) {
    told.push({ label: labels({ plugin: otherName }), plugins: [...meters.unnamed()] });
    functions.push(...meters.other.functions.values());
  }
  const called = functions
    .filter((meter) => meter.calls > 0)
    .map((meter) => ({ meter, label: labels({ plugin: meter.plugin, function: meter.name }) }));
  out.family(calls);
  for (const { meter, label } of called) yield writeCalls(out, meter, label);
  out.family(callSeconds);
  for (const { meter, label } of called)
    yield out.histogram(callSeconds, label, meter.times.histogram, seconds);
  out.family(callFuel);
  for (const { meter, label } of called) yield out.histogram(callFuel, label, meter.fuel, fuel);
  yield* writeCounts(out, refusals, told, (plugin) => [["", plugin.refusals]]);
  out.family(inFlight);
  for (const { label, plugins } of told)
    yield out.sample(
      inFlight,
      label,
      sum(plugins, (plugin) => plugin.inFlight()),
    );
  for (const [family, of] of [
    [cells, (plugin: PluginMeter, placed: Placed) => plugin.cellsIn(placed)],
    [cellBytes, (plugin: PluginMeter, placed: Placed) => plugin.memory(placed)],
  ] as const) {
    out.family(family);
    for (const { label, plugins } of told)
      for (const placed of ["inline", "process"] as const) {
        const value = sum(plugins, (plugin) => of(plugin, placed));
        if (value > 0) yield out.sample(family, `${label},placement="${placed}"`, value);
      }
  }
  out.family(starts);
  for (const { label, plugins } of told)
    for (const outcome of ["started", "failed"] as const)
      yield out.sample(
        starts,
        `${label},outcome="${outcome}"`,
        sum(plugins, (plugin) => plugin.starts[outcome]),
      );
  yield* writeCounts(out, backendCalls, told, (plugin) =>
    [...plugin.backends].map(([name, { asked, failures }]) => {
      const failed = sum([...failures.values()], (count) => count);
      return [`,backend="${name}"`, new Map([["ok", asked - failed] as const, ...failures])];
    }),
  );
}

type Placed = "inline" | "process";

function writeCalls(out: MetricsWriter, meter: FunctionMeter, label: string): void {
  let failed = 0;
  for (const [code, count] of meter.failures) {
    out.sample(calls, `${label},code="${code}"`, count);
    failed += count;
  }
  out.sample(calls, `${label},code="ok"`, meter.calls - failed);
}

/** Counts by code, with other labels before it. */
function* writeCounts(
  out: MetricsWriter,
  family: Family,
  told: readonly Told[],
  of: (plugin: PluginMeter) => readonly (readonly [string, ReadonlyMap<ErrorCode | "ok", number>])[],
): Generator<void> {
  out.family(family);
  for (const { label, plugins } of told) {
    const counts = new Map<string, number>();
    for (const plugin of plugins)
      for (const [more, codes] of of(plugin))
        for (const [code, count] of codes) {
          const key = `${label}${more},code="${code}"`;
          counts.set(key, (counts.get(key) ?? 0) + count);
        }
    for (const [key, count] of counts) yield out.sample(family, key, count);
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  let total = 0;
  for (const one of all) total += of(one);
  return total;
}
