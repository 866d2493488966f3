import { observeBounds } from "../bounds/observe-bounds.ts";
import type { HostMeters } from "./host-meters.ts";
import type { PluginMeter } from "./plugin-meter.ts";
import { columns, ranges, type SeriesRange, TimeSeries } from "./time-series.ts";
import { Totals } from "./totals.ts";

/** Plugins that have series of their own. */
const maxSeries = observeBounds.series.value;
/** Part of a plugin's use that is left after five seconds: half of it after some minutes. */
const remembered = 0.98;

/** Series as they are told: columns of numbers, by their names. */
export interface ToldSeries {
  readonly range: SeriesRange;
  /** Seconds of a step. */
  readonly step: number;
  /** Null: all plugins together. */
  readonly plugin: string | null;
  readonly columns: readonly string[];
  /** Columns of numbers, the first of which is the times at which steps begin, in seconds since 1970. */
  readonly data: readonly (readonly (number | null)[])[];
}

/** Series of a host: of all plugins together, and of those that are used most. */
export class HostSeries {
  readonly #meters: HostMeters;
  readonly #all: TimeSeries;
  readonly #own = new Map<PluginMeter, TimeSeries>();
  /** Calls of late of plugins, and what had been counted at the last tick. */
  readonly #use = new Map<PluginMeter, { late: number; totals: Totals }>();

  /** Begins at that time, in seconds since 1970. */
  constructor(meters: HostMeters, now: number) {
    this.#meters = meters;
    this.#all = new TimeSeries(now, new Totals());
  }

  /** Some seconds have passed: it is that time. */
  tick(now: number): void {
    const { named, gone } = this.#meters;
    const all = new Totals();
    all.addTotals(gone);
    let [cells, memory] = [0, 0];
    for (const plugin of [...named, ...this.#meters.unnamed()]) {
      cells += cellsOf(plugin);
      memory += memoryOf(plugin);
    }
    all.addAll(this.#meters.other);
    for (const plugin of [...this.#own.keys(), ...this.#use.keys()])
      if (!named.has(plugin)) this.#forget(plugin);
    for (const plugin of named) {
      const totals = this.#totalsOf(plugin);
      all.addTotals(totals);
      const series = this.#own.get(plugin) ?? this.#place(plugin, totals, now);
      this.#note(plugin, totals);
      series?.tick(now, totals, { cells: cellsOf(plugin), memory: memoryOf(plugin) });
    }
    this.#all.tick(now, all, { cells, memory });
  }

  /** Steps that begin after `after`, in seconds since 1970; none of a plugin that is not used much. */
  told(plugin: string | undefined, range: SeriesRange, after = -1): ToldSeries {
    const series = plugin === undefined ? this.#all : this.#ownOf(plugin);
    const data = series?.data(range, after) ?? [[], ...columns.map(() => [])];
    const { step } = ranges[range];
    return { range, step, plugin: plugin ?? null, columns: ["time", ...columns], data };
  }

  #ownOf(plugin: string): TimeSeries | undefined {
    const meter = this.#meters.find(plugin);
    return meter && this.#own.get(meter);
  }

  #forget(plugin: PluginMeter): void {
    this.#own.delete(plugin);
    this.#use.delete(plugin);
  }

  /** Totals of the plugin: those of the last tick, where nothing was called since. */
  #totalsOf(plugin: PluginMeter): Totals {
    const before = this.#use.get(plugin)?.totals;
    return plugin.calls === before?.calls ? before : new Totals().addAll(plugin);
  }

  #note(plugin: PluginMeter, totals: Totals): void {
    const use = this.#use.get(plugin);
    const came = Math.max(0, totals.calls - (use?.totals.calls ?? 0));
    this.#use.set(plugin, { late: (use?.late ?? 0) * remembered + came, totals });
  }

  /** Series for a plugin that has none, where there is room, or another is used less than half as much. */
  #place(plugin: PluginMeter, totals: Totals, now: number): TimeSeries | undefined {
    const use = this.#use.get(plugin);
    if (this.#own.size >= maxSeries) {
      if (!use || use.late === 0) return undefined;
      const late = (of: PluginMeter) => this.#use.get(of)?.late ?? 0;
      let [least] = this.#own.keys();
      for (const other of this.#own.keys()) if (late(other) < late(least!)) least = other;
      if (use.late <= 2 * late(least!)) return undefined;
      this.#own.delete(least!);
    }
    // One that was not there at the last tick has been used since.
    const series = use ? new TimeSeries(now, totals) : new TimeSeries(now - ranges.hour.step, new Totals());
    this.#own.set(plugin, series);
    return series;
  }
}

function cellsOf(plugin: PluginMeter): number {
  return plugin.cellsIn("inline") + plugin.cellsIn("process");
}

function memoryOf(plugin: PluginMeter): number {
  return plugin.memory("inline") + plugin.memory("process");
}
