import { observeBounds } from "../bounds/observe-bounds.ts";
import type { ErrorCode } from "../errors.ts";
import { Histogram } from "./histogram.ts";
import { add, FunctionMeter, PluginMeter, type SharedMeters } from "./plugin-meter.ts";
import { SampledTimes } from "./sampled-times.ts";
import { Totals } from "./totals.ts";

/** Name under which whatever is not named by itself is counted. */
export const otherName = "other";

const maxPlugins = observeBounds.plugins.value;
const maxFunctions = observeBounds.functions.value;
const maxFunctionsOfPlugin = observeBounds.functionsOfPlugin.value;

/** Milliseconds of the least time of a stage that is told apart from none. */
const stageUnit = 0.1;

/** Deployments that came to the same. */
export interface DeploymentCount {
  readonly kind: string;
  readonly outcome: string;
  readonly code: ErrorCode | "ok";
  count: number;
}

/**
 * Meters of one host: of each plugin, and of what all share. Plugins and functions are named as they are first used, as many as
 * there are names for; the others are counted together. A plugin that is removed gives its names back.
 */
export class HostMeters implements SharedMeters {
  /** Plugin in whose place those are counted that have no name; one of that very name is among them. */
  readonly other: PluginMeter = new PluginMeter(otherName, this);
  readonly #all = new Map<string, PluginMeter>();
  readonly #named = new Set<PluginMeter>();
  /** Totals of plugins that are no more. */
  readonly gone = new Totals();
  /** Functions that have names. */
  #functions = 0;
  readonly queueWaits = new Histogram(0.001);
  readonly backends = new Map<string, SampledTimes>();
  readonly #deployments = new Map<string, DeploymentCount>();
  /** Looks at what plugins follow in registries, by what they came to. */
  readonly sourceChecks = new Map<string, number>();
  /** Told of a plugin before what was counted of it is forgotten. */
  forgetting: (plugin: PluginMeter) => void = () => {};
  /** Times of deployments' stages, in milliseconds. */
  readonly stages = new Map<string, Histogram>();

  plugin(name: string): PluginMeter {
    if (name === otherName) return this.other;
    let meter = this.#all.get(name);
    if (!meter) {
      meter = new PluginMeter(name, this);
      this.#all.set(name, meter);
    }
    return meter;
  }

  /** Meter of a plugin that there is one of. */
  find(name: string): PluginMeter | undefined {
    return name === otherName ? this.other : this.#all.get(name);
  }

  /** Forgets what was counted of a plugin that is no more; its name is free for another. */
  forget(name: string): void {
    const meter = this.#all.get(name);
    if (!meter) return;
    this.forgetting(meter);
    if (this.#named.delete(meter)) {
      this.gone.addAll(meter);
      this.#functions -= meter.functions.size;
    } else meter.addTo(this.other);
    meter.clear();
    if (meter.idle) this.#all.delete(name);
  }

  names(plugin: PluginMeter): boolean {
    if (plugin === this.other) return false;
    if (this.#named.has(plugin)) return true;
    if (this.#named.size >= maxPlugins) return false;
    this.#named.add(plugin);
    // Of others only ever more can have been counted.
    plugin.addTo(this.other);
    plugin.clear();
    return true;
  }

  functionOf(plugin: PluginMeter, name: string): FunctionMeter {
    if (!this.names(plugin)) return functionIn(this.other, otherName);
    const found = plugin.functions.get(name);
    if (found) return found;
    const full = this.#functions >= maxFunctions || plugin.functions.size >= maxFunctionsOfPlugin;
    if (full && name !== otherName) return this.functionOf(plugin, otherName);
    this.#functions++;
    return functionIn(plugin, name);
  }

  backendTimes(backend: string): SampledTimes {
    const found = this.backends.get(backend) ?? new SampledTimes();
    this.backends.set(backend, found);
    return found;
  }

  deployed(
    kind: string,
    outcome: string,
    code: ErrorCode | "ok",
    timings: Readonly<Record<string, number>>,
  ): void {
    this.addDeployments({ kind, outcome, code, count: 1 });
    for (const [stage, milliseconds] of Object.entries(timings)) this.stageTimes(stage).add(milliseconds);
  }

  addDeployments({ kind, outcome, code, count }: DeploymentCount): void {
    const key = `${kind} ${outcome} ${code}`;
    const found = this.#deployments.get(key) ?? { kind, outcome, code, count: 0 };
    this.#deployments.set(key, found);
    found.count += count;
  }

  stageTimes(stage: string): Histogram {
    const times = this.stages.get(stage) ?? new Histogram(stageUnit);
    this.stages.set(stage, times);
    return times;
  }

  sourceChecked(outcome: string): void {
    add(this.sourceChecks, outcome);
  }

  get deployments(): Iterable<DeploymentCount> {
    return this.#deployments.values();
  }

  /** Plugins that have names. */
  get named(): ReadonlySet<PluginMeter> {
    return this.#named;
  }

  /** Plugins that have none, and what is counted for all of them. */
  *unnamed(): Generator<PluginMeter> {
    yield this.other;
    for (const plugin of this.#all.values()) if (!this.#named.has(plugin)) yield plugin;
  }

  /** Plugins that have names, those that have none, and what is counted for all of these. */
  all(): readonly PluginMeter[] {
    return [this.other, ...this.#all.values()];
  }

  /** Cells that there are, of all plugins. */
  cells(): { readonly inline: number; readonly process: number } {
    let [inline, process] = [0, 0];
    for (const plugin of this.all()) {
      inline += plugin.cellsIn("inline");
      process += plugin.cellsIn("process");
    }
    return { inline, process };
  }

  /** From here on calls are timed one by one again, as many as are between two ticks. */
  tick(): void {
    for (const plugin of [this.other, ...this.#named])
      for (const { times } of plugin.functions.values()) times.tick();
    for (const times of this.backends.values()) times.tick();
  }
}

function functionIn(plugin: PluginMeter, name: string): FunctionMeter {
  const found = plugin.functions.get(name) ?? new FunctionMeter(plugin.name, name);
  plugin.functions.set(name, found);
  return found;
}
