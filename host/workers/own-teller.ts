/** Teller of what this worker has counted, for the process that has the workers. */
import type { RoomFigures } from "../observe/host-families.ts";
import type { HostMetrics, HostState } from "../observe/host-metrics.ts";
import { type ToldMeter, toldGauges, toldMeter, toldMeters } from "../observe/told-meters.ts";
import type { Registry } from "../registry/api.ts";
import type { PastTrap } from "../registry/told-plugins.ts";
import { flatCounters } from "./flat-counters.ts";
import type { Told, ToldUsage, WorkerNow } from "./protocol.ts";

/** Counters of a plugin as they were told last. */
interface LastTold {
  readonly since: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly trap: PastTrap | undefined;
}

export interface TellingHost {
  readonly registry: Registry;
  readonly metrics: Pick<HostMetrics, "meters" | "state" | "process">;
  /** True on the one worker that makes the calls of schedules, and looks after sources. */
  readonly makesCalls: () => boolean;
}

export class OwnTeller {
  readonly #host: TellingHost;
  readonly #last = new Map<string, LastTold>();
  #forgotten: ToldMeter[] = [];

  /** Meters are told from here on, and count from 0 again each time. */
  constructor(host: TellingHost) {
    this.#host = host;
    const { meters } = host.metrics;
    meters.forgetting = (plugin) => this.#forgotten.push(toldMeter(plugin, meters.named.has(plugin), true));
  }

  /** Increments since the last time, of these plugins also where nothing of them was counted. */
  take(names: readonly string[] = []): Told {
    const meters = toldMeters(this.#host.metrics.meters, true);
    const counted = new Set([...names, ...meters.plugins.map(({ name }) => name)]);
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    return {
      meters,
      usages: [...counted].flatMap((name) => this.#usage(name) ?? []),
      gauges: toldGauges(this.#host.metrics.meters),
      forgotten,
    };
  }

  /** State of this worker at this moment. */
  now(worker: number, names: readonly string[]): WorkerNow {
    const { registry, metrics, makesCalls } = this.#host;
    const deployed = names.filter((name) => registry.revision(name) !== undefined);
    return {
      worker,
      pid: process.pid,
      uptime: Math.round(process.uptime()),
      state: plain(metrics.state()),
      process: metrics.process(),
      plugins: deployed.map((name) => [name, registry.condition(name), makesCalls()] as const),
    };
  }

  #usage(plugin: string): ToldUsage | undefined {
    const { registry } = this.#host;
    if (registry.revision(plugin) === undefined) return undefined;
    const counters = registry.counters(plugin);
    const traps = registry.traps(plugin);
    const counts = flatCounters(counters);
    const known = this.#last.get(plugin);
    const { since } = counters;
    const before = known?.since === since ? known : undefined;
    this.#last.set(plugin, { since, counts, trap: traps[0] ?? before?.trap });
    const told = before?.trap ? traps.indexOf(before.trap) : -1;
    return {
      plugin,
      since,
      counts: Object.fromEntries(
        Object.entries(counts).flatMap(([name, count]) => {
          const more = count - (before?.counts[name] ?? 0);
          return more > 0 ? [[name, more]] : [];
        }),
      ),
      traps: told < 0 ? traps : traps.slice(0, told),
    };
  }
}

/** State as it can be sent: rooms are the host's own objects. */
function plain(state: HostState): HostState {
  const room = ({ inUse = 0, limit = 0 }: Partial<RoomFigures> = {}) => ({ inUse, limit });
  const { cellMemory, processMemory, heap } = state;
  return { ...state, cellMemory: room(cellMemory), processMemory: room(processMemory), heap: room(heap) };
}
