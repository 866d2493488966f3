import { type MetricsFormat, MetricsWriter } from "./exposition.ts";
import { type HostFigures, writeHost } from "./host-families.ts";
import { HostMeters } from "./host-meters.ts";
import { MachineFigures } from "./machine-figures.ts";
import { writePlugins } from "./plugin-families.ts";

/** UTF-16 units of a piece of an answer. */
const pieceLength = 64 * 1024;
/** Milliseconds between two ticks. */
const tickPeriod = 5_000;

/** Metrics of one host, as `GET /metrics` tells them; ended with the host. */
export class HostMetrics {
  readonly meters = new HostMeters();
  readonly #machine = new MachineFigures();
  readonly #versions: Readonly<Record<string, string>>;
  readonly #timer: NodeJS.Timeout;
  #figures: (() => HostFigures) | undefined;

  /** `version`: Hotcell's. */
  constructor(version: string) {
    this.#versions = { version, node: process.versions.node };
    this.#timer = setInterval(() => this.#tick(), tickPeriod).unref();
  }

  /** Looks at the host's own figures from here on. */
  lookAt(figures: () => HostFigures): void {
    this.#figures = figures;
  }

  /**
   * Text of all metrics, in pieces between which others may run. `sees`: plugins that whoever asks may know of, who then is told
   * of nothing else; absent for whoever may see all.
   */
  *text(format: MetricsFormat, sees?: (plugin: string) => boolean): Generator<string> {
    const out = new MetricsWriter(format);
    for (const _ of this.#written(out, sees)) if (out.length >= pieceLength) yield out.take();
    out.end();
    yield out.take();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#machine.close();
  }

  *#written(out: MetricsWriter, sees: ((plugin: string) => boolean) | undefined): Generator<void> {
    yield* writePlugins(out, this.meters, sees);
    const figures = this.#figures?.();
    if (!sees && figures) yield* writeHost(out, this.meters, figures, this.#machine, this.#versions);
  }

  #tick(): void {
    this.#machine.tick();
    this.meters.tick();
  }
}
