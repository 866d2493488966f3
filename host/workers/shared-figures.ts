/** Figures of a host that is several workers, as each of them tells them. */
import type { Figures, HeardWorkers, SeenPlugin, SeenPlugins, WholeState } from "../http/told-figures.ts";
import type { MetricsFormat } from "../observe/exposition.ts";
import type { HostSource, RoomFigures } from "../observe/host-families.ts";
import { HostMeters } from "../observe/host-meters.ts";
import type { HostMetrics, HostState } from "../observe/host-metrics.ts";
import type { ToldSeries } from "../observe/host-series.ts";
import type { SeriesRange } from "../observe/time-series.ts";
import { addTold, showGauges } from "../observe/told-meters.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { DeskLine } from "./desk-line.ts";
import { countersOf } from "./flat-counters.ts";
import type { WorkerNow, WorkersAnswer } from "./protocol.ts";

/** Bytes of heap of meters of a function and of a plugin, which an answer has until it is read. */
const [functionBytes, pluginBytes] = [2_500, 1_000];

export class SharedFigures implements Figures {
  readonly #line: Pick<DeskLine, "ask">;
  readonly #metrics: Pick<HostMetrics, "state" | "textOf">;
  readonly #heap: HeapAccount;

  /** `metrics`: this worker's own. */
  constructor(
    line: Pick<DeskLine, "ask">,
    metrics: Pick<HostMetrics, "state" | "textOf">,
    heap: HeapAccount,
  ) {
    this.#line = line;
    this.#heap = heap;
    this.#metrics = metrics;
  }

  readonly text = async function* (
    this: SharedFigures,
    format: MetricsFormat,
    sees?: (plugin: string) => boolean,
  ): AsyncGenerator<string> {
    const { heard, late, meters: told, gauges } = await this.#line.ask({ about: "metrics" });
    const functions = told!.plugins.reduce((sum, { functions }) => sum + functions.length, 0);
    const bytes = functions * functionBytes + told!.plugins.length * pluginBytes;
    this.#heap.take(bytes, "an answer of /metrics");
    using stack = new DisposableStack();
    stack.defer(() => this.#heap.give(bytes));
    const meters = new HostMeters();
    addTold(meters, told!);
    showGauges(meters, gauges!);
    const { plugins = 0, damaged = 0, hosts = new Map(), versions } = this.#metrics.state();
    const source: HostSource = {
      meters,
      figures: { ...wholeOf(heard), plugins, damaged, hosts },
      processes: heard.map(({ worker, process }) => [{ worker: `${worker}` }, process] as const),
      versions,
      workers: { answered: heard.length, late: late.length },
    };
    yield* this.#metrics.textOf(source, format, sees);
  }.bind(this);

  readonly series = async (
    plugin: string | undefined,
    range: SeriesRange,
    after?: number,
  ): Promise<ToldSeries> => (await this.#line.ask({ about: "series", plugin, range, after })).series!;

  readonly state = async (): Promise<WholeState> => {
    const { heard, late } = await this.#line.ask({ about: "state" });
    return {
      ...this.#metrics.state(),
      ...wholeOf(heard),
      uptime: Math.max(0, ...heard.map(({ uptime }) => uptime)),
      workers: heardWorkers(heard, late),
    };
  };

  readonly plugins = async (names: readonly string[]): Promise<SeenPlugins> => {
    const answer = await this.#line.ask({ about: "plugins", names });
    const usages = new Map(answer.usages!.map((usage) => [usage.plugin, usage]));
    const find = (name: string): SeenPlugin | undefined => {
      const usage = usages.get(name);
      if (!usage) return undefined;
      const counters = countersOf(usage.counts, usage);
      return { counters, traps: usage.traps, ...conditionOf(name, answer) };
    };
    return { find, late: answer.late.length };
  };
}

function heardWorkers(heard: readonly WorkerNow[], late: readonly number[]): HeardWorkers {
  return { answered: heard.map(({ worker, pid, uptime }) => ({ worker, pid, uptime })), late };
}

/** Condition as the one has it that makes its calls; it is behind where it is at any, and rolled out where one says so. */
function conditionOf(name: string, { heard }: WorkersAnswer): Omit<SeenPlugin, "counters" | "traps"> {
  const all = heard.flatMap(({ plugins }) => plugins.filter(([plugin]) => plugin === name));
  const [, condition = {}] = all.find(([, , makesCalls]) => makesCalls) ?? all[0] ?? [];
  const behind = all.map(([, { behind }]) => behind).find((each) => each !== undefined);
  // The one that tries it knows of its calls before the one that leads.
  const rollouts = all.flatMap(([, { rollout }]) => rollout ?? []);
  const rollout = rollouts.find(({ host }) => host === undefined) ?? rollouts[0];
  return { ...condition, ...(behind && { behind }), ...(rollout && { rollout }) };
}

type Whole = Pick<WholeState, "cells" | "delay"> &
  Required<Pick<WholeState, "behind" | "cellMemory" | "processMemory" | "heap">>;

/** Sums, and of delays the longest. */
function wholeOf(heard: readonly WorkerNow[]): Whole {
  const states = heard.map(({ state }) => state);
  const most = (of: (state: HostState) => number) => Math.max(0, ...states.map(of));
  const sum = (of: (state: HostState) => number) => states.reduce((sum, state) => sum + of(state), 0);
  const room = (of: (state: HostState) => RoomFigures | undefined) => ({
    inUse: sum((state) => of(state)?.inUse ?? 0),
    limit: sum((state) => of(state)?.limit ?? 0),
  });
  return {
    behind: most(({ behind = 0 }) => behind),
    cells: { inline: sum(({ cells }) => cells.inline), process: sum(({ cells }) => cells.process) },
    delay: {
      p50: most(({ delay }) => delay.p50),
      p99: most(({ delay }) => delay.p99),
      max: most(({ delay }) => delay.max),
    },
    cellMemory: room(({ cellMemory }) => cellMemory),
    processMemory: room(({ processMemory }) => processMemory),
    heap: room(({ heap }) => heap),
  };
}
