/** Messages between the process that has the workers and these: what they count, limit and remember together. */
import type { ErrorCode, ErrorFacts } from "../errors.ts";
import type { HostState } from "../observe/host-metrics.ts";
import type { ToldSeries } from "../observe/host-series.ts";
import type { ProcessFigures } from "../observe/machine-figures.ts";
import type { SeriesRange } from "../observe/time-series.ts";
import type { PluginGauges, ToldMeter, ToldMeters } from "../observe/told-meters.ts";
import type { PastTrap, PluginCondition } from "../registry/told-plugins.ts";

/** Number that is another one whenever these messages are: after a reload workers may be a newer Hotcell than the process that has them. */
export const workersProtocol = 2;

/** Increments of what a worker has counted of a plugin since it told last. */
export interface ToldUsage {
  readonly plugin: string;
  /** Time when its counters were all 0. */
  readonly since: string;
  /** Counts by name; see `flatCounters`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Calls that ended their cell, newest first. */
  readonly traps: readonly PastTrap[];
}

/** Increments of all that a worker has counted since it told last, and how it stands. */
export interface Told {
  readonly meters: ToldMeters;
  readonly usages: readonly ToldUsage[];
  readonly gauges: readonly PluginGauges[];
  /** Plugins that have been removed, with what was counted last of each. */
  readonly forgotten: readonly ToldMeter[];
}

/** Worker at a moment; `worker` is its number, from 1. */
export interface WorkerNow {
  readonly worker: number;
  readonly pid: number;
  /** Seconds. */
  readonly uptime: number;
  readonly state: HostState;
  readonly process: ProcessFigures;
  /** Plugins that were asked for, and run there. */
  readonly plugins: readonly (readonly [name: string, condition: PluginCondition, makesCalls: boolean])[];
}

/** Amount that a client took of a limit, in milliseconds until it has that again. */
export interface Taking {
  readonly of: "rate" | "wrong-token";
  readonly client: string;
  readonly milliseconds: number;
}

/** Question of a worker to the one that has them all. */
export type WorkersQuestion =
  | { readonly about: "metrics" | "state" }
  | { readonly about: "plugins"; readonly names: readonly string[] }
  | {
      readonly about: "series";
      readonly plugin: string | undefined;
      readonly range: SeriesRange;
      readonly after: number | undefined;
    };

/** Answer to a question about figures. Members are there as the question needs them. */
export interface WorkersAnswer {
  readonly heard: readonly WorkerNow[];
  /** Numbers of workers that did not answer in time. */
  readonly late: readonly number[];
  readonly meters?: ToldMeters;
  readonly gauges?: readonly PluginGauges[];
  readonly usages?: readonly (ToldUsage & { readonly inFlight: number })[];
  readonly series?: ToldSeries;
}

interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

export type FromWorker =
  | { readonly desk: "join"; readonly worker: number }
  | { readonly desk: "told"; readonly told: Told; readonly last: boolean }
  | { readonly desk: "now"; readonly id: number; readonly told: Told; readonly now: WorkerNow }
  | { readonly desk: "ask"; readonly id: number; readonly question: WorkersQuestion }
  | { readonly desk: "took"; readonly takings: readonly Taking[] };

export type ToWorker =
  | { readonly desk: "tell"; readonly id: number; readonly names: readonly string[] }
  | { readonly desk: "answer"; readonly id: number; readonly answer: WorkersAnswer }
  | { readonly desk: "refuse"; readonly id: number; readonly error: SentError }
  | { readonly desk: "took"; readonly takings: readonly Taking[] };

/** Test for messages of these among all that pass between the two. */
export function isForDesk<Message extends FromWorker | ToWorker>(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "desk" in message;
}
