/**
 * Calls across the boundary of a component: Hotcell's engine beside the best glue written by hand, the jco engine,
 * and Extism. Then what starting a cell and loading a component cost, and a route that a plugin answers.
 */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { parseGrants } from "../host/capabilities/grants.ts";
import { linkImports } from "../host/capabilities/link.ts";
import type { Component } from "../host/component/component.ts";
import { inspectComponent } from "../host/component/inspect.ts";
import { createDirectEngine } from "../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../host/engine/engine.ts";
import { createJcoEngine } from "../host/engine/jco/jco-engine.ts";
import { open } from "../host/open.ts";
import { placeInline } from "../host/placement/inline/inline.ts";
import { defaultLimits } from "../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../host/wit/exports.ts";
import { extismEcho } from "./support/extism.ts";
import { crowd, distinct, echo, eight, row } from "./support/guests.ts";
import { handGlue } from "./support/hand.ts";
import { measure, measureSlow } from "./support/measure.ts";
import { ownCaller } from "./support/own-caller.ts";
import type { Table } from "./support/table.ts";

export async function run(): Promise<Table[]> {
  // First: what V8 learns from the records, engines and glue of the others, no server has it learn.
  const route = await routes();
  return [await calls(), await symbols(), await textCalls(), await starts(), await loads(), route];
}

/** As `open` calls. */
const uncounted = { counted: false };

async function calls(): Promise<Table> {
  const next = (n: number) => n + 1;
  const jco = createJcoEngine();
  const hand = handGlue(echo, next) as unknown as Record<string, (arg?: unknown) => unknown>;
  const direct = (await createDirectEngine().compile(echo)).instantiate({ $root: { next } }, uncounted);
  const generated = (await jco.compile(echo)).instantiate({ $root: { next } });
  await jco.close();

  const cases: [name: string, key: string, arg?: unknown][] = [
    ["() → u32", "answer"],
    ["a call that calls back: u32 → u32", "forward", 41],
    ["string → string, 5 characters", "utf16", "hello"],
    ["string → string, 100 characters", "utf16", "abcdefghij".repeat(10)],
    ["string → string, 10,000 characters", "utf16", "é".repeat(10_000)],
    ["record of 8 fields → the same", "eight", eight],
    ["list of 1,000 records → the same", "rows", Array.from({ length: 1000 }, (_, i) => row(i))],
    ["list<u8> of 64 KiB → the same", "bytes", new Uint8Array(65_536).fill(7)],
  ];
  const rows: Table["rows"][number][] = [];
  for (const [name, key, arg] of cases) {
    const contenders = [
      { name: "hand-written", run: await ownCaller(hand[key]!, arg) },
      { name: "hotcell", run: await ownCaller(direct.function(key), arg) },
      { name: "jco", run: await ownCaller(generated.function(key), arg) },
    ];
    rows.push({ name, nanoseconds: measure(contenders) });
  }
  // What V8 has learned by now is that records have all sorts of fields.
  const types = 100;
  const crowded = (await createDirectEngine().compile(crowd(types))).instantiate({});
  for (let i = 0; i < types; i++) {
    const record = Object.fromEntries([..."abcdefgh"].map((letter) => [`${letter}${i}`, i]));
    for (let n = 0; n < 2000; n++) crowded.function(`f${i}`)(record);
  }
  rows.push({
    name: "record of 8, among 100 other types",
    nanoseconds: measure([
      { name: "hand-written", run: await ownCaller(hand.eight!, eight) },
      { name: "hotcell", run: await ownCaller(direct.function("eight"), eight) },
    ]),
  });
  return { title: "Calls (utf16 strings)", subject: "hotcell", rows };
}

/** What embedders call: arguments are checked and copied, and results unwrapped. */
async function symbols(): Promise<Table> {
  const next = (n: number) => n + 1;
  const hand = handGlue(echo, next) as unknown as Record<string, (arg?: unknown) => unknown>;
  await using plugin = await open(echo.bytes, { imports: { $root: { next } } });
  const rows: Table["rows"][number][] = [];
  for (const [name, key, arg] of [
    ["() → u32", "answer", undefined],
    ["string → string, 5 characters", "utf16", "hello"],
    ["record of 8 fields → the same", "eight", eight],
  ] as const) {
    const symbol = plugin.lookup(key);
    const contenders = [
      { name: "hand-written", run: await ownCaller(hand[key]!, arg) },
      { name: "symbol", run: await ownCaller(symbol.as(String(symbol)), arg) },
    ];
    rows.push({ name, nanoseconds: measure(contenders) });
  }
  return { title: "Calls of a looked-up symbol", subject: "symbol", rows };
}

/** Beside Extism, whose calls are asynchronous and take bytes; batches, so that both wait for as much. */
async function textCalls(): Promise<Table> {
  const batch = 500;
  const extism = await extismEcho();
  const direct = (await createDirectEngine().compile(echo)).instantiate(
    { $root: { next: () => 0 } },
    uncounted,
  );
  const ours = direct.function("utf8") as (text: string) => string;
  const rows: Table["rows"][number][] = [];
  for (const length of [5, 100, 10_000]) {
    const text = "abcdefghij".repeat(length).slice(0, length);
    if ((await extism.echo(text)) !== text || ours(text) !== text) throw new Error("no echo");
    const inBatches = (echoes: (text: string) => unknown) => async () => {
      for (let i = 0; i < batch; i++) await echoes(text);
      await extism.reset();
    };
    const contenders = [
      { name: "hotcell", run: inBatches(ours) },
      { name: "extism", run: inBatches(extism.echo) },
    ];
    const nanoseconds = await measureSlow(contenders, length > 1000 ? 10 : 40);
    const each = new Map([...nanoseconds].map(([name, time]) => [name, time / batch]));
    rows.push({ name: `string → string, ${length.toLocaleString("en")} characters`, nanoseconds: each });
  }
  await extism.close();
  return { title: "Calls beside Extism (utf8 strings, each call awaited)", subject: "hotcell", rows };
}

