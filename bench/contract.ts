/**
 * What it costs to ask ten plugins of one contract, beside ten functions of the host's own and ten bare calls; and three filters before
 * a route.
 */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { loadWasmTools } from "../guest-plugins/toolchain/wasm-tools.ts";
import { createHost, type Host } from "../host/host.ts";
import { pluginFilters } from "../host/http/embed.ts";
import { defaultCeilings } from "../host/registry/plugin-limits.ts";
import type { Table } from "./support/table.ts";

const { parse } = await loadWasmTools();

const discount = new Uint8Array(
  parse(`(component
    (core module $m (func (export "quote") (param i32) (result i32) (i32.sub (local.get 0) (i32.const 10))))
    (core instance $i (instantiate $m))
    (func (export "quote") (param "total" u32) (result u32) (canon lift (core func $i "quote"))))`),
);

const members = 10;
const times = 10_000;
const rounds = 9;
/** The clock is coarse: what takes less is done oftener. */
const nativeTimes = 100_000;

export async function run(): Promise<Table[]> {
  await using host = await createHost();
  const { registry } = host;
  const settings = { limits: { fuelPerSecond: defaultCeilings.fuelPerSecond ?? 3e9 } };
  await registry.contracts.put("discount", discount, { plugins: ["d-*"] });
  const names = Array.from({ length: members }, (_, i) => `d-${i}`);
  for (const name of names) await registry.deploy(name, discount, { settings });
  const hook = registry.hook("discount");
  const native = names.map((plugin) => ({
    plugin,
    quote: async (total: number) => ({ plugin, value: total - 10 }),
  }));
  const callables = await Promise.all(names.map((name) => registry.callable(name, "quote")));
  const kinds = {
    "a hook, ten members": () => hook.collect("quote", [100]),
    "ten calls with JSON, by name": () =>
      Promise.all(names.map((name) => registry.callJson(name, "quote", [100]))),
    "ten bare calls": () => Promise.all(callables.map((callable) => callable.call([100]))),
    "ten native functions": () => Promise.all(native.map(({ quote }) => quote(100))),
  };
  const best = await bestOf(kinds);
  const aim = 3 * best.get("ten native functions")! + best.get("ten bare calls")!;
  best.set("aim: 3 native, and the bare calls", aim);
  const filters = await filtersBefore(host);
  const added = filters.get("behind three filters")! - filters.get("a route")!;
  filters.set("the filters alone (aim: 25 µs)", added);
  return [
    {
      title: "Ten plugins of one contract, inline",
      subject: "a hook, ten members",
      rows: [{ name: "u32 → u32", nanoseconds: best }],
    },
    {
      title: "A Hono route behind three filters, inline",
      subject: "behind three filters",
      rows: [{ name: "GET with six headers", nanoseconds: filters }],
    },
  ];
}

/** A route of Hono's, with what it is called with in a server, and the same behind three filters of AssemblyScript that let it pass. */
async function filtersBefore({ registry, ...host }: Host): Promise<Map<string, number>> {
  const gate = await readFile(new URL("../build/gate.wasm", import.meta.url));
  await registry.contracts.put("gates", gate, { plugins: ["gate-*"] });
  const settings = { limits: { fuelPerSecond: defaultCeilings.fuelPerSecond ?? 3e9 } };
  for (let i = 0; i < 3; i++) await registry.deploy(`gate-${i}`, gate, { settings });
  const plain = new Hono().get("/hello", (c) => c.text("Hello.", 200, { "x-frame-options": "DENY" }));
  const filtered = new Hono()
    .use(pluginFilters({ registry, ...host }, "gates"))
    .get("/hello", (c) => c.text("Hello.", 200, { "x-frame-options": "DENY" }));
  const sent = [
    ...["Host", "127.0.0.1:8787", "User-Agent", "curl/8.5.0", "Accept", "*/*", "Accept-Encoding", "gzip, br"],
    ...["Cookie", "session=8e03978e40d543ddbc936894a57f9324", "Connection", "keep-alive"],
  ];
  const request = new Request("http://127.0.0.1:8787/hello");
  const env = { incoming: { rawHeaders: sent } };
  return bestOf({
    "a route": () => plain.fetch(request, env),
    "behind three filters": () => filtered.fetch(request, env),
  });
}

/** Least nanoseconds of each kind, over rounds in turns. */
async function bestOf(kinds: Readonly<Record<string, () => unknown>>): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, ask] of Object.entries(kinds)) {
      // By the thread's own time, which all of it takes: what else the machine does meanwhile is left out.
      const before = process.threadCpuUsage();
      const count = name === "ten native functions" ? nativeTimes : times;
      for (let i = 0; i < count; i++) await ask();
      const { user, system } = process.threadCpuUsage(before);
      const each = ((user + system) / count) * 1000;
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, each));
    }
  }
  return best;
}
