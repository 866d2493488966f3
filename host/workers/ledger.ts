/** Ledger of all that the workers of a host have counted, kept by the process that has them: it goes on when they end. */
import { pluginBounds } from "../bounds/cell-bounds.ts";
import { HostMeters } from "../observe/host-meters.ts";
import { HostSeries } from "../observe/host-series.ts";
import { addTold, addToldMeter, type PluginGauges, showGauges } from "../observe/told-meters.ts";
import type { PastTrap } from "../registry/told-plugins.ts";
import type { Told, ToldUsage } from "./protocol.ts";

interface KeptUsage {
  readonly since: string;
  readonly counts: Record<string, number>;
  traps: readonly PastTrap[];
}

export class Ledger<Worker> {
  readonly meters = new HostMeters();
  readonly #series: HostSeries;
  readonly #usages = new Map<string, KeptUsage>();
  readonly #gauges = new Map<Worker, ReadonlyMap<string, PluginGauges>>();
  /** Workers that have counted something of a plugin, and not heard that it was removed. */
  readonly #counting = new Map<string, Set<Worker>>();

  /** Begins at that time, in seconds since 1970. */
  constructor(now: number) {
    this.#series = new HostSeries(this.meters, now);
  }

  /** Adds what a worker tells. */
  add(worker: Worker, { meters, usages, gauges, forgotten }: Told): void {
    addTold(this.meters, meters);
    for (const { name } of meters.plugins) {
      const counting = this.#counting.get(name) ?? new Set();
      this.#counting.set(name, counting.add(worker));
    }
    for (const usage of usages) this.#addUsage(usage);
    for (const plugin of forgotten) {
      addToldMeter(this.meters, plugin);
      const { name } = plugin;
      const counting = this.#counting.get(name);
      counting?.delete(worker);
      // Others have yet to tell what they counted before: of what is deployed anew nothing is forgotten then.
      if (counting && counting.size > 0) continue;
      this.#counting.delete(name);
      this.meters.forget(name);
      const usage = this.#usages.get(name);
      if (usage) usage.traps = [];
    }
    this.#gauges.set(worker, new Map(gauges.map((each) => [each.plugin, each])));
  }

  /** A worker has ended: what it counted stays. */
  left(worker: Worker): void {
    this.#gauges.delete(worker);
    for (const counting of this.#counting.values()) counting.delete(worker);
  }

  /** Cells of all. */
  get gauges(): PluginGauges[] {
    return [...this.#gauges.values()].flatMap((each) => [...each.values()]);
  }

  /** Sums of what was counted of a plugin; undefined where nothing was. */
  usage(plugin: string): (ToldUsage & { readonly inFlight: number }) | undefined {
    const usage = this.#usages.get(plugin);
    if (!usage) return undefined;
    let inFlight = 0;
    for (const gauges of this.#gauges.values()) inFlight += gauges.get(plugin)?.inFlight ?? 0;
    return { plugin, ...usage, inFlight };
  }

  /** A step of the series is over at that time, in seconds since 1970. */
  tick(now: number): void {
    showGauges(this.meters, this.gauges);
    this.#series.tick(now);
  }

  series(...[plugin, range, after]: Parameters<HostSeries["told"]>): ReturnType<HostSeries["told"]> {
    return this.#series.told(plugin, range, after);
  }

  #addUsage({ plugin, since, counts, traps }: ToldUsage): void {
    const usage = this.#usages.get(plugin) ?? { since, counts: {}, traps: [] };
    this.#usages.set(plugin, usage);
    for (const [name, count] of Object.entries(counts))
      usage.counts[name] = (usage.counts[name] ?? 0) + count;
    if (traps.length === 0) return;
    const newestFirst = [...traps, ...usage.traps].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
    usage.traps = newestFirst.slice(0, pluginBounds.traps.value);
  }
}
