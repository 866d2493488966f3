/**
 * Requests that plugins answer, beside the same answer of a native route of Hono's, of jco's own server and of workerd: what one
 * costs the server in CPU time, and how long it takes. Each server is a process of its own, loaded by another of its own, in turn.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuTime } from "./support/cpu-time.ts";
import { byHand, byLibrary, hello } from "./support/hello-plugins.ts";
import type { HelloServer } from "./support/hello-process.ts";
import type { Done, Job } from "./support/load-process.ts";
import { median } from "./support/measure.ts";
import { hasWorkerd, type ServingProcess, serveByJco, serveByWorkerd } from "./support/peers.ts";
import { httpComponent } from "./support/plugin-source.ts";
import type { Table } from "./support/table.ts";

const rounds = 9;
const requests = 4_000;
/** Rounds until everything on a request's way is compiled. */
const warmUp = 5;
/** Requests of a round to a server that takes a hundred times as long. */
const fewRequests = 200;

interface Contender {
  readonly name: string;
  readonly server: ServingProcess;
  readonly path: string;
  readonly requests: number;
  readonly caller: ChildProcess;
}

const entry = (name: string) => new URL(`./support/${name}.ts`, import.meta.url);

export async function run(): Promise<Table[]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-bench-http-"));
  const library = join(folder, "library.wasm");
  await writeFile(library, await httpComponent("bench-hello-library", byLibrary));
  const hand = join(folder, "hand.wasm");
  await writeFile(hand, await httpComponent("bench-hello-hand", byHand));

  const contenders: Contender[] = [];
  const add = (name: string, server: ServingProcess, path: string, count = requests) =>
    contenders.push({ name, server, path, requests: count, caller: fork(entry("load-process")) });
  const plugin = async (name: string, file: string, settings: object, door: "own" | "mounted" = "own") =>
    add(name, await helloServer({ door, file, settings }), "/http/hello/hello/world");
  add("native Hono route", await helloServer({ door: "native" }), "/hello/world");
  for (const fresh of [true, false]) {
    const name = `by hand, by the thinnest host, ${fresh ? "fresh" : "shared"}`;
    add(name, await helloServer({ door: "thin", file: hand, fresh }), "/hello/world");
  }
  await plugin("library, fresh", library, { mode: "fresh" });
  await plugin("library, shared", library, { mode: "shared" });
  await plugin("by hand, fresh", hand, { mode: "fresh" });
  await plugin("by hand, shared", hand, { mode: "shared" });
  await plugin("library, fresh, in a Hono app", library, { mode: "fresh" }, "mounted");
  await plugin("library, fresh, in a process", library, { mode: "fresh", placement: "process" });
  add("jco serve, library", await serveByJco(library), "/hello/world", fewRequests);
  if (await hasWorkerd()) {
    const server = await serveByWorkerd(hello);
    add("workerd, its own worker", server, "/own");
    add("workerd, a loaded worker", server, "/hello/world");
  } else console.error("workerd is left out: npm ci --prefix bench installs what only benches need.");

  const tables = await measureAll(contenders);
  for (const { caller } of contenders) caller.disconnect();
  for (const server of new Set(contenders.map(({ server }) => server))) await server.close();
  await rm(folder, { recursive: true });
  return tables;
}

async function measureAll(contenders: readonly Contender[]): Promise<Table[]> {
  const samples = () => new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  const [cpu, wall, p50, p99] = [samples(), samples(), samples(), samples()];
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, server, path, requests, caller } of contenders) {
      const job: Job = { port: server.port, path, requests, connections: 32 };
      const before = await cpuTime(server.pid);
      caller.send(job);
      const [done] = (await once(caller, "message")) as [Done];
      const after = await cpuTime(server.pid);
      if (!done.status.endsWith(" 200 OK") || done.strange > 0) throw new Error(`${name}: ${done.status}`);
      if (round < 0) continue;
      if (before !== undefined && after !== undefined) cpu.get(name)!.push((after - before) / requests);
      wall.get(name)!.push((done.seconds * 1e9) / requests);
      p50.get(name)!.push(done.p50);
      p99.get(name)!.push(done.p99);
    }
  }
  const row = (name: string, samples: Map<string, number[]>) => ({
    name,
    nanoseconds: new Map([...samples].map(([contender, times]) => [contender, median(times)])),
  });
  const counted = cpu.get(contenders[0]!.name)!.length > 0;
  return [
    {
      title: `${hello} over HTTP, 32 connections, ${rounds} × ${requests} requests (jco serve: ${fewRequests})`,
      subject: contenders[0]!.name,
      rows: [
        ...(counted ? [row("CPU time of the server", cpu)] : []),
        row("time between two answers", wall),
        row("time to an answer, p50", p50),
        row("time to an answer, p99", p99),
      ],
    },
  ];
}

async function helloServer(asked: HelloServer): Promise<ServingProcess> {
  const child = fork(entry("hello-process"), [JSON.stringify(asked)]);
  const ended = once(child, "exit").then(() => {
    throw new Error(`The server for ${JSON.stringify(asked)} ended.`);
  });
  const [port] = (await Promise.race([once(child, "message"), ended])) as [number];
  ended.catch(() => {});
  return {
    port,
    pid: child.pid!,
    async close() {
      const exit = once(child, "exit");
      child.disconnect();
      await exit;
    },
  };
}
