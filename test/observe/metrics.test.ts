import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { observeBounds } from "../../host/bounds/observe-bounds.ts";
import type { HostMetrics } from "../../host/observe/host-metrics.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { hostsOfTests } from "../support/hosts.ts";
import { refusalOf } from "../support/thrown.ts";
import { type Sample, samplesOf } from "./samples.ts";

const hosts = hostsOfTests();
const { host } = hosts;

async function scrape(token?: string): Promise<Sample[]> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${host.url}/metrics`, { headers });
  expect(answer.status).toBe(200);
  return samplesOf(await answer.text());
}

/** Values of a metric, by the labels that are named. */
function values(
  samples: readonly Sample[],
  metric: string,
  ...labels: readonly string[]
): Record<string, number> {
  const wanted = samples.filter(({ name }) => name === metric);
  return Object.fromEntries(
    wanted.map(({ labels: has, value }) => [labels.map((label) => has[label] ?? "").join(" "), value]),
  );
}

it("counts calls by plugin, function and code, with their times and fuel", async () => {
  await hosts.start();
  await host.registry.deploy("calc", sample());
  for (let i = 0; i < 200; i++) await host.call("calc/add", [1, 2]);
  await host.call("calc/boom", []);
  await host.call("calc/divide", [1, 0]);
  const samples = await scrape();
  expect(values(samples, "hotcell_calls_total", "plugin", "function", "code")).toEqual({
    "calc add ok": 200,
    "calc boom trap": 1,
    "calc boom ok": 0,
    "calc divide guest-error": 1,
    "calc divide ok": 0,
  });
  for (const metric of ["hotcell_call_fuel_count", "hotcell_call_seconds_count"]) {
    const { add, boom } = values(samples, metric, "function");
    expect(boom).toBe(1);
    // Those of many that were not timed count with the next that is.
    expect(add).toBeGreaterThan(150);
  }
  expect(values(samples, "hotcell_call_fuel_count", "function").add).toBe(200);
  expect(values(samples, "hotcell_calls_in_flight", "plugin")).toMatchObject({ calc: 0 });
});

it("counts refusals, deployments, cells and questions to backends", async () => {
  await hosts.start();
  await host.registry.deploy("calc", sample(), { settings: { limits: { argumentBytes: 10 } } });
  await host.call("calc/echo", ["-".repeat(100)]);
  await refusalOf(host.registry.deploy("calc", sample({ without: ["add"] })));
  await host.registry.deploy("kv", await readFile("build/counter-kv.wasm"), {
    settings: { grants: { kv: true } },
  });
  await host.call("kv/increment", ["visits", "1"]);
  const samples = await scrape();
  expect(values(samples, "hotcell_refusals_total", "plugin", "code")).toEqual({
    "calc argument-too-large": 1,
  });
  expect(values(samples, "hotcell_deployments_total", "kind", "outcome", "code")).toEqual({
    "upload created ok": 2,
    "upload refused incompatible": 1,
  });
  expect(values(samples, "hotcell_cells", "plugin", "placement")).toEqual({
    "calc inline": 1,
    "kv inline": 1,
  });
  expect(values(samples, "hotcell_cell_starts_total", "plugin", "outcome")).toMatchObject({
    "kv started": 1,
  });
  expect(values(samples, "hotcell_plugin_memory_bytes", "plugin")).toMatchObject({ calc: 2 * 65_536 });
  const asked = values(samples, "hotcell_backend_calls_total", "plugin", "backend", "code");
  expect(asked["kv key-value ok"]).toBeGreaterThan(0);
  expect(values(samples, "hotcell_backend_seconds_count", "backend")["key-value"]).toBeGreaterThan(0);
});

it("tells of a plugin in a process its process", async () => {
  await hosts.start();
  await host.registry.deploy("calc", sample(), { settings: { placement: "process" } });
  await host.call("calc/add", [1, 2]);
  const samples = await scrape();
  expect(values(samples, "hotcell_cells", "plugin", "placement")).toEqual({ "calc process": 1 });
  expect(values(samples, "hotcell_calls_total", "function", "code")).toEqual({ "add ok": 1 });
});

it("tells the host's own figures", async () => {
  await hosts.start();
  const samples = await scrape();
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  expect(values(samples, "hotcell_build_info", "version", "node")).toEqual({
    [`${version} ${process.versions.node}`]: 1,
  });
  for (const metric of [
    "process_resident_memory_bytes",
    "nodejs_heap_size_used_bytes",
    "process_cpu_seconds_total",
  ])
    expect(values(samples, metric)[""]).toBeGreaterThan(0);
});

it("shows a token that is limited to plugins those, and nothing of the host", async () => {
  await hosts.start({ address: "0.0.0.0" });
  for (const name of ["ours-a", "ours-b", "theirs"]) {
    await host.registry.deploy(name, sample());
    await host.call(`${name}/nothing`, []);
  }
  const { token } = await host.tokens.create({ scopes: ["read"], plugins: ["ours-*"] }, "test");
  const samples = await scrape(token);
  expect([...new Set(samples.map(({ labels }) => labels.plugin))]).toEqual(["ours-a", "ours-b"]);
});

it("asks for a token where the host is not on loopback", async () => {
  await hosts.start({ address: "0.0.0.0" });
  expect((await host.send("GET", "/metrics", { anonymous: true })).status).toBe(401);
  expect((await host.send("GET", "/metrics")).status).toBe(200);
});

it("gives OpenMetrics to whoever asks for it, and answers HEAD", async () => {
  await hosts.start();
  const accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
  const open = await fetch(`${host.url}/metrics`, { headers: { accept } });
  expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  const text = await open.text();
  expect(text).toMatch(/\n# EOF\n$/);
  expect(text).toContain("# TYPE hotcell_calls counter\n");
  const plain = await fetch(`${host.url}/metrics`);
  expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await plain.text()).toContain("# TYPE hotcell_calls_total counter\n");
  const head = await fetch(`${host.url}/metrics`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

it("names so many functions of a plugin as there are names for, and counts the others together", async () => {
  await hosts.start();
  const most = observeBounds.functionsOfPlugin.value;
  const names = Array.from({ length: most + 20 }, (_, i) => `f${i}`);
  const exports = names.map((name) => `(func (export "${name}") (canon lift (core func $i "f")))`);
  const many = component(
    `(core module $m (func (export "f"))) (core instance $i (instantiate $m)) ${exports.join("")}`,
  );
  await host.registry.deploy("many", many);
  for (const name of names) await host.call(`many/${name}`, []);
  const calls = values(await scrape(), "hotcell_calls_total", "function");
  expect(Object.keys(calls)).toHaveLength(most + 1);
  expect(calls).toMatchObject({ f0: 1, other: 20 });
});

it("goes on calling while many scrape without end, and forgets scrapers that leave", async () => {
  await hosts.start();
  await host.registry.deploy("calc", sample());
  const { meters } = host.host.metrics as HostMetrics;
  for (let i = 0; i < 400; i++)
    for (let j = 0; j < 4; j++) meters.plugin(`p${i}`).function(`f${j}`).fuel.add(1);
  const leaving = new AbortController();
  const scrapes = Array.from({ length: 20 }, async () => {
    let count = 0;
    for (; !leaving.signal.aborted; count++) {
      const answer = await fetch(`${host.url}/metrics`, { signal: leaving.signal });
      await answer.arrayBuffer();
    }
    return count;
  });
  for (let i = 0; i < 50; i++) expect((await host.call("calc/add", [i, 1])).json).toBe(i + 1);
  leaving.abort();
  const outcomes = await Promise.allSettled(scrapes);
  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => "rejected"));
  expect(values(await scrape(), "hotcell_calls_total", "plugin", "function", "code")["calc add ok"]).toBe(50);
});

it("forgets plugins that are removed, and never tells less of the others together", async () => {
  await hosts.start();
  await host.registry.deploy("kept", sample());
  for (let i = 0; i < 5; i++) {
    await host.registry.deploy(`gone-${i}`, sample());
    await host.call(`gone-${i}/nothing`, []);
    await refusalOf(host.registry.deploy(`never-${i}`, component('(import "a:b/c" (func))')));
    await host.registry.remove(`gone-${i}`);
  }
  const samples = await scrape();
  expect([...new Set(samples.flatMap(({ labels }) => labels.plugin ?? []))].sort()).toEqual([
    "kept",
    "other",
  ]);
  expect((host.host.metrics as HostMetrics).meters.named.size).toBe(1);
});

it("counts a plugin called other with the others", async () => {
  await hosts.start();
  await host.registry.deploy("other", sample());
  await host.call("other/add", [1, 2]);
  const samples = await scrape();
  expect(values(samples, "hotcell_calls_total", "plugin", "function")).toEqual({ "other other": 1 });
  // A metric that is told twice is refused by whoever scrapes it.
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
  expect(new Set(keys).size).toBe(keys.length);
});
