/**
 * Routes that a plugin answers beside one that answers the same itself, over HTTP and under load from a second
 * process: what a request costs the server, in CPU time and in time. A bare handler of Node's that calls the same symbol, without
 * access, limits and accounts, is what there is to come near to.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createAccess } from "../host/access/access.ts";
import { createHost, type Host } from "../host/host.ts";
import { createApp } from "../host/http/app.ts";
import { pluginRoutes } from "../host/http/embed.ts";
import { clientAddress } from "../host/http/server/client-address.ts";
import { listen } from "../host/http/server/http-server.ts";
import { Visits } from "../host/http/visits/visits.ts";
import type { HostMetrics } from "../host/observe/host-metrics.ts";
import { FunctionMeter } from "../host/observe/plugin-meter.ts";
import { open } from "../host/open.ts";
import { type SampledParts, sampledSpans } from "../tools/embedders/sampled-spans.ts";
import type { Done, Job } from "./support/load-process.ts";
import { median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const rounds = 9;
const requests = 20_000;
/** Parts of traces where all are recorded. */
const everyTrace: SampledParts = { asked: 1, sampled: 1 };

export async function run(): Promise<Table[]> {
  const wasm = await readFile("build/greet.wasm");
  await using plugin = await open(wasm);
  await using host = await createHost({ log: () => {} });
  await host.registry.deploy("greet", wasm, {});
  const greet = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");

  const app = new Hono();
  app.post("/native", async (c) => {
    const [name] = (await c.req.json()) as [string];
    return c.json(`Hello, ${name}!`);
  });
  app.post("/symbol", async (c) => {
    const [name] = (await c.req.json()) as [string];
    return c.json(greet(name));
  });
  app.route("/", pluginRoutes(host));
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const bare = createServer(bareHandler(greet)).listen(0, "127.0.0.1");
  await once(bare, "listening");
  const access = createAccess({ address: "127.0.0.1", tokens: host.tokens, privateCalls: false });
  const visits = new Visits(undefined, clientAddress(false));
  const own = await listen(createApp({ ...host, access }), { host: "127.0.0.1", port: 0, visits });
  await using uncounted = await createHost({ log: () => {} });
  countNothing(uncounted);
  await uncounted.registry.deploy("greet", wasm, {});
  const bareApp = createApp({ ...uncounted, access });
  const ownUncounted = await listen(bareApp, { host: "127.0.0.1", port: 0, visits });
  const record = sampledSpans();
  const call = { path: "/call/greet/greet", port: own.port };
  const traced = (name: string, parts: SampledParts) =>
    // What is recorded seldom is compiled late: all of it is until that has been.
    record ? [{ name, ...call, begin: (warm: boolean) => record(warm ? parts : everyTrace) }] : [];
  const child = fork(new URL("./support/load-process.ts", import.meta.url));
  const routes = await measureRoutes(child, [
    { name: "native", path: "/native", port },
    { name: "looked-up symbol", path: "/symbol", port },
    { name: "symbol, node:http", path: "/", port: (bare.address() as AddressInfo).port },
    { name: "/call, in a Hono app", path: "/call/greet/greet", port },
    { name: "/call, own server", ...call },
  ]);
  const seen = await measureRoutes(child, [
    { name: "/call, own server", ...call },
    { name: "no metrics", path: call.path, port: ownUncounted.port },
    ...traced("1 % of traces, by the SDK", { asked: 1, sampled: 0.01 }),
    ...traced("1 % of traces, by the host", { asked: 0.01, sampled: 1 }),
    ...traced("all traces", everyTrace),
  ]);
  if (!record) console.error("Traces are left out: npm ci --prefix tools/embedders installs an SDK.");
  child.disconnect();
  server.close();
  bare.close();
  await own.close();
  await ownUncounted.close();
  const title = `greet: string → string over HTTP, 32 connections, ${rounds} × ${requests} requests`;
  return [
    { title, subject: "native", rows: routes },
    { title: "The same, as it is seen from outside", subject: "/call, own server", rows: seen },
  ];
}

interface LoadedRoute {
  readonly name: string;
  readonly path: string;
  readonly port: number;
  /** Called before each round, and gives what is called after it. `warm`: the round counts. */
  readonly begin?: (warm: boolean) => () => void;
}

async function measureRoutes(child: ChildProcess, routes: readonly LoadedRoute[]): Promise<Table["rows"]> {
  const samples = () => new Map<string, number[]>(routes.map(({ name }) => [name, []]));
  const [cpu, wall, p50, p99] = [samples(), samples(), samples(), samples()];
  for (let round = -1; round < rounds; round++) {
    for (const { name, path, port, begin } of routes) {
      const end = begin?.(round >= 0);
      const job: Job = { port, path, body: '["world"]', requests, connections: 32 };
      const before = process.cpuUsage();
      child.send(job);
      const [done] = (await once(child, "message")) as [Done];
      const { user, system } = process.cpuUsage(before);
      end?.();
      if (!done.status.endsWith(" 200 OK") || done.strange > 0) throw new Error(`${path}: ${done.status}`);
      if (round < 0) continue;
      cpu.get(name)!.push(((user + system) * 1000) / requests);
      wall.get(name)!.push((done.seconds * 1e9) / requests);
      p50.get(name)!.push(done.p50);
      p99.get(name)!.push(done.p99);
    }
  }
  const row = (name: string, samples: Map<string, number[]>) => ({
    name,
    nanoseconds: new Map([...samples].map(([route, times]) => [route, median(times)])),
  });
  return [
    row("CPU time of the server", cpu),
    row("time between two answers", wall),
    row("time to an answer, p50", p50),
    row("time to an answer, p99", p99),
  ];
}

/** Has a host count nothing of what functions do. */
function countNothing(host: Host): void {
  const nothing = new FunctionMeter("", "");
  Object.assign(nothing, { times: { begin: () => 0, end() {}, waited() {} }, fuel: { add() {} } });
  (host.metrics as HostMetrics).meters.functionOf = () => nothing;
}

function bareHandler(greet: (name: string) => string): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [name] = JSON.parse(Buffer.concat(chunks).toString()) as [string];
      const body = JSON.stringify(greet(name));
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      });
      response.end(body);
    });
  };
}
