import { describe, expect, it } from "vitest";
import { labels, MetricsWriter } from "../../host/observe/exposition.ts";
import { Histogram, quantile } from "../../host/observe/histogram.ts";
import { samplesOf } from "./samples.ts";

describe("a histogram", () => {
  it("counts values below each doubling of its unit", () => {
    const histogram = new Histogram(0.001);
    for (const value of [0, 0.0005, 0.001, 0.0019, 0.002, 0.0041, 1e9]) histogram.add(value);
    expect([0, 1, 2, 3, 26].map((doubling) => histogram.below(doubling))).toEqual([2, 4, 5, 6, 6]);
    expect(histogram.count).toBe(7);
  });

  it("takes what is no number, or below nothing, for the least", () => {
    const histogram = new Histogram(1);
    for (const value of [Number.NaN, -5]) histogram.add(value);
    expect(histogram.below(0)).toBe(2);
  });

  it.each([1, 3, 50, 999, 12_345, 1e6])("tells quantiles of %d to an eighth", (value) => {
    const histogram = new Histogram(1);
    histogram.add(value, 100);
    for (const q of [0.5, 0.95, 0.99])
      expect(Math.abs(quantile(histogram.buckets, q) / value - 1)).toBeLessThanOrEqual(0.13);
  });

  it("tells which value most are below", () => {
    const histogram = new Histogram(1);
    histogram.add(10, 90);
    histogram.add(1_000, 10);
    expect(quantile(histogram.buckets, 0.5)).toBeLessThan(12);
    expect(quantile(histogram.buckets, 0.95)).toBeGreaterThan(900);
    expect(quantile(new Histogram(1).buckets, 0.5)).toBeNaN();
  });
});

it("keeps labels apart from what is around them, whatever they say", () => {
  const family = { name: "hotcell_calls", type: "counter", help: "Calls." } as const;
  const out = new MetricsWriter("prometheus");
  const hostile = ['a",code="ok"} 7\nhotcell_up 1', "\\", '\\"', "\n", "{}", "名\u202e", "\ud800"];
  for (const plugin of hostile) out.sample(family, labels({ plugin }), 1);
  const told = samplesOf(out.take());
  expect(told.map(({ name, labels, value }) => [name, labels.plugin, value])).toEqual(
    hostile.map((plugin) => ["hotcell_calls_total", plugin.toWellFormed(), 1]),
  );
});
