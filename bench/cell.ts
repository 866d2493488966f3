/** What a pristine cell for every call costs: resets, new cells, `fresh` calls and a `fresh` route. */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { loadWasmTools } from "../guest-plugins/toolchain/wasm-tools.ts";
import { parseGrants } from "../host/capabilities/grants.ts";
import { linkImports } from "../host/capabilities/link.ts";
import { inspectComponent } from "../host/component/inspect.ts";
import { createDirectEngine } from "../host/engine/direct/direct-engine.ts";
import type { CompiledComponent } from "../host/engine/engine.ts";
import { placeInline } from "../host/placement/inline/inline.ts";
import { defaultLimits } from "../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../host/wit/exports.ts";
import { measure, measureSlow } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const { parse } = await loadWasmTools();
const engine = createDirectEngine();

/** A component that counts, in a memory of so many pages that are all in use. */
function counter(pages: number): Promise<CompiledComponent> {
  const text = `(component
    (core module $m
      (memory ${pages})
      (global $count (mut i32) (i32.const 0))
      (func $fill (memory.fill (i32.const 0) (i32.const 1) (i32.const ${pages * 65_536})))
      (start $fill)
      (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const 9) (global.get $count))
        (global.get $count)))
    (core instance $i (instantiate $m))
    (func (export "count") (result u32) (canon lift (core func $i "count"))))`;
  return engine.compile(inspectComponent(new Uint8Array(parse(text))));
}

async function resets(): Promise<Table> {
  const rows = [];
  for (const [name, pages] of [
    ["64 KiB", 1],
    ["1 MiB", 16],
  ] as const) {
    const compiled = await counter(pages);
    const cell = compiled.instantiate({});
    cell.save();
    const count = cell.function("count");
    const contenders = [
      { name: "call and reset", run: () => [count(), cell.reset()] },
      { name: "call", run: () => count() },
      {
        name: "new cell and call",
        run: () => {
          const cell = compiled.instantiate({});
          cell.function("count")();
          cell.dispose();
        },
      },
    ];
    rows.push({ name, nanoseconds: measure(contenders) });
  }
  return { title: "A pristine cell", subject: "call and reset", rows };
}

/** Calls of greet, as the registry makes them, and routes that answer with them. */
async function modes(): Promise<Table[]> {
  const greet = inspectComponent(await readFile("build/greet.wasm"));
  const compiled = await engine.compile(greet);
  const [{ key, type } = { key: "", type: { parameters: [] } }] = exportedFunctions(greet.world);
  const recipient = { plugin: "greet", log: () => {} };
  const bind = async (mode: "shared" | "fresh") => {
    const supply = linkImports(greet.world, parseGrants({})).supply();
    const placement = await placeInline({ compiled, supply, recipient, mode, limits: defaultLimits });
    return placement.bind(key, type);
  };
  const [shared, fresh] = [await bind("shared"), await bind("fresh")];
  const instance = (args: readonly unknown[]) => {
    const cell = compiled.instantiate({});
    const answer = cell.function(key)(...args);
    cell.dispose();
    return answer;
  };
  const calls = measure([
    { name: "fresh", run: () => fresh(["world"]) },
    { name: "shared", run: () => shared(["world"]) },
    { name: "new instance", run: () => instance(["world"]) },
  ]);

  const app = new Hono();
  const answers: Record<string, (args: unknown[]) => unknown> = {
    fresh,
    native: ([name]) => `Hello, ${name}!`,
    shared,
    instance,
  };
  for (const [name, answer] of Object.entries(answers)) {
    app.post(`/${name}`, async (c) => c.json(answer(await c.req.json()) as string));
  }
  const requests = (names: readonly string[]) =>
    measureSlow(
      names.map((name) => ({
        name,
        run: async () => {
          for (let i = 0; i < 300; i++) await app.request(`/${name}`, { method: "POST", body: '["world"]' });
        },
      })),
      40,
    );
  // Apart: what the memories of ended cells cost to collect would fall upon the others.
  const times = [...(await requests(["fresh", "native", "shared"])), ...(await requests(["instance"]))];
  const route = new Map(times.map(([name, time]) => [name, time / 300]));
  const row = (nanoseconds: Map<string, number>) => [{ name: "greet: string → string", nanoseconds }];
  return [
    { title: "A call", subject: "fresh", rows: row(calls) },
    { title: "A Hono route, in process", subject: "fresh", rows: row(route) },
  ];
}

export async function run(): Promise<Table[]> {
  return [await resets(), ...(await modes())];
}
