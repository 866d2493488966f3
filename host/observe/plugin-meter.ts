import type { ErrorCode } from "../errors.ts";
import { Histogram } from "./histogram.ts";
import { SampledTimes } from "./sampled-times.ts";

/** Units of fuel that the first bucket of calls' fuel ends at. */
export const fuelUnit = 1_000;

/** Meter of one function: how many calls of it ended how, what they took, and what they used. */
export class FunctionMeter {
  readonly plugin: string;
  readonly name: string;
  readonly times = new SampledTimes();
  readonly fuel = new Histogram(fuelUnit);
  /** Calls that failed, by code. */
  readonly failures = new Map<ErrorCode, number>();

  constructor(plugin: string, name: string) {
    this.plugin = plugin;
    this.name = name;
  }

  /** Calls that have ended, well or not. */
  get calls(): number {
    return this.fuel.count;
  }

  failed(code: ErrorCode): void {
    add(this.failures, code);
  }
}

/** Cell or process that there is, with the bytes that it has now. */
export interface MeteredCell {
  readonly memory: number;
}

/** Meter of what a plugin asks of its backends of one kind. */
export class BackendMeter {
  readonly times: SampledTimes;
  asked = 0;
  readonly failures = new Map<ErrorCode, number>();

  /** `times`: those of all plugins, as a plugin's own are not told. */
  constructor(times: SampledTimes) {
    this.times = times;
  }

  failed(code: ErrorCode): void {
    add(this.failures, code);
  }
}

/** Meters that all plugins of a host share. */
export interface SharedMeters {
  /** Meter of a function; one for several where there are too many. */
  functionOf(plugin: PluginMeter, name: string): FunctionMeter;
  /** True where metrics name the plugin; from here on, if there is a name left. */
  names(plugin: PluginMeter): boolean;
  /** Times that calls wait in queues, in milliseconds. */
  readonly queueWaits: Histogram;
  /** Times of questions to a backend. */
  backendTimes(backend: string): SampledTimes;
}

/** Meter of one plugin, over all its versions. */
export class PluginMeter {
  readonly name: string;
  readonly #shared: SharedMeters;
  readonly functions = new Map<string, FunctionMeter>();
  readonly backends = new Map<string, BackendMeter>();
  readonly cells = { inline: new Set<MeteredCell>(), process: new Set<MeteredCell>() };
  /** Cells and processes that other workers have, where it is a meter of them all. */
  readonly elsewhere = { inline: { cells: 0, memory: 0 }, process: { cells: 0, memory: 0 } };
  /** Cells and processes that have started, or have failed to. */
  readonly starts = { started: 0, failed: 0 };
  /** Requests for calls, and uploads, that were refused before anything of them began, by code. */
  readonly refusals = new Map<ErrorCode, number>();
  /** Calls that run or wait now. */
  inFlight: () => number = () => 0;

  constructor(name: string, shared: SharedMeters) {
    this.name = name;
    this.#shared = shared;
  }

  /** From here on metrics name it, where there is a name left: before anything of it runs. */
  claimName(): void {
    this.#shared.names(this);
  }

  function(name: string): FunctionMeter {
    return this.#shared.functionOf(this, name);
  }

  backend(name: string): BackendMeter {
    const found = this.backends.get(name) ?? new BackendMeter(this.#shared.backendTimes(name));
    this.backends.set(name, found);
    return found;
  }

  refused(code: ErrorCode): void {
    add(this.refusals, code);
  }

  /** A call has waited for its turn since then, by `performance.now()`. */
  queued(since: number): void {
    this.#shared.queueWaits.add(performance.now() - since);
  }

  /** Adds to another's what was counted of it, but for its functions. */
  addTo(other: PluginMeter): void {
    for (const [code, count] of this.refusals) add(other.refusals, code, count);
    for (const [name, { asked, failures }] of this.backends) {
      const meter = other.backend(name);
      meter.asked += asked;
      for (const [code, count] of failures) add(meter.failures, code, count);
    }
    other.starts.started += this.starts.started;
    other.starts.failed += this.starts.failed;
  }

  /** It has no cell. */
  get idle(): boolean {
    return this.cellsIn("inline") + this.cellsIn("process") === 0;
  }

  /** Counts from the beginning. Cells that there are still have to end. */
  clear(): void {
    for (const counts of [this.functions, this.backends, this.refusals]) counts.clear();
    Object.assign(this.starts, { started: 0, failed: 0 });
  }

  /** Calls that have ended, of functions that are told for it. */
  get calls(): number {
    let calls = 0;
    for (const meter of this.functions.values()) calls += meter.calls;
    return calls;
  }

  /** Number of its cells, or of its processes. */
  cellsIn(placement: "inline" | "process"): number {
    return this.cells[placement].size + this.elsewhere[placement].cells;
  }

  /** Bytes of its cells, or of its processes. */
  memory(placement: "inline" | "process"): number {
    let bytes = this.elsewhere[placement].memory;
    for (const { memory } of this.cells[placement]) bytes += memory;
    return bytes;
  }
}

export function add<Name>(counts: Map<Name, number>, code: Name, count = 1): void {
  counts.set(code, (counts.get(code) ?? 0) + count);
}
