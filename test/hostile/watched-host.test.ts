/** Clients and plugins that make a host count, name and log: names without end, traces that are none, fields as long as they may be. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { observeBounds } from "../../host/bounds/observe-bounds.ts";
import { accessLog } from "../../host/http/visits/access-log.ts";
import { HostMetrics } from "../../host/observe/host-metrics.ts";
import { recordSpans } from "../../host/observe/spans.ts";
import { guest, many } from "../guests/hostile-text.ts";
import { hasSdk, type Receiver, receiver, registeredSdk, type Sdk } from "../observe/otlp-receiver.ts";
import { hostOfFile } from "../support/hosts.ts";
import { until } from "../support/processes.ts";

const lines: string[] = [];
const host = await hostOfFile({
  watcher: accessLog({
    form: "json",
    lines: { write: (line) => void lines.push(line) },
    revisionOf: (plugin) => host.registry.revision(plugin),
  }),
});
let collected: Receiver | undefined;
let sdk: Sdk | undefined;
let end: (() => void) | undefined;
const functions = 150;
const names = many(functions, (i) => `f${i}`);
const placements = ["inline", "process"] as const;

beforeAll(async () => {
  if (hasSdk) {
    collected = await receiver();
    sdk = registeredSdk(collected.url);
    end = recordSpans(sdk.api);
  }
  const code = names.map((name) => `(func (export "${name}") unreachable)`).join(" ");
  const bytes = guest(code, Object.fromEntries(names.map((name) => [name, ""])));
  for (const placement of placements)
    await host.registry.deploy(`many-${placement}`, bytes(), { settings: { placement } });
});
afterAll(async () => {
  end?.();
  await sdk?.shutdown();
  collected?.close();
});

const scrape = async () => (await host.send("GET", "/metrics", { anonymous: true })).text;
const namesIn = (text: string, label: string) =>
  new Set(
    [...text.matchAll(new RegExp(` ?\\b${label}="((?:[^"\\\\]|\\\\.)*)"`, "g"))].map(([, name]) => name),
  );

it.each(placements)(
  "a plugin of functions without end that all end their cell has so many names (%s)",
  async (placement) => {
    const plugin = `many-${placement}`;
    // A process starts for each that ended.
    const called = placement === "inline" ? names : names.slice(0, 3);
    for (const name of called) await host.call(`${plugin}/${name}`, []);
    const own = (await scrape()).split("\n").filter((line) => line.includes(`plugin="${plugin}"`));
    expect(namesIn(own.join("\n"), "function").size).toBeLessThanOrEqual(
      observeBounds.functionsOfPlugin.value + 1,
    );
    const counted = own.filter((line) => /^hotcell_calls_total\{.*code="(?:trap|backing-off)"/.test(line));
    const sum = counted.reduce((all, line) => all + Number(line.split(" ").at(-1)), 0);
    expect(sum).toBeGreaterThan(0);
  },
);

it("a client that asks for what there is not makes no labels, and lines of one length", async () => {
  const before = await scrape();
  lines.length = 0;
  const long = "%E2%80%AE%1b[2J".repeat(600);
  const asked = Array.from({ length: 40 }, (_, i) => [
    host.call(`nobody-${i}/f`, []),
    host.call(`many-inline/none-${i}`, []),
    host.send("GET", `/${i}/${long}`, { anonymous: true }),
    host.send(`X${i}`, "/metrics", { anonymous: true }),
    host.send("GET", `/series?plugin=nobody-${i}`, { anonymous: true }),
  ]);
  await Promise.all(asked.flat());
  await until(() => lines.length === 200);
  for (const line of lines) {
    expect(line.length).toBeLessThan(2_500);
    expect(line).toMatch(/^[\x20-\x7e]*$/);
  }
  const after = await scrape();
  for (const label of ["plugin", "function", "backend"])
    expect(namesIn(after, label)).toEqual(namesIn(before, label));
});

it("fields of a trace that are no trace, or as long as fields may be, are no part of what is told", async () => {
  lines.length = 0;
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parent = `00-${trace}-00f067aa0ba902b7-01`;
  const vendors = Array.from({ length: 32 }, (_, i) => `v${i}=${"x".repeat(250)}`).join();
  const hostile: Record<string, string>[] = [
    { traceparent: `${parent}-${"a".repeat(8_000)}` },
    { traceparent: parent.toUpperCase() },
    { traceparent: "00-".repeat(2_500) },
    { traceparent: `00-${"0".repeat(32)}-${"0".repeat(16)}-01` },
    { traceparent: parent, tracestate: vendors },
    { traceparent: parent, tracestate: `${"a".repeat(4_000)}${"=".repeat(4_000)}` },
    { traceparent: parent, tracestate: ",".repeat(8_000) },
    { "x-request-id": "i".repeat(8_000), "user-agent": "u".repeat(7_000) },
  ];
  for (const headers of hostile) {
    const { status, json } = await host.send("POST", "/call/many-inline/none", {
      ...{ anonymous: true, body: "[]" },
      headers: { ...headers, "content-type": "application/json" },
    });
    expect([status, json.trace]).toEqual([404, expect.stringMatching(/^[0-9a-f]{32}$/)]);
  }
  await until(() => lines.length === hostile.length);
  const named = lines.map((line) => JSON.parse(line).trace as string);
  expect(named.map((name) => name === trace)).toEqual([false, false, false, false, true, true, true, false]);
  for (const line of lines) expect(line.length).toBeLessThan(500);
  await sdk?.flush();
  for (const span of collected?.spans ?? []) expect((span.traceState ?? "").length).toBeLessThanOrEqual(512);
});

it("names and series at their most fit in the heap that is set aside for them", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const metrics = new HostMetrics("0");
  const used = () => {
    gc();
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  for (let i = 0; i < observeBounds.plugins.value; i++)
    for (const name of ["a", "b", "c"]) {
      const meter = metrics.meters.plugin(`plugin-${i}`).function(name);
      for (let j = 0; j < 4; j++) meter.fuel.add(1_000 * j);
      meter.times.waited(0);
    }
  const now = Date.now() / 1_000;
  for (let step = 1; step < 4; step++) metrics.tick(now + 5 * step);
  expect(used() - before).toBeLessThan(observeBounds.memory.value);
  metrics.close();
});
