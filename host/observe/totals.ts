import { bucketCount, quantile } from "./histogram.ts";
import type { FunctionMeter, PluginMeter } from "./plugin-meter.ts";

/** Totals of calls, which only grow: of one plugin, or of several. Times are kept by bucket, so that those of a while have quantiles. */
export class Totals {
  calls = 0;
  /** Calls that failed, but for those whose caller left. */
  errors = 0;
  fuel = 0;
  readonly buckets = new Float64Array(bucketCount);

  add({ calls, failures, fuel, times }: FunctionMeter): void {
    this.calls += calls;
    this.fuel += fuel.sum;
    for (const [code, count] of failures) if (code !== "cancelled") this.errors += count;
    const { buckets } = times.histogram;
    for (let i = 0; i < bucketCount; i++) this.buckets[i]! += buckets[i]!;
  }

  addAll(plugin: PluginMeter): this {
    for (const meter of plugin.functions.values()) if (meter.calls > 0) this.add(meter);
    return this;
  }

  addTotals(other: Totals): void {
    this.calls += other.calls;
    this.errors += other.errors;
    this.fuel += other.fuel;
    for (let i = 0; i < bucketCount; i++) this.buckets[i]! += other.buckets[i]!;
  }

  /** Difference to what they were `before`. */
  since(before: Totals): Totals {
    const passed = new Totals();
    const from = (now: number, then: number) => Math.max(0, now - then);
    passed.calls = from(this.calls, before.calls);
    passed.errors = from(this.errors, before.errors);
    passed.fuel = from(this.fuel, before.fuel);
    for (let i = 0; i < bucketCount; i++) passed.buckets[i] = from(this.buckets[i]!, before.buckets[i]!);
    return passed;
  }

  /** Quantile of the times, in seconds; NaN where no call was timed. */
  seconds(q: number): number {
    return quantile(this.buckets, q) / 1e6;
  }
}
