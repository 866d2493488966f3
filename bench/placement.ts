/** What a process of its own costs a plugin: calls beside inline ones and bare IPC, starts, deaths, memory. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { residentBytes } from "../host/placement/process/resident.ts";

import { measureSlow } from "./support/measure.ts";
import { bound, type Call, inline, inProcess, limits } from "./support/placed.ts";
import { guest } from "./support/self-contained.ts";
import type { SizeTable, Table } from "./support/table.ts";

/** Calls that are timed together, one after the other. */
const batch = 100;

export async function run(): Promise<(Table | SizeTable)[]> {
  return [await roundTrips(), await throughput(), await lives(), await memory()];
}

async function roundTrips(): Promise<Table> {
  const [here, there] = [await inline(guest), await inProcess(guest)];
  const child = fork(new URL("./support/echo-process.ts", import.meta.url), { serialization: "advanced" });
  const rows: [string, string, unknown[]][] = [
    ["() → u32", "answer", []],
    ["string of 5", "text", ["Hello"]],
    ["string of 10,000", "text", ["x".repeat(10_000)]],
    ["64 KiB", "bytes", [new Uint8Array(65_536)]],
  ];
  const table: Table = { title: "Round trip of a call", subject: "IPC message", rows: [] };
  for (const [name, key, args] of rows) {
    const contenders: [string, Call][] = [
      ["IPC message", () => message(child, args)],
      ["process", bound(there, guest, key)],
      ["inline", bound(here, guest, key)],
    ];
    const batches = contenders.map(([title, call]) => ({ name: title, run: () => inTurn(call, args) }));
    await measureSlow(batches, 5);
    const times = await measureSlow(batches, 25);
    const nanoseconds = new Map([...times].map(([title, time]) => [title, time / batch]));
    (table.rows as Table["rows"][number][]).push({ name, nanoseconds });
  }
  child.disconnect();
  for (const placement of [here, there]) placement.close();
  return table;
}

async function inTurn(call: Call, args: readonly unknown[]): Promise<void> {
  for (let i = 0; i < batch; i++) await call(...args);
}

async function message(child: ChildProcess, content: unknown[]): Promise<void> {
  child.send(content);
  await once(child, "message");
}

/** Calls that do nothing but compute, as many at a time as there are processes. */
async function throughput(): Promise<Table> {
  const rounds = 3_000_000;
  const here = await inline(guest);
  const [one, two] = await Promise.all(
    [1, 2].map((processes) => inProcess(guest, { mode: "fresh", processes })),
  );
  const placements = { inline: here, "1 process": one!, "2 processes": two! };
  const calls = 20;
  const contenders = Object.entries(placements).map(([name, placement]) => {
    const work = bound(placement, guest, "work");
    return { name, run: () => Promise.all(Array.from({ length: calls }, () => work(rounds))) };
  });
  await measureSlow(contenders, 2);
  const times = await measureSlow(contenders, 7);
  for (const placement of Object.values(placements)) placement.close();
  const nanoseconds = new Map([...times].map(([name, time]) => [name, time / calls]));
  return {
    title: "CPU-bound calls, time for each",
    subject: "inline",
    rows: [{ name: "work", nanoseconds }],
  };
}

/** A process from nothing to its first answer, and from its death by deadline to its successor's. */
async function lives(): Promise<Table> {
  const placement = await inProcess(guest, { limits: { ...limits, time: 100 } });
  const [work, spin] = [bound(placement, guest, "work"), bound(placement, guest, "spin")];
  const respawns: number[] = [];
  for (let i = 0; i < 7; i++) {
    await Promise.resolve(spin()).catch(() => {});
    const start = performance.now();
    await work(1);
    respawns.push((performance.now() - start) * 1e6);
  }
  placement.close();
  const starts = await measureSlow(
    [
      {
        name: "Node",
        run: () => once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore", env: {} }), "exit"),
      },
      { name: "start to ready", run: async () => (await inProcess(guest)).close() },
    ],
    7,
  );
  const respawn = respawns.sort((a, b) => a - b)[respawns.length >>> 1]!;
  const nanoseconds = new Map([...starts, ["kill to next answer", respawn] as const]);
  return { title: "Lives of a process", subject: "Node", rows: [{ name: "a small plugin", nanoseconds }] };
}

async function memory(): Promise<SizeTable> {
  const placement = await inProcess(guest);
  await bound(placement, guest, "answer")();
  const node = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log()"], { env: {} });
  await once(node.stdout, "data");
  const bytes = new Map([
    ["Node", residentBytes(node.pid!) ?? 0],
    ["plugin's process", residentBytes(placement.pids[0]!) ?? 0],
  ]);
  node.kill();
  placement.close();
  return { title: "Resident bytes", rows: [{ name: "after one call", bytes }] };
}
