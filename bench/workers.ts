/**
 * Calls of a host that is one process, one worker, or two (`hotcell serve --workers`), over kept connections, from a process of its own. That
 * one takes processor time of the same machine: where there are more processes than processors, its share is subtracted.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { availableParallelism } from "node:os";
import { killRunning, Lines, startHotcell } from "../test/support/cli.ts";
import { exampleWasm } from "../test/support/examples.ts";
import { temporaryFolder } from "../tools/soak/support/folder.ts";
import { cpuTime } from "./support/cpu-time.ts";
import type { Done, Job } from "./support/load-process.ts";
import { median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const rounds = 5;
const warmUp = 2;
const requests = 3_000;
const connections = 32;
const token = "a-token-for-benches-of-workers";
const text = "The quick brown fox jumps over the lazy dog. ".repeat(10);

/** Else the plugin may not have all of a thread. */
const settings = '{"mode":"fresh","limits":{"fuelPerSecond":10000000000}}';

const calls = [
  { plugin: "greet", path: "/call/greet/greet", body: '["Ada"]' },
  { plugin: "text-stats", path: "/call/text-stats/stats/analyse", body: JSON.stringify([text, 3]) },
];

interface Served {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly processes: number;
}

export async function run(): Promise<Table[]> {
  await using folder = await temporaryFolder();
  const load = fork(new URL("./support/load-process.ts", import.meta.url));
  try {
    const served = [
      await serve("one process", `${folder.path}/none`, 0),
      await serve("1 worker", `${folder.path}/one`, 1),
      await serve("2 workers", `${folder.path}/two`, 2),
    ];
    const tables: Table[] = [];
    for (const call of calls) tables.push(await measured(load, served, call));
    return tables;
  } finally {
    load.disconnect();
    await killRunning();
  }
}

async function serve(name: string, data: string, workers: number): Promise<Served> {
  const more = workers > 0 ? ["--workers", `${workers}`] : [];
  const host = startHotcell(["serve", "--port", "0", "--data", data, ...more], {
    environment: { HOTCELL_TOKEN: token, HOTCELL_CEILINGS: "fuelPerSecond=10000000000" },
  });
  const said = (await new Lines(host).until(workers > 0 ? /^Workers: / : /token/)).join("\n");
  host.stdout.resume();
  const port = Number(/listens on http:\S+:(\d+)/.exec(said)![1]);
  const url = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/wasm" };
  for (const { plugin, path, body } of calls) {
    const put = await fetch(`${url}/plugins/${plugin}`, {
      method: "PUT",
      headers,
      body: new Uint8Array(exampleWasm(plugin)),
    });
    if (put.status !== 201) throw new Error(`${name}: ${await put.text()}`);
    const type = { "content-type": "application/json" };
    const patch = { method: "PATCH", headers: { ...headers, ...type }, body: settings };
    const patched = await fetch(`${url}/plugins/${plugin}?allow-state-loss`, patch);
    if (patched.status !== 200) throw new Error(`${name}: ${await patched.text()}`);
    await patched.text();
    // Connections of their own go to one worker after the other.
    for (let [row, tries] = [0, 0]; row < 8; tries++) {
      if (tries > 1_000) throw new Error(`${name} does not call ${plugin}.`);
      const status = await statusOf(port, path, body);
      row = status === 200 ? row + 1 : 0;
    }
  }
  return { name, pid: host.pid!, port, processes: Math.max(1, workers) };
}

async function measured(
  load: ChildProcess,
  served: readonly Served[],
  { plugin, path, body }: (typeof calls)[number],
): Promise<Table> {
  const samples = new Map<string, Map<string, number[]>>();
  const add = (row: string, name: string, value: number) => {
    const columns = samples.get(row) ?? new Map<string, number[]>();
    samples.set(row, columns.set(name, [...(columns.get(name) ?? []), value]));
  };
  for (let round = -warmUp; round < rounds; round++)
    for (const { name, pid, port, processes } of served) {
      const before = [await cpuTime(pid), await cpuTime(load.pid!)];
      load.send({ port, path, body, requests, connections } satisfies Job);
      const [done] = (await once(load, "message")) as [Done];
      const after = [await cpuTime(pid), await cpuTime(load.pid!)];
      if (!done.status.endsWith(" 200 OK") || done.strange > 0) throw new Error(`${name}: ${done.status}`);
      if (round < 0) continue;
      const wall = (done.seconds * 1e9) / requests;
      const [server = 0, generator = 0] = after.map((time = 0, i) => (time - (before[i] ?? 0)) / requests);
      const processors = availableParallelism();
      const taken = processes < processors ? 0 : generator / processors;
      add("between two answers, generator off", name, wall - taken);
      add("between two answers, as measured", name, wall);
      add("time to an answer, p50", name, done.p50);
      add("time to an answer, p99", name, done.p99);
      add("CPU time of the host", name, server);
      add("CPU time of the generator", name, generator);
    }
  const rows = [...samples].map(([name, columns]) => ({
    name,
    nanoseconds: new Map([...columns].map(([contender, times]) => [contender, median(times)])),
  }));
  return {
    title: `Calls of ${plugin} (fresh), ${connections} connections, ${rounds} × ${requests}, ${availableParallelism()} processors`,
    subject: "1 worker",
    rows,
  };
}

/** Status of a call over a connection of its own. */
async function statusOf(port: number, path: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const asked = request({ host: "127.0.0.1", port, path, method: "POST", agent: false, headers });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return answer.statusCode ?? 0;
}
