import type { Figure } from "../../backends/audit/reach.ts";
import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { endedItsCell } from "../../engine/cell/cell-ends.ts";
import { ComponentError, type ErrorCode, HotcellError } from "../../errors.ts";
import { HostMeters } from "../../observe/host-meters.ts";
import type { PluginMeter } from "../../observe/plugin-meter.ts";
import { Habit } from "../../platform/shared-thread.ts";
import { beginning } from "../../text/cut.ts";
import type { Counters } from "../counters.ts";
import type { PastTrap } from "../told-plugins.ts";
import { FuelRate } from "./fuel-rate.ts";
import { ThreadTime } from "./thread-time.ts";

/** Codes that a call ends with which met a limit. */
const limited = new Set<ErrorCode>([
  "out-of-fuel",
  "out-of-memory",
  "fuel-rate",
  "timeout",
  "too-many-calls",
  "argument-too-large",
  "result-too-large",
  "no-capacity",
  "backing-off",
  "component-limit",
]);

/** It met a limit, which is counted. */
export function meetsLimit(error: HotcellError): boolean {
  return metLimit(error) !== undefined;
}

/** Code by which it met a limit, also where it only did so on its way to a deployment. */
function metLimit({ code, facts }: HotcellError): ErrorCode | undefined {
  // It was another plugin's.
  if (code === "link-failed") return undefined;
  const met = [code, facts.extra?.reason as ErrorCode].find((reason) => limited.has(reason));
  // A process may have died of anything.
  return met ?? (facts.setting === undefined ? undefined : code);
}

/** Counters over all versions of a plugin. */
export class Usages implements Counters {
  readonly since = new Date().toISOString();
  calls = 0;
  guestErrors = 0;
  traps = 0;
  cancelled = 0;
  inFlight = 0;
  fuel = 0;
  droppedLogLines = 0;
  droppedFields = 0;
  readonly rate = new FuelRate();
  readonly time = new ThreadTime();
  readonly habit = new Habit();
  /** Rate of starts on the host's own account: when they are deployed, tried, or woken. */
  readonly starts: FuelRate;
  readonly #lastTraps: PastTrap[] = [];
  readonly #limits = new Map<ErrorCode, number>();
  readonly #reach = new Map<string, Map<string, Figure>>();
  /** Meter for whoever looks at the host from outside. */
  readonly meter: PluginMeter;

  /** `of`: whose starts these are too. Without a meter nobody sees them from outside. */
  constructor(of?: Usages, meter: PluginMeter = new HostMeters().plugin("")) {
    this.starts = of?.starts ?? new FuelRate();
    this.meter = meter;
    meter.inFlight = () => this.inFlight;
  }

  get limits(): Counters["limits"] {
    return Object.fromEntries(this.#limits);
  }

  get reach(): Counters["reach"] {
    const told = (figures: ReadonlyMap<string, Figure>) =>
      Object.fromEntries(
        [...figures].map(([name, { value }]) => [name, value]).filter(([, value]) => value !== 0),
      );
    return Object.fromEntries(
      [...this.#reach]
        .map(([name, figures]) => [name, told(figures)] as const)
        .filter(([, figures]) => Object.keys(figures).length > 0),
    );
  }

  /** Figure of what it reached by a capability, to be added to. */
  figure(capability: string, name: string): Figure {
    const figures = this.#reach.get(capability) ?? new Map<string, Figure>();
    this.#reach.set(capability, figures);
    const figure = figures.get(name) ?? { value: 0 };
    figures.set(name, figure);
    return figure;
  }

  /** Newest calls that ended their cell, newest first. */
  get lastTraps(): readonly PastTrap[] {
    return this.#lastTraps.toReversed();
  }

  /** Remembers a call that ended its cell, by what callers are told of it. */
  trapped(key: string, { code, message }: HotcellError): void {
    const detail = beginning(message, pluginBounds.trapText.value);
    this.#lastTraps.push({ at: new Date().toISOString(), function: key, code, detail });
    if (this.#lastTraps.length > pluginBounds.traps.value) this.#lastTraps.shift();
  }

  /** Forgetting of those, when it is removed: what it said is nothing for whoever deploys something else under its name. */
  forgetTraps(): void {
    this.#lastTraps.length = 0;
  }

  /** Counts lines that it logged and nobody gets to see. */
  dropped(lines: number): void {
    this.droppedLogLines += lines;
  }

  /** Counts header fields that it answered with and nobody gets to see. */
  droppedOf(fields: number): void {
    this.droppedFields += fields;
  }

  /** Counts a request that was refused before anything of it began. */
  refused(error: HotcellError): void {
    this.meter.refused(error.code);
    this.failed(error);
  }

  /** Counts a call or upload that failed so. */
  failed(error: unknown): void {
    if (error instanceof ComponentError) this.guestErrors++;
    if (!(error instanceof HotcellError)) return;
    if (error.code === "cancelled") this.cancelled++;
    if (endedItsCell(error)) this.traps++;
    const code = metLimit(error);
    if (code) this.#limits.set(code, (this.#limits.get(code) ?? 0) + 1);
  }
}
