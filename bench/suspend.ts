/**
 * What it costs that a host function may be asynchronous: a call that calls one, beside the same where nothing
 * suspends, an `async` function of JavaScript, and jco's glue. Then starting such a cell, and many asleep at once.
 */
import { CellMemory } from "../host/engine/cell/cell-memory.ts";
import { createDirectEngine } from "../host/engine/direct/direct-engine.ts";
import { type HostFunction, suspending } from "../host/engine/engine.ts";
import { echo } from "./support/guests.ts";
import { jcoForward } from "./support/jspi.ts";
import { measureSlow } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

type Call = (n: number) => unknown;

const batch = 200;
/** Room for all; little of it is ever touched. */
const memory = new CellMemory({ cellMemory: 8 * 1024 ** 3 });
const compiled = await createDirectEngine(memory).compile(echo);

export async function run(): Promise<Table[]> {
  return [await calls(), await starts(), await crowds()];
}

function start(next: HostFunction) {
  return compiled.instantiate({ $root: { next } });
}

function forward(next: HostFunction): Call {
  return start(next).function("forward") as Call;
}

async function calls(): Promise<Table> {
  const plain = (n: number) => n + 1;
  const marked = suspending((n: number) => n + 1);
  const asynchronous = async (n: number) => n + 1;
  const table = async (name: string, next: HostFunction, native: Call) => {
    const each: [string, Call][] = [
      ["hotcell", forward(next)],
      ["hotcell, sync", forward(plain)],
      ["no plugin", native],
      ["jco", await jcoForward(echo, next)],
    ];
    const contenders = each.map(([name, call]) => ({
      name,
      run: async () => {
        for (let i = 0; i < batch; i++) await call(i);
      },
    }));
    const nanoseconds = await measureSlow(contenders, 100);
    return { name, nanoseconds: perCall(nanoseconds) };
  };
  const rows = [
    await table("it answers at once", marked, async (n) => plain(n)),
    await table("it answers a promise", asynchronous, async (n) => await asynchronous(n)),
  ];
  return { title: "A call that calls a host function: u32 → u32, each awaited", subject: "hotcell", rows };
}

async function starts(): Promise<Table> {
  const startAndEnd = (next: HostFunction) => () => {
    const cell = start(next);
    cell.function("forward");
    cell.dispose();
  };
  const contenders = [
    { name: "hotcell", run: startAndEnd(async () => 1) },
    { name: "hotcell, sync", run: startAndEnd(() => 1) },
  ];
  const name = "echo, with its first function";
  return {
    title: "Starting a cell",
    subject: "hotcell",
    rows: [{ name, nanoseconds: await measureSlow(contenders, 400) }],
  };
}

/** All calls of a crowd are asleep before the first goes on. */
async function crowds(): Promise<Table> {
  const rows: Table["rows"][number][] = [];
  for (const count of [10, 1000]) {
    let { promise: signal, resolve: wake } = Promise.withResolvers<number>();
    const crowd = Array.from({ length: count }, () => forward(suspending(() => signal)));
    const sleepers = Array.from({ length: count }, () => async () => await signal);
    const together = (all: readonly (() => unknown)[]) => async () => {
      ({ promise: signal, resolve: wake } = Promise.withResolvers<number>());
      const asleep = all.map((call) => call());
      wake(1);
      await Promise.all(asleep);
    };
    const contenders = [
      { name: "hotcell", run: together(crowd.map((call) => () => call(1))) },
      { name: "no plugin", run: together(sleepers) },
    ];
    const nanoseconds = await measureSlow(contenders, 30);
    rows.push({ name: `${count} calls`, nanoseconds: perCall(nanoseconds, count) });
  }
  return { title: "Calls asleep at once, each", subject: "hotcell", rows };
}

function perCall(nanoseconds: ReadonlyMap<string, number>, count = batch): Map<string, number> {
  return new Map([...nanoseconds].map(([name, time]) => [name, time / count]));
}
