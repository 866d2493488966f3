/** Parts that each doubling of a value is divided into: what a quantile says is at most an eighth too high or too low. */
const parts = 4;
const partBits = 2;
/** Doublings that are told apart; a larger value counts as the largest. */
const doublings = 27;

/** Number of a histogram's buckets: one for values below the unit, and the parts of each doubling. */
export const bucketCount = 1 + doublings * parts;

/** Histogram as it passes from one process to another. */
export interface ToldHistogram {
  readonly count: number;
  readonly sum: number;
  /** Bucket and its count, one after the other. */
  readonly buckets: readonly number[];
}

/**
 * Histogram of values from a unit to 2^27 of it, in buckets whose bounds are the unit times 2^k and the quarters between
 * (1, 1.25, 1.5, 1.75, 2, 2.5 …). It adds in some nanoseconds, and takes the same memory whatever is added.
 */
export class Histogram {
  readonly buckets = new Float64Array(bucketCount);
  readonly #unit: number;
  count = 0;
  sum = 0;

  /** `unit`: the least value that is told apart from nothing. */
  constructor(unit: number) {
    this.#unit = unit;
  }

  /** Adds a value, `weight` times. */
  add(value: number, weight = 1): void {
    this.buckets[bucketOf(value / this.#unit)]! += weight;
    this.count += weight;
    this.sum += value * weight;
  }

  /** Counts of it that are not 0, to be added to another histogram of the same unit; `taken`: it begins anew. */
  told(taken: boolean): ToldHistogram {
    const { count, sum } = this;
    const buckets: number[] = [];
    if (count > 0)
      for (let i = 0; i < bucketCount; i++) if (this.buckets[i]! > 0) buckets.push(i, this.buckets[i]!);
    if (taken && count > 0) {
      this.buckets.fill(0);
      this.count = 0;
      this.sum = 0;
    }
    return { count, sum, buckets };
  }

  /** Adds what was told of another one. */
  addTold({ count, sum, buckets }: ToldHistogram): void {
    for (let i = 0; i < buckets.length; i += 2) this.buckets[buckets[i]!]! += buckets[i + 1]!;
    this.count += count;
    this.sum += sum;
  }

  /** Values below `unit × 2^doubling`. */
  below(doubling: number): number {
    const end = 1 + doubling * parts;
    let count = 0;
    for (let i = 0; i < end; i++) count += this.buckets[i]!;
    return count;
  }
}

/** Bucket of a value, in units. */
function bucketOf(units: number): number {
  if (!(units >= 1)) return 0;
  if (units >= 2 ** doublings) return bucketCount - 1;
  // Four bits more, so that the first doublings have quarters too.
  const whole = (units * (1 << partBits)) | 0;
  const doubling = 31 - Math.clz32(whole) - partBits;
  const part = (whole >> doubling) & (parts - 1);
  return 1 + doubling * parts + part;
}

/** Value, in units, that a bucket begins at. */
function startOf(bucket: number): number {
  if (bucket === 0) return 0;
  const doubling = Math.floor((bucket - 1) / parts);
  return 2 ** doubling * (1 + ((bucket - 1) % parts) / parts);
}

/** Quantile of counts by bucket, in units: the middle of the bucket that it lies in; NaN where there are none. */
export function quantile(buckets: ArrayLike<number>, q: number): number {
  let total = 0;
  for (let i = 0; i < bucketCount; i++) total += buckets[i]!;
  if (total === 0) return Number.NaN;
  let left = q * total;
  for (let i = 0; i < bucketCount; i++) {
    left -= buckets[i]!;
    if (left <= 0 && buckets[i]! > 0) return (startOf(i) + startOf(i + 1)) / 2;
  }
  return startOf(bucketCount - 1);
}
