/**
 * One round of `bench -- compare`, of the checkout that is its first argument: prints nanoseconds by what was measured.
 * Uses only what every checkout has. The second argument is a file with the kernels, compiled.
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { createAccess } from "../../host/access/access.ts";
import type { inspectComponent } from "../../host/component/inspect.ts";
import type { CellMemory } from "../../host/engine/cell/cell-memory.ts";
import type { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import type { Fuel } from "../../host/engine/fuel/tank.ts";
import type { harden } from "../../host/harden/harden.ts";
import type { createHost } from "../../host/host.ts";
import type { createApp } from "../../host/http/app.ts";
import type { listen } from "../../host/http/server/http-server.ts";
import type { open } from "../../host/open.ts";
import { kernels } from "./kernels.ts";
import type { Done, Job } from "./load-process.ts";
import { measure, measureSlow } from "./measure.ts";

const [root = "", kernelFile = ""] = process.argv.slice(2);

interface Compared {
  createHost: typeof createHost;
  open: typeof open;
  createApp: typeof createApp;
  listen: typeof listen;
  createAccess: typeof createAccess;
  createDirectEngine: typeof createDirectEngine;
  inspectComponent: typeof inspectComponent;
  harden: typeof harden;
  Fuel: typeof Fuel;
  CellMemory: typeof CellMemory;
}

/** Each under the name it has now, or under one it had. */
const files = [
  ["host"],
  ["open"],
  ["http/app"],
  ["http/server/http-server", "http/server"],
  ["access/access"],
  ["engine/direct/direct-engine", "engine/direct/engine"],
  ["component/inspect"],
  ["harden/harden", "engine/harden/harden"],
  ["engine/fuel/tank", "engine/harden/fuel"],
  ["engine/cell/cell-memory", "engine/cell-memory"],
].map((names) => names.map((name) => join(root, "host", `${name}.ts`)).find(existsSync)!);
const modules = await Promise.all(files.map((file) => import(file)));
const its = Object.assign({}, ...modules) as Compared;
const example = (name: string) => readFile(join(root, "build", `${name}.wasm`));
const results = new Map<string, number>();
const only = (name: string, times: Map<string, number>) => results.set(name, times.get(name)!);
const quick = { rounds: 9, millis: 30 };

const greet = await example("greet");
const plugin = await its.open(greet);
const symbol = plugin.lookup("greet").as<(name: string) => string>("func(name: string) -> string");
only("engine: a call", measure([{ name: "engine: a call", run: () => symbol("world") }], quick));

const compiled = await its.createDirectEngine().compile(its.inspectComponent(greet));
const start = { name: "engine: a cell's start and end", run: () => compiled.instantiate({}).dispose() };
only(start.name, measure([start], quick));
const cell = compiled.instantiate({});
cell.save();
only("cell: a reset", measure([{ name: "cell: a reset", run: () => cell.reset() }], quick));

const fuel = new its.Fuel();
fuel.set(2 ** 50);
const instance = new WebAssembly.Instance(
  new WebAssembly.Module(its.harden(await readFile(kernelFile)).bytes),
  { ...fuel.imports, ...new its.CellMemory().imports },
);
let logarithms = 0;
for (const [, name, argument] of kernels) {
  const kernel = instance.exports[name] as (argument: number) => number;
  const run = () => {
    fuel.set(2 ** 50);
    return kernel(argument);
  };
  logarithms += Math.log(measure([{ name, run }], { rounds: 5, millis: 20 }).get(name)!);
}
results.set("fuel: kernels, geometric mean", Math.exp(logarithms / kernels.length));

const host = await its.createHost({ log: () => {} });
await host.registry.deploy("greet", greet, {});
const access = its.createAccess({ address: "127.0.0.1", tokens: host.tokens, privateCalls: false });
const app = its.createApp({ ...host, access });
const url = "http://127.0.0.1/call/greet/greet";
const headers = { host: "127.0.0.1", "content-type": "application/json" };
const calls = 500;
const route = {
  name: "route: /call, in process",
  run: async () => {
    for (let i = 0; i < calls; i++) {
      const answer = await app.fetch(new Request(url, { method: "POST", headers, body: '["world"]' }));
      await answer.text();
    }
  },
};
await route.run();
results.set(route.name, (await measureSlow([route], 15)).get(route.name)! / calls);

const server = await its.listen(app, { host: "127.0.0.1", port: 0 });
const child = fork(new URL("load-process.ts", import.meta.url));
/** Rounds until everything on a request's way is compiled: a process takes some 60,000 requests for that. */
const warmUp = 10;
const requests = 8_000;
const spent: number[] = [];
for (let round = 0; round < warmUp + 5; round++) {
  const job: Job = {
    port: server.port,
    path: "/call/greet/greet",
    body: '["world"]',
    requests,
    connections: 32,
  };
  const before = process.cpuUsage();
  child.send(job);
  const [done] = (await once(child, "message")) as [Done];
  const { user, system } = process.cpuUsage(before);
  if (!done.status.endsWith(" 200 OK") || done.strange > 0) throw new Error(done.status);
  if (round >= warmUp) spent.push(((user + system) * 1000) / requests);
}
results.set("route: /call over HTTP, CPU time", spent.sort((a, b) => a - b)[2]!);
child.disconnect();
await server.close();

const versions = await Promise.all([example("friendly-time-v1"), example("friendly-time-v2")]);
const settings = { grants: { clocks: true } };
await host.registry.deploy("time", versions[1]!, { settings });
const swap = {
  name: "swap: upload to live",
  run: (i: number) => host.registry.deploy("time", versions[i % 2]!, { allowBreaking: true }),
};
only(swap.name, await measureSlow([swap], 60));

console.log(JSON.stringify(Object.fromEntries(results)));
process.exit();
