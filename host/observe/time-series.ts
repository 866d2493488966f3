import type { Totals } from "./totals.ts";

/** Ranges that series are kept of: seconds of a step, and how many there are. */
export const ranges = {
  hour: { step: 5, steps: 720 },
  day: { step: 300, steps: 288 },
} as const;

/** Span that a series is of. */
export type SeriesRange = "hour" | "day";

/** Columns of a series, after the first, which is its times. */
export const columns = ["calls", "errors", "p50", "p95", "p99", "fuel", "cells", "memory"] as const;

/** Figures that are no sums of what came: as they are at the end of a step. */
export interface Standing {
  readonly cells: number;
  readonly memory: number;
}

/** Series of one plugin, or of all together, for an hour and a day. Takes 32 KiB, whatever comes. */
export class TimeSeries {
  readonly #rings: Readonly<Record<SeriesRange, Ring>>;

  /** Begins at that time, in seconds since 1970, with totals as they are then. */
  constructor(now: number, totals: Totals) {
    this.#rings = { hour: new Ring("hour", now, totals), day: new Ring("day", now, totals) };
  }

  /** Some seconds have passed: it is that time. */
  tick(now: number, totals: Totals, standing: Standing): void {
    for (const ring of Object.values(this.#rings)) ring.tick(now, totals, standing);
  }

  /** Columns of numbers, those of times first; of steps that begin after `after`. Null: nothing to tell. */
  data(range: SeriesRange, after: number): (number | null)[][] {
    return this.#rings[range].data(after);
  }
}

class Ring {
  readonly #step: number;
  readonly #steps: number;
  readonly #columns: readonly Float32Array[];
  /** Number of the newest step that is over, and of the oldest that is told, counted from 1970. */
  #newest: number;
  #oldest: number;
  /** Totals at the end of the newest step. */
  #before: Totals;

  constructor(range: SeriesRange, now: number, totals: Totals) {
    ({ step: this.#step, steps: this.#steps } = ranges[range]);
    this.#newest = Math.floor(now / this.#step) - 1;
    this.#oldest = this.#newest + 1;
    this.#before = totals;
    this.#columns = columns.map(() => new Float32Array(this.#steps).fill(Number.NaN));
  }

  tick(now: number, totals: Totals, { cells, memory }: Standing): void {
    const step = Math.floor(now / this.#step) - 1;
    // Of a clock that was put back nothing is told until it has come to where it was.
    if (step <= this.#newest) return;
    // Steps at which nobody looked have no figures.
    const first = Math.max(this.#newest + 1, step - this.#steps + 1);
    for (let missed = first; missed < step; missed++) this.#write(missed, undefined);
    const came = totals.since(this.#before);
    const quantiles = [0.5, 0.95, 0.99].map((q) => came.seconds(q));
    this.#write(step, [came.calls, came.errors, ...quantiles, came.fuel, cells, memory]);
    this.#before = totals;
    this.#newest = step;
    this.#oldest = Math.max(this.#oldest, step - this.#steps + 1);
  }

  #write(step: number, values: readonly number[] | undefined): void {
    for (const [i, column] of this.#columns.entries()) column[step % this.#steps] = values?.[i] ?? Number.NaN;
  }

  data(after: number): (number | null)[][] {
    const data: (number | null)[][] = [[], ...columns.map(() => [])];
    const first = Math.max(this.#oldest, Math.floor(after / this.#step) + 1);
    for (let step = first; step <= this.#newest; step++) {
      data[0]!.push(step * this.#step);
      for (const [i, column] of this.#columns.entries()) data[i + 1]!.push(told(column[step % this.#steps]!));
    }
    return data;
  }
}

/** Number with as many digits as are kept of it. */
function told(value: number): number | null {
  return Number.isNaN(value) ? null : Number(value.toPrecision(7));
}
