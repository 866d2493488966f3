/** The entry of a host's process of `bench -- scale`: it does what it is asked to, tells how it stands after that, and ends with its parent. */
import { setTimeout as delay } from "node:timers/promises";
import { createHost } from "../../host/host.ts";
import { openNatsStore } from "../../host/store/nats/nats-store.ts";
import { exampleWasm } from "../../test/support/examples.ts";

/** Plugins by number: the first, and how many. */
export interface ScaleOrder {
  readonly do: "deploy" | "call" | "look";
  readonly first: number;
  readonly count: number;
  /** Number of the version to deploy. */
  readonly version: number;
  /** So many at a time, and milliseconds between two where it is one. */
  readonly atOnce: number;
  readonly every: number;
}

export interface ScaleReport {
  /** Milliseconds: since the process began, since its store was opened, and of processor time. */
  readonly up: number;
  readonly ready: number;
  readonly cpu: number;
  /** Bytes, after a collection of garbage. */
  readonly resident: number;
  readonly heap: number;
  readonly plugins: number;
}

process.on("disconnect", () => process.exit());
const began = performance.now();
const store = await openNatsStore({ url: process.argv[2]! });
const host = await createHost({ store, log: () => {} });
const ready = performance.now() - began;
const settings = { mode: "fresh" } as const;
const wasm = exampleWasm("greet");

/** The same program in as many versions as are wanted: a section that says nothing tells them apart. */
function version(plugin: number, number: number): Uint8Array {
  const name = Buffer.from("scale");
  const content = Buffer.from(`${plugin} ${number}`);
  return Buffer.concat([
    wasm,
    Buffer.from([0, 1 + name.length + content.length, name.length]),
    name,
    content,
  ]);
}

async function one(order: ScaleOrder, number: number): Promise<void> {
  const name = `plugin-${number}`;
  if (order.do === "call") await host.registry.callJson(name, "greet", ["Ada"]);
  else await host.registry.deploy(name, version(number, order.version), { settings });
}

async function obey(order: ScaleOrder): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < order.count) {
      const due = performance.now() + order.every;
      await one(order, order.first + next++);
      if (order.every > 0) await delay(Math.max(0, due - performance.now()));
    }
  };
  await Promise.all(Array.from({ length: order.atOnce }, work));
}

/** Milliseconds of processor time that reports themselves took. */
let reporting = 0;

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

function report(): void {
  const now = processorTime();
  const cpu = now - reporting;
  globalThis.gc!();
  reporting += processorTime() - now;
  const { rss: resident, heapUsed: heap } = process.memoryUsage();
  const told: ScaleReport = {
    up: performance.now(),
    ready,
    cpu,
    resident,
    heap,
    plugins: host.registry.deployed,
  };
  process.send!(told);
}

process.on("message", (order: ScaleOrder) => {
  void obey(order).then(report, (error: unknown) => {
    console.log(error);
    process.exit(1);
  });
});
report();
