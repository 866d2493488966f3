/** Price of metrics: what metering adds to a call, and what an answer of `GET /metrics` takes with many plugins. */
import { readFile } from "node:fs/promises";
import { createHost } from "../host/host.ts";
import { HostMetrics } from "../host/observe/host-metrics.ts";
import { Habit } from "../host/platform/shared-thread.ts";
import { measure, measureSlow } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const [plugins, functions] = [10_000, 20];

export async function run(): Promise<Table[]> {
  return [await calls(), await scrapes()];
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
  for (let i = 0; i < plugins; i++)
    for (let j = 0; j < functions; j++) {
      const meter = metrics.meters.plugin(`plugin-${i}`).function(`function-${j}`);
      meter.fuel.add(1_000 * j);
      meter.times.waited(performance.now() - j);
    }
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