type Bytes = Uint8Array<ArrayBuffer>;

/** So many cells are started before any is timed: until then V8 interprets most of what starts them. */
const warmUp = 1000;

/** Starting a cell, beside instantiating the same core modules by hand. */
async function starts(): Promise<Table> {
  const direct = createDirectEngine();
  const jco = createJcoEngine();
  const row = async (name: string, component: Component, imports: HostImports, raw: () => unknown) => {
    const ours = await direct.compile(component);
    const theirs = await jco.compile(component);
    const contenders = [
      { name: "core modules alone", run: raw },
      { name: "hotcell", run: () => ours.instantiate(imports).dispose() },
      { name: "jco", run: () => theirs.instantiate(imports).dispose() },
    ];
    await measureSlow(contenders, warmUp);
    return { name, nanoseconds: await measureSlow(contenders, 1000) };
  };
  const [greet, friendly] = await Promise.all(
    ["greet", "friendly-time-v2"].map(async (name) => inspectComponent(await readFile(`build/${name}.wasm`))),
  );
  const clock = { "wasi:clocks/wall-clock@0.2.0": { now: () => ({ seconds: 0n, nanoseconds: 0 }) } };
  const rows = [
    await row(`greet (${greet!.coreModules.length} core modules)`, greet!, {}, byHand(greet!)),
    await row(
      `friendly-time (${friendly!.coreModules.length} core modules)`,
      friendly!,
      clock,
      byHand(friendly!),
    ),
  ];
  await jco.close();
  return { title: `Starting a cell, after ${warmUp} others`, subject: "hotcell", rows };
}

/**
 * Instantiates the core modules of a component as wasm-tools builds it: the plugin; with imports, also the module
 * with the table through which it calls them, before, and the one that fills the table, after.
 */
function byHand({ coreModules }: Component): () => void {
  const [main, shim, fixup] = coreModules.map((m) => {
    const module = new WebAssembly.Module(m.bytes as Bytes);
    return { module, imports: WebAssembly.Module.imports(module) };
  });
  return () => {
    const instances: Record<string, Readonly<Record<string, unknown>>> = {};
    let imported = 0;
    for (const [name, part] of Object.entries({ shim, main, fixup })) {
      if (!part) continue;
      const imports: Record<string, Record<string, unknown>> = {};
      for (const { module, name: field } of part.imports) {
        imports[module] ??= {};
        imports[module][field] =
          module === "actual" ? () => {} : (instances[module]?.[field] ?? instances.shim?.[imported++]);
      }
      instances[name] = new WebAssembly.Instance(part.module, imports).exports;
    }
  };
}

/** From bytes to the first call, of components that no cache knows. */
async function loads(): Promise<Table> {
  const count = 60;
  const guests = Array.from({ length: count * 2 }, (_, i) => distinct(i));
  const engine = createDirectEngine();
  const [first] = guests;
  const contenders = [
    {
      name: "core modules alone",
      run: (i: number) =>
        Promise.all(guests[i]!.coreModules.map((m) => WebAssembly.compile(m.bytes as Bytes))),
    },
    {
      name: "hotcell",
      run: async (i: number) => {
        const compiled = await engine.compile(inspectComponent(guests[count + i]!.bytes));
        const cell = compiled.instantiate({});
        cell.function("rows")([]);
        cell.dispose();
      },
    },
  ];
  const name = `component of ${Math.round(first!.bytes.length / 1000)} kB`;
  return {
    title: "Loading: decode, validate, compile, link, start, first call",
    subject: "hotcell",
    rows: [{ name, nanoseconds: await measureSlow(contenders, count) }],
  };
}

/** A route that a plugin answers, beside one that answers the same itself; without the network. */
async function routes(): Promise<Table> {
  const greet = inspectComponent(await readFile("build/greet.wasm"));
  const [greeting] = exportedFunctions(greet.world);
  const { key, type } = greeting!;
  const placement = await placeInline({
    compiled: await createDirectEngine().compile(greet),
    supply: linkImports(greet.world, parseGrants({})).supply(),
    recipient: { plugin: "greet", log: () => {} },
    mode: "shared",
    limits: defaultLimits,
  });
  const call = placement.bind(key, type);
  const app = new Hono();
  app.post("/native", async (c) => {
    const [name] = (await c.req.json()) as [string];
    return c.json(`Hello, ${name}!`);
  });
  app.post("/plugin", async (c) => c.json(call(await c.req.json()) as string));

  const request = (path: string) => ({
    name: path,
    run: async () => {
      for (let i = 0; i < 500; i++) await app.request(path, { method: "POST", body: '["world"]' });
    },
  });
  const nanoseconds = await measureSlow([request("/native"), request("/plugin")], 40);
  placement.close();
  const each = new Map([...nanoseconds].map(([name, time]) => [name, time / 500]));
  return {
    title: "A Hono route, in process",
    subject: "/plugin",
    rows: [{ name: "greet: string → string", nanoseconds: each }],
  };
}
