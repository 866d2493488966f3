import { beforeEach, describe, expect, it } from "vitest";
import { observeBounds } from "../../host/bounds/observe-bounds.ts";
import { HostMeters } from "../../host/observe/host-meters.ts";
import type { HostMetrics } from "../../host/observe/host-metrics.ts";
import { HostSeries } from "../../host/observe/host-series.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostsOfTests } from "../support/hosts.ts";

const hosts = hostsOfTests();
const { host } = hosts;

const metrics = () => host.host.metrics as HostMetrics;

/** Series over HTTP, each column by its name. */
async function series(query = ""): Promise<Record<string, (number | null)[]>> {
  const { status, json } = await host.send("GET", `/series${query}`, { anonymous: true });
  expect(status).toBe(200);
  const { columns, data } = json as { columns: string[]; data: (number | null)[][] };
  return Object.fromEntries(columns.map((column, i) => [column, data[i]!]));
}

describe("GET /series", () => {
  /** Seconds: the end of the step that it is now. */
  let end: number;
  beforeEach(async () => {
    await hosts.start();
    // Steps are the test's own from here on.
    metrics().close();
    end = 5 * Math.ceil((Date.now() + 60_000) / 5_000);
    metrics().tick(end);
  });
  const passes = (seconds = 5) => {
    end += seconds;
    metrics().tick(end);
  };

  it("tells calls, errors, times, fuel, cells and memory in steps of five seconds", async () => {
    await host.registry.deploy("calc", sample());
    for (let i = 0; i < 20; i++) await host.call("calc/add", [1, 2]);
    await host.call("calc/boom", []);
    passes();
    passes();
    const told = await series(`?plugin=calc&after=${end - 11}`);
    expect(told.time).toEqual([end - 10, end - 5]);
    expect(told.calls).toEqual([21, 0]);
    expect(told.errors).toEqual([1, 0]);
    expect(told.p50![0]).toBeGreaterThan(0);
    expect(told.p99![0]).toBeGreaterThanOrEqual(told.p50![0]!);
    expect([told.p50![1], told.p95![1], told.p99![1]]).toEqual([null, null, null]);
    // Its cell has ended with the trap.
    expect(told.cells).toEqual([0, 0]);
    await host.call("calc/add", [1, 2]);
    passes();
    const next = await series(`?plugin=calc&after=${end - 6}`);
    expect([next.cells, next.memory]).toEqual([[1], [2 * 65_536]]);
  });

  it("tells all plugins together, those too that are no more", async () => {
    for (const name of ["a", "b", "c"]) {
      await host.registry.deploy(name, sample());
      await host.call(`${name}/nothing`, []);
    }
    await host.registry.remove("c");
    passes();
    expect((await series()).calls!.at(-1)).toBe(3);
    expect((await series("?plugin=a")).calls!.at(-1)).toBe(1);
    passes();
    expect((await series()).calls!.at(-1)).toBe(0);
  });

  it("has a day in steps of five minutes", async () => {
    await host.registry.deploy("calc", sample());
    passes(300);
    const begin = 300 * Math.floor(end / 300);
    for (let i = 0; i < 7; i++) await host.call("calc/nothing", []);
    passes(300);
    const told = await series("?plugin=calc&range=day");
    expect(told.time).toContain(begin);
    expect(told.calls!.reduce((sum, calls) => sum! + calls!, 0)).toBe(7);
  });

  it("has nothing for steps at which nobody looked, and keeps an hour", async () => {
    await host.registry.deploy("calc", sample());
    passes();
    passes(15);
    expect((await series("?plugin=calc")).calls!.slice(-3)).toEqual([null, null, 0]);
    passes(7_200);
    const told = await series();
    expect(told.time).toHaveLength(720);
    expect(told.time!.at(-1)).toBe(end - 5);
  });

  it("refuses what it does not have", async () => {
    const codes = ["?plugin=none", "?plugin=A%20b", "?range=week", "?after=x", "?since=1"].map(
      async (query) => (await host.send("GET", `/series${query}`)).json.code,
    );
    expect(await Promise.all(codes)).toEqual([
      ...["plugin-not-found", "bad-plugin-name", "bad-request", "bad-request", "bad-request"],
    ]);
  });
});

it("keeps nothing for names that are asked for", () => {
  const meters = new HostMeters();
  const series = new HostSeries(meters, 0);
  for (let i = 0; i < 1_000; i++) expect(series.told(`plugin-${i}`, "hour").data[0]).toEqual([]);
  expect([...meters.unnamed()]).toEqual([meters.other]);
});

it("keeps series of so many plugins, and gives one that is used more the place of the one used least", () => {
  const meters = new HostMeters();
  const all = new HostSeries(meters, 0);
  const most = observeBounds.series.value;
  const calls = (name: string, count: number) => {
    const meter = meters.plugin(name).function("f");
    for (let i = 0; i < count; i++) meter.fuel.add(1);
  };
  const steps = (name: string) => all.told(name, "hour").data[0]!.length;
  for (let i = 0; i < most; i++) calls(`p${i}`, i + 1);
  all.tick(5);
  calls("late", 50);
  all.tick(10);
  calls("late", 50);
  all.tick(15);
  all.tick(20);
  expect([steps("p0"), steps("p1"), steps("late")]).toEqual([0, 4, 1]);
  expect(all.told(undefined, "hour").data[1]).toEqual([(most * (most + 1)) / 2, 50, 50, 0]);
});
