/** Meters as they pass between processes that count together: what one has counted since it told last, or all that several have. */
import type { ErrorCode } from "../errors.ts";
import type { ToldHistogram } from "./histogram.ts";
import type { DeploymentCount, HostMeters } from "./host-meters.ts";
import { add, type FunctionMeter, type PluginMeter } from "./plugin-meter.ts";

type Counts = readonly (readonly [ErrorCode, number])[];

interface ToldFunction {
  readonly name: string;
  readonly times: ToldHistogram;
  readonly fuel: ToldHistogram;
  readonly failures: Counts;
}

export interface ToldMeter {
  readonly name: string;
  /** Metrics name it. */
  readonly named: boolean;
  readonly functions: readonly ToldFunction[];
  readonly backends: readonly (readonly [name: string, asked: number, failures: Counts])[];
  readonly starts: { readonly started: number; readonly failed: number };
  readonly refusals: Counts;
}

/** Cells of a plugin at a moment, and what is under way in them. */
export interface PluginGauges {
  readonly plugin: string;
  readonly inFlight: number;
  readonly inline: { readonly cells: number; readonly memory: number };
  readonly process: { readonly cells: number; readonly memory: number };
}

export interface ToldMeters {
  readonly plugins: readonly ToldMeter[];
  readonly queueWaits: ToldHistogram;
  readonly backends: readonly (readonly [name: string, times: ToldHistogram])[];
  readonly deployments: readonly DeploymentCount[];
  readonly sourceChecks: readonly (readonly [outcome: string, count: number])[];
  readonly stages: readonly (readonly [stage: string, times: ToldHistogram])[];
}

/** All that was counted; `taken`: from here on all is counted from 0 again. */
export function toldMeters(meters: HostMeters, taken = false): ToldMeters {
  const named = [...meters.named, ...meters.unnamed()];
  const told = {
    plugins: named.map((plugin) => toldMeter(plugin, meters.named.has(plugin), taken)),
    queueWaits: meters.queueWaits.told(taken),
    backends: [...meters.backends].map(([name, times]) => [name, times.histogram.told(taken)] as const),
    deployments: [...meters.deployments].map((each) => ({ ...each })).filter(({ count }) => count > 0),
    sourceChecks: [...meters.sourceChecks],
    stages: [...meters.stages].map(([stage, times]) => [stage, times.told(taken)] as const),
  };
  if (taken) {
    for (const each of meters.deployments) each.count = 0;
    meters.sourceChecks.clear();
  }
  return taken ? { ...told, plugins: told.plugins.filter(saysSomething) } : told;
}

/** All that was counted of one plugin; `taken` as above. */
export function toldMeter(plugin: PluginMeter, named: boolean, taken: boolean): ToldMeter {
  const { name, functions, backends, refusals, starts } = plugin;
  const told = {
    name,
    named,
    functions: [...functions.values()].flatMap((meter) =>
      meter.calls > 0 ? [toldFunction(meter, taken)] : [],
    ),
    backends: [...backends].flatMap(([name, { asked, failures }]) =>
      asked > 0 ? [[name, asked, [...failures]] as const] : [],
    ),
    starts: { ...starts },
    refusals: [...refusals],
  };
  if (taken) {
    for (const meter of backends.values()) {
      meter.asked = 0;
      meter.failures.clear();
    }
    Object.assign(starts, { started: 0, failed: 0 });
    refusals.clear();
  }
  return told;
}

function toldFunction(meter: FunctionMeter, taken: boolean): ToldFunction {
  const told = {
    name: meter.name,
    times: meter.times.histogram.told(taken),
    fuel: meter.fuel.told(taken),
    failures: [...meter.failures],
  };
  if (taken) meter.failures.clear();
  return told;
}

function saysSomething({ functions, backends, starts, refusals }: ToldMeter): boolean {
  return functions.length + backends.length + refusals.length + starts.started + starts.failed > 0;
}

/** Adds what was told. */
export function addTold(meters: HostMeters, told: ToldMeters): void {
  for (const plugin of told.plugins) addToldMeter(meters, plugin);
  meters.queueWaits.addTold(told.queueWaits);
  for (const [name, times] of told.backends) meters.backendTimes(name).histogram.addTold(times);
  for (const each of told.deployments) meters.addDeployments(each);
  for (const [outcome, count] of told.sourceChecks) add(meters.sourceChecks, outcome, count);
  for (const [stage, times] of told.stages) meters.stageTimes(stage).addTold(times);
}

/** Adds what was told of one plugin. */
export function addToldMeter(
  meters: HostMeters,
  { name, named, functions, backends, starts, refusals }: ToldMeter,
): void {
  const plugin = meters.plugin(name);
  if (named) plugin.claimName();
  for (const { name, times, fuel, failures } of functions) {
    const meter = plugin.function(name);
    meter.times.histogram.addTold(times);
    meter.fuel.addTold(fuel);
    addCounts(meter.failures, failures);
  }
  for (const [name, asked, failures] of backends) {
    const meter = plugin.backend(name);
    meter.asked += asked;
    addCounts(meter.failures, failures);
  }
  plugin.starts.started += starts.started;
  plugin.starts.failed += starts.failed;
  addCounts(plugin.refusals, refusals);
}

function addCounts(counts: Map<ErrorCode, number>, more: Counts): void {
  for (const [code, count] of more) add(counts, code, count);
}

/** Cells of all plugins that have some, or calls under way. */
export function toldGauges(meters: HostMeters): PluginGauges[] {
  return meters.all().flatMap((plugin) => {
    const inFlight = plugin.inFlight();
    const [inline, process] = [plugin.cellsIn("inline"), plugin.cellsIn("process")];
    if (inFlight + inline + process === 0) return [];
    return {
      plugin: plugin.name,
      inFlight,
      inline: { cells: inline, memory: plugin.memory("inline") },
      process: { cells: process, memory: plugin.memory("process") },
    };
  });
}

/** Meters show these cells from here on, and no others of other processes. */
export function showGauges(meters: HostMeters, gauges: Iterable<PluginGauges>): void {
  const sums = new Map<string, PluginGauges[]>();
  for (const each of gauges) {
    const known = sums.get(each.plugin) ?? [];
    known.push(each);
    sums.set(each.plugin, known);
  }
  // One that nothing is counted of any more has been removed.
  for (const plugin of meters.all()) show(plugin, sums.get(plugin.name) ?? []);
}

function show(plugin: PluginMeter, gauges: readonly PluginGauges[]): void {
  let inFlight = 0;
  for (const each of gauges) inFlight += each.inFlight;
  plugin.inFlight = () => inFlight;
  for (const placement of ["inline", "process"] as const) {
    let [cells, memory] = [0, 0];
    for (const each of gauges) {
      cells += each[placement].cells;
      memory += each[placement].memory;
    }
    Object.assign(plugin.elsewhere[placement], { cells, memory });
  }
}
