/** Text of metrics, as Prometheus has it (exposition format 0.0.4), or as OpenMetrics 1.0 does. */
import type { Histogram } from "./histogram.ts";

/** Form of the text of metrics. */
export type MetricsFormat = "prometheus" | "openmetrics";

/** Media types of the formats. */
export const metricsTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Family of metrics; a counter's name is without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

/** Scale by which a histogram is told: bounds that are told, as doublings of its unit, and the factor to the unit of the metric. */
export interface Scale {
  readonly doublings: readonly number[];
  readonly unit: number;
  readonly factor: number;
}

/** Labels as they stand between braces. Values may be any texts. */
export function labels(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join();
}

function escaped(value: string): string {
  return value.toWellFormed().replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}

/** Writer of one answer, taken from it in pieces. */
export class MetricsWriter {
  readonly #format: MetricsFormat;
  readonly #bounds = new Map<Scale, readonly string[]>();
  #text = "";

  constructor(format: MetricsFormat) {
    this.#format = format;
  }

  /** UTF-16 units that have not been taken. */
  get length(): number {
    return this.#text.length;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** All samples of the family follow. */
  family({ name, type, help }: Family): void {
    const counted = type === "counter" && this.#format === "prometheus" ? `${name}_total` : name;
    this.#text += `# HELP ${counted} ${help}\n# TYPE ${counted} ${type}\n`;
  }

  sample({ name, type }: Family, labels: string, value: number): void {
    this.#line(type === "counter" ? `${name}_total` : name, labels, value);
  }

  histogram({ name }: Family, labels: string, histogram: Histogram, scale: Scale): void {
    const bounds = this.#boundsOf(scale);
    const before = labels === "" ? "" : `${labels},`;
    for (const [i, doubling] of scale.doublings.entries())
      this.#text += `${name}_bucket{${before}${bounds[i]}} ${histogram.below(doubling)}\n`;
    this.#text += `${name}_bucket{${before}le="+Inf"} ${histogram.count}\n`;
    this.#line(`${name}_sum`, labels, histogram.sum * scale.factor);
    this.#line(`${name}_count`, labels, histogram.count);
  }

  /** Nothing follows. */
  end(): void {
    if (this.#format === "openmetrics") this.#text += "# EOF\n";
  }

  #line(name: string, labels: string, value: number): void {
    this.#text += labels === "" ? `${name} ${told(value)}\n` : `${name}{${labels}} ${told(value)}\n`;
  }

  #boundsOf(scale: Scale): readonly string[] {
    let bounds = this.#bounds.get(scale);
    if (!bounds) {
      bounds = scale.doublings.map((doubling) => {
        const bound = Number((2 ** doubling * scale.unit * scale.factor).toPrecision(12));
        // Bounds are floats in OpenMetrics.
        return `le="${Number.isInteger(bound) ? bound.toFixed(1) : bound}"`;
      });
      this.#bounds.set(scale, bounds);
    }
    return bounds;
  }
}

function told(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
