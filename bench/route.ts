/**
 * Routes that a plugin answers beside one that answers the same itself, over HTTP and under load from a second
 * process: what a request costs the server, in CPU time and in time. A bare handler of Node's that calls the same symbol, without
 * access, limits and accounts, is what there is to come near to.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createAccess } from "../host/access/access.ts";
import { createHost } from "../host/host.ts";
import { createApp } from "../host/http/app.ts";
import { pluginRoutes } from "../host/http/embed.ts";
import { clientAddress } from "../host/http/server/client-address.ts";
import { listen } from "../host/http/server/http-server.ts";
import { Visits } from "../host/http/visits/visits.ts";
import { open } from "../host/open.ts";
import { sampledSpans } from "../tools/embedders/sampled-spans.ts";
import type { Done, Job } from "./support/load-process.ts";
import { median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const rounds = 9;
const requests = 20_000;

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
  const sampled = sampledSpans(0.01);

  const routes = [
    { name: "native", path: "/native", port },
    { name: "looked-up symbol", path: "/symbol", port },
    { name: "symbol, node:http", path: "/", port: (bare.address() as AddressInfo).port },
    { name: "/call, in a Hono app", path: "/call/greet/greet", port },
    { name: "/call, own server", path: "/call/greet/greet", port: own.port },
    ...(sampled
      ? [{ name: "the same, traces at 1 %", path: "/call/greet/greet", port: own.port, record: sampled }]
      : []),
  ];
  const child = fork(new URL("./support/load-process.ts", import.meta.url));
  const samples = () => new Map<string, number[]>(routes.map(({ name }) => [name, []]));
  const [cpu, wall, p50, p99] = [samples(), samples(), samples(), samples()];
  for (let round = -1; round < rounds; round++) {
    for (const { name, path, port, ...more } of routes) {
      const end = "record" in more ? more.record() : undefined;
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
  child.disconnect();
  server.close();
  bare.close();
  await own.close();

  const row = (name: string, samples: Map<string, number[]>) => ({
    name,
    nanoseconds: new Map([...samples].map(([route, times]) => [route, median(times)])),
  });
  return [
    {
      title: `greet: string → string over HTTP, 32 connections, ${rounds} × ${requests} requests`,
      subject: "native",
      rows: [
        row("CPU time of the server", cpu),
        row("time between two answers", wall),
        row("time to an answer, p50", p50),
        row("time to an answer, p99", p99),
      ],
    },
  ];
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
