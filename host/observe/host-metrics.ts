import { breathe } from "../platform/breath.ts";
import { type MetricsFormat, MetricsWriter } from "./exposition.ts";
import { type HostFigures, type HostSource, writeHost } from "./host-families.ts";
import { HostMeters } from "./host-meters.ts";
import { HostSeries, type ToldSeries } from "./host-series.ts";
import { MachineFigures, type ProcessFigures } from "./machine-figures.ts";
import { writePlugins } from "./plugin-families.ts";
import { ranges, type SeriesRange } from "./time-series.ts";

/** UTF-16 units of a piece of an answer. */
const pieceLength = 64 * 1024;
/** Milliseconds between two ticks: the shortest step of series. */
const tickPeriod = ranges.hour.step * 1_000;

/** Figures of a host for whoever shows them: as `GET /metrics` and `GET /series` tell them. */
export interface Metrics {
  /**
   * Text of all metrics, in pieces that are made when they are asked for, one in a turn of the event loop whoever asks. `sees`: plugins that whoever asks may know of, who then is told
   * of nothing else; absent for whoever may see all.
   */
  text(format: MetricsFormat, sees?: (plugin: string) => boolean): AsyncGenerator<string>;
  /** Series of a plugin, or of all together; of steps that begin after `after`, in seconds since 1970. */
  series(plugin: string | undefined, range: SeriesRange, after?: number): ToldSeries;
  /** State at this moment. */
  state(): HostState;
}

/** State of a host at a moment, as `GET /readyz?verbose` tells it. Rooms are bytes, delays of the event loop seconds. */
export interface HostState extends Partial<HostFigures> {
  readonly versions: Readonly<Record<string, string>>;
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Cells in the host, and processes of plugins. */
  readonly cells: { readonly inline: number; readonly process: number };
}

/** Metrics of one host, ended with it. */
export class HostMetrics implements Metrics {
  readonly meters = new HostMeters();
  readonly #machine = new MachineFigures();
  readonly #versions: Readonly<Record<string, string>>;
  readonly #series = new HostSeries(this.meters, Date.now() / 1_000);
  #timer: NodeJS.Timeout | undefined;
  #figures: (() => HostFigures) | undefined;
  #turns: Promise<void> = Promise.resolve();

  /** `version`: Hotcell's. */
  constructor(version: string) {
    this.#versions = { version, node: process.versions.node };
    this.#wait();
  }

  /** Looks at the host's own figures from here on. */
  lookAt(figures: () => HostFigures): void {
    this.#figures = figures;
  }

  /** See `Metrics.text`. */
  text(format: MetricsFormat, sees?: (plugin: string) => boolean): AsyncGenerator<string> {
    const { meters } = this;
    const figures = this.#figures?.();
    const versions = this.#versions;
    const processes = [[{}, this.#machine.figures()]] as const;
    return this.textOf(figures ? { meters, figures, processes, versions } : { meters }, format, sees);
  }

  /** See `Metrics.text`, of what others count too. */
  async *textOf(
    source: HostSource | Pick<HostSource, "meters">,
    format: MetricsFormat,
    sees?: (plugin: string) => boolean,
  ): AsyncGenerator<string> {
    const out = new MetricsWriter(format);
    await this.#turn();
    for (const _ of written(out, source, sees)) {
      if (out.length < pieceLength) continue;
      yield out.take();
      await this.#turn();
    }
    out.end();
    yield out.take();
  }

  /** See `Metrics.series`. */
  series(plugin: string | undefined, range: SeriesRange, after?: number): ToldSeries {
    return this.#series.told(plugin, range, after);
  }

  state(): HostState {
    const cells = this.meters.cells();
    return { versions: this.#versions, delay: this.#machine.delay, cells, ...this.#figures?.() };
  }

  /** A step of the series is over at that time, in seconds since 1970. */
  tick(now: number): void {
    this.#series.tick(now);
    this.#machine.tick();
    this.meters.tick();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#machine.close();
  }

  /** Figures of the process that this host runs in. */
  process(): ProcessFigures {
    return this.#machine.figures();
  }

  /** Resolves in a turn of its own, after those who came before. */
  #turn(): Promise<void> {
    this.#turns = this.#turns.then(breathe);
    return this.#turns;
  }

  /** Ticks where steps end, and not a little before or later each time. */
  #wait(): void {
    const left = tickPeriod - (Date.now() % tickPeriod);
    this.#timer = setTimeout(() => {
      this.#wait();
      this.tick(Date.now() / 1_000);
    }, left).unref();
  }
}

function* written(
  out: MetricsWriter,
  source: HostSource | Pick<HostSource, "meters">,
  sees: ((plugin: string) => boolean) | undefined,
): Generator<void> {
  yield* writePlugins(out, source.meters, sees);
  if (!sees && "figures" in source) yield* writeHost(out, source);
}
