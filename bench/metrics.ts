/** Price of metrics: what metering adds to a call, and what an answer of `GET /metrics` takes with many plugins. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { createAccess } from "../host/access/access.ts";
import { createHost } from "../host/host.ts";
import { createApp } from "../host/http/app.ts";
import { listen } from "../host/http/server/http-server.ts";
import { HostMetrics } from "../host/observe/host-metrics.ts";
import { Habit } from "../host/platform/shared-thread.ts";
import { measure, measureSlow, median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const [plugins, functions] = [10_000, 20];

export async function run(): Promise<Table[]> {
  return [await calls(), await scrapes(), await scrapesOverHttp()];
}

async function calls(): Promise<Table> {
  await using host = await createHost({ log: () => {} });
  await host.registry.deploy("greet", await readFile("build/greet.wasm"));
  const callable = await host.registry.callable("greet", "greet");
  const { times, fuel } = (host.metrics as HostMetrics).meters.plugin("another").function("greet");
  const habit = new Habit();
  habit.note(0.001);
  for (let i = 0; i < 100; i++) habit.priced(true);
  const metering = () => {
    const began = times.begin(habit.timed);
    times.end(began);
    fuel.add(12_345);
  };
  const contenders = [
    { name: "a call in code, metered", run: () => callable.callSoon(["world"]) },
    { name: "its metering alone", run: metering },
    { name: "reading a clock once", run: () => performance.now() },
  ];
  return {
    title: "Metering",
    subject: contenders[0]!.name,
    rows: [{ name: "greet: string → string", nanoseconds: measure(contenders) }],
  };
}

/** Text for a host whose plugins and their functions have all been called. */
async function scrapes(): Promise<Table> {
  const metrics = new HostMetrics("0");
  callAll(metrics);
  let size = 0;
  const scrape = {
    name: "an answer",
    run: async () => {
      size = 0;
      for await (const piece of metrics.text("prometheus")) size += piece.length;
    },
  };
  const tick = { name: "a tick of the series", run: async () => metrics.tick(Date.now() / 1_000) };
  const nanoseconds = await measureSlow([scrape, tick], 15);
  metrics.close();
  return {
    title: `${plugins} plugins of ${functions} functions: ${(size / 1e6).toFixed(1)} MB`,
    subject: scrape.name,
    rows: [{ name: "time", nanoseconds }],
  };
}

function callAll({ meters }: HostMetrics): void {
  for (let i = 0; i < plugins; i++)
    for (let j = 0; j < functions; j++) {
      const meter = meters.plugin(`plugin-${i}`).function(`function-${j}`);
      meter.fuel.add(1_000 * j);
      meter.times.waited(performance.now() - j);
    }
}

/** Rounds of scrapes over a connection. */
const rounds = 15;

/** Thread that asks for what it is told to, and tells how many bytes came. */
const reader = `const { parentPort } = require("node:worker_threads");
parentPort.on("message", async (url) => {
  const answer = await fetch(url);
  parentPort.postMessage((await answer.arrayBuffer()).byteLength);
});`;

/** The same over a connection, read by a thread of its own: how long it takes, what it takes of the host's thread, and for how long at once. */
async function scrapesOverHttp(): Promise<Table> {
  await using host = await createHost({ log: () => {} });
  callAll(host.metrics as HostMetrics);
  const access = createAccess({ address: "127.0.0.1", tokens: host.tokens, privateCalls: false });
  const server = await listen(createApp({ ...host, access }), { host: "127.0.0.1", port: 0 });
  const client = new Worker(reader, { eval: true });
  const [wall, cpu, turn]: [number[], number[], number[]] = [[], [], []];
  let size = 0;
  for (let round = -2; round < rounds; round++) {
    const began = performance.now();
    const before = process.threadCpuUsage();
    const longest = longestTurn();
    client.postMessage(`${server.url}/metrics`);
    [size] = (await once(client, "message")) as [number];
    const { user, system } = process.threadCpuUsage(before);
    const held = longest();
    if (round < 0) continue;
    wall.push((performance.now() - began) * 1e6);
    cpu.push((user + system) * 1_000);
    turn.push(held * 1e6);
  }
  await client.terminate();
  await server.close();
  return {
    title: `The same by GET /metrics: ${(size / 1e6).toFixed(1)} MB`,
    subject: "by the clock",
    rows: [
      {
        name: "time",
        nanoseconds: new Map([
          ["by the clock", median(wall)],
          ["of the host's thread", median(cpu)],
          ["longest turn", median(turn)],
        ]),
      },
    ],
  };
}

/** Watches the event loop; gives what ends that, and tells the longest that others waited for it, in milliseconds. */
function longestTurn(): () => number {
  let [last, longest] = [performance.now(), 0];
  let ended = false;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!ended) setImmediate(look);
  };
  setImmediate(look);
  return () => {
    ended = true;
    return longest;
  };
}
