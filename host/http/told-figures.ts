/** Figures of a host as its routes tell them: those of one process, or of workers that answer as one. */
import type { MetricsFormat } from "../observe/exposition.ts";
import type { HostState, Metrics } from "../observe/host-metrics.ts";
import type { ToldSeries } from "../observe/host-series.ts";
import type { SeriesRange } from "../observe/time-series.ts";
import type { Soon } from "../platform/soon.ts";
import type { Counters } from "../registry/counters.ts";
import type { PastTrap, PluginCondition } from "../registry/told-plugins.ts";

/** Plugin as whoever looks at the whole host sees it. */
export interface SeenPlugin extends PluginCondition {
  readonly counters: Counters;
  /** Newest first. */
  readonly traps: readonly PastTrap[];
}

/** Workers of a host, by their numbers, from 1. */
export interface HeardWorkers {
  readonly answered: readonly { readonly worker: number; readonly pid: number; readonly uptime: number }[];
  /** Numbers of those that did not answer in time: the newest of these is missing. */
  readonly late: readonly number[];
}

/** State of a host that is one process, or several. */
export interface WholeState extends HostState {
  /** Seconds. */
  readonly uptime: number;
  readonly workers?: HeardWorkers;
}

export interface Figures {
  /** See `Metrics.text`; undefined where the owner shows no metrics. */
  readonly text?: (
    format: MetricsFormat,
    sees?: (plugin: string) => boolean,
  ) => AsyncGenerator<string, void, undefined>;
  readonly series?: (plugin: string | undefined, range: SeriesRange, after?: number) => Soon<ToldSeries>;
  readonly state?: () => Soon<WholeState>;
  /** Sight of plugins, by their names; absent where the registry of the one process tells all. */
  readonly plugins?: (names: readonly string[]) => Promise<SeenPlugins>;
}

export interface SeenPlugins {
  /** Plugin of those; undefined for one that none has. */
  find(name: string): SeenPlugin | undefined;
  /** Workers that did not answer in time. */
  readonly late: number;
}

/** Figures of a host that is one process. */
export function ownFigures(metrics: Metrics | undefined): Figures {
  if (!metrics) return {};
  return {
    text: (format, sees) => metrics.text(format, sees),
    series: (plugin, range, after) => metrics.series(plugin, range, after),
    state: () => ({ ...metrics.state(), uptime: Math.round(process.uptime()) }),
  };
}

/** Member of an answer that says so where workers did not answer in time. */
export function lateIn(seen: SeenPlugins | undefined): { lateWorkers?: number } {
  return seen && seen.late > 0 ? { lateWorkers: seen.late } : {};
}
