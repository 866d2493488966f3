/** Several processes on one port (`hotcell serve --workers`), as their users see them. */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finished, killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";
import { isRunning, until } from "../support/processes.ts";

let data: string;
let host: Running;
let lines: Lines;
let port: number;
let workers: number[];
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-workers-"));
  host = startHotcell(["serve", "--port", "0", "--data", data, "--workers", "2"]);
  lines = new Lines(host);
  const said = (await lines.until(/^Workers: /)).join("\n");
  port = Number(/listens on http:\S+:(\d+)/.exec(said)![1]);
  workers = numbers(/as processes (.*)$/m.exec(said)![1]!);
  host.stdout.resume();
});
afterAll(async () => {
  await killRunning();
  await rm(data, { recursive: true, force: true });
});

const numbers = (text: string) => text.split(", ").map(Number);

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request over a connection of its own, or of those that are kept. What goes wrong with the connection is an error. */
function ask(method: string, path: string, body?: Uint8Array | string, agent: Agent | false = false) {
  return new Promise<Answer>((resolve, reject) => {
    const type = typeof body === "object" ? "application/wasm" : "application/json";
    const headers = {
      "content-type": type,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const asked = request({ host: "127.0.0.1", port, method, path, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode!, text })).on("error", reject);
    });
    asked.on("error", reject);
    asked.on("socket", (socket) => {
      if (agent === false) socket.once("connect", () => connected++);
    });
    asked.end(body);
  });
}
let token: string | undefined;
/** Connections of their own that requests have got. */
let connected = 0;

it("are one host: what is deployed is called at each, and what is shared has one cell", async () => {
  token = (await readFile(join(data, "token"), "utf8")).trim();
  expect((await ask("PUT", "/plugins/greet", exampleWasm("greet"))).status).toBe(201);
  expect((await ask("PUT", "/plugins/counter", exampleWasm("counter"))).status).toBe(201);
  // Connections go to one after the other: the second worker has followed once many in a row are answered.
  for (let row = 0; row < 8; ) row = (await ask("GET", "/plugins/counter")).status === 200 ? row + 1 : 0;
  const counts: number[] = [];
  for (let i = 0; i < 8; i++) counts.push(Number((await ask("POST", "/call/counter/increment", "[1]")).text));
  expect(counts).toEqual(counts.map((_, i) => counts[0]! + i));
});

it("count as one host, and tell that they are of one", async () => {
  for (let i = 0; i < 8; i++)
    expect((await ask("GET", "/metrics")).text).toMatch(/^hotcell_hosts\{version="[^"]+"\} 1$/m);
  const { nodes } = JSON.parse((await ask("GET", "/nodes")).text) as {
    nodes: { pid: number; primary: number }[];
  };
  expect(nodes.map(({ pid, primary }) => [pid, primary])).toEqual(workers.map((pid) => [pid, host.pid]));
});

it("are replaced three times under load, by the verb and by SIGHUP, and no request fails", async () => {
  const kept = new Agent({ keepAlive: true, maxSockets: 4 });
  let calling = true;
  let answered = 0;
  const wrong: string[] = [];
  const caller = async (agent: Agent | false) => {
    while (calling) {
      const answer = await ask("POST", "/call/greet/greet", '["Ada"]', agent).catch(String);
      if (typeof answer === "string" || answer.status !== 200) wrong.push(JSON.stringify(answer));
      else answered++;
      // The new ones need the processor too.
      await setTimeout(5);
    }
  };
  const callers = [caller(kept), caller(kept), caller(false), caller(false)];
  await until(() => answered > 50);
  const run = await finished(startHotcell(["reload", "--data", data, "--json"]));
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const [{ primary, workers: now }] = JSON.parse(run.stdout).hosts;
  expect(primary).toBe(host.pid);
  for (const pid of workers) expect(isRunning(pid)).toBe(false);
  await lines.error(/Reloaded/);
  const seen = new Set([...workers, ...now]);
  for (let i = 1; i < 3; i++) {
    host.kill("SIGHUP");
    const said = await lines.error(/Reloaded: .* now/);
    workers = numbers(/processes (.*) now/.exec(said)![1]!);
    for (const pid of workers) seen.add(pid);
  }
  expect(seen.size).toBe(2 * 4);
  const before = answered;
  await until(() => answered > before + 50);
  calling = false;
  await Promise.all(callers);
  kept.destroy();
  expect(wrong).toEqual([]);
}, 400_000);

it("are begun anew where one dies, which is told, and the other answers meanwhile", async () => {
  process.kill(workers[0]!, "SIGKILL");
  const died = await lines.error(/ended by SIGKILL/);
  expect(died).toContain(
    `Worker 1 (process ${workers[0]}) ended by SIGKILL; another takes its place in 0.1 s.`,
  );
  expect((await ask("POST", "/call/greet/greet", '["Ada"]')).status).toBe(200);
  const again = await lines.error(/serves again/);
  expect(again).toMatch(/Worker 1 serves again, as process \d+/);
});

it("leave nobody waiting whose connection went to one that dies", async () => {
  // The other one than before.
  process.kill(workers[1]!, "SIGSTOP");
  // One after the other, so that each goes to a worker that is free: to the one that stands still goes one.
  const asked = Array.from({ length: 4 }, () => ask("GET", "/healthz"));
  const outcomes: string[] = [];
  for (const each of asked)
    void each.then(
      ({ status }) => outcomes.push(`${status}`),
      (error: NodeJS.ErrnoException) => outcomes.push(`${error.code}`),
    );
  await until(() => outcomes.length === 3);
  process.kill(workers[1]!, "SIGKILL");
  await until(() => outcomes.length === 4);
  expect(outcomes).toEqual(["200", "200", "200", "ECONNRESET"]);
  await lines.error(/serves again/);
});

it("end with the last of them, where all die at once", async () => {
  const other = startHotcell(["serve", "--port", "0", "--data", join(data, "others"), "--workers", "2"]);
  const told = (await new Lines(other).until(/^Workers: /)).at(-1)!;
  for (const pid of numbers(/as processes (.*)$/.exec(told)![1]!)) process.kill(pid, "SIGKILL");
  expect(await once(other, "exit")).toEqual([137, null]);
});

it("end together, in order, answer what came before, and leave no trace of themselves", async () => {
  let serving: number[] = [];
  await until(async () => {
    const { workers } = JSON.parse((await ask("GET", "/readyz?verbose")).text);
    serving = workers.answered.map(({ pid }: { pid: number }) => pid);
    return serving.length === 2;
  });
  connected = 0;
  // No worker takes them, so that they wait in the process that hands connections on, and in the kernel.
  for (const pid of serving) process.kill(pid, "SIGSTOP");
  const asked = Array.from({ length: 50 }, () => ask("GET", "/healthz").catch(String));
  await until(() => connected === 50);
  const exited = once(host, "exit");
  host.kill("SIGTERM");
  await lines.until(/^Stopping/);
  for (const pid of serving) process.kill(pid, "SIGCONT");
  for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ status: 200 });
  expect(await exited).toEqual([0, null]);
  expect((await readdir(join(data, "nodes"))).filter((name) => /\.(lock|sock)$/.test(name))).toEqual([]);
  const run = await finished(startHotcell(["reload", "--data", data, "--json"]));
  expect(run.code).toBe(4);
  expect(JSON.parse(run.stderr)).toMatchObject({ code: "no-host" });
});

it("that are being replaced when the host is stopped are told to be neither reloaded nor to go on", async () => {
  const other = startHotcell(["serve", "--port", "0", "--data", join(data, "stopped"), "--workers", "1"]);
  const told = (await new Lines(other).until(/^Workers: /)).at(-1)!;
  const [worker] = numbers(/as processes (.*)$/.exec(told)![1]!);
  other.stdout.resume();
  const said = text(other.stderr);
  // It does not leave before the host is stopped.
  process.kill(worker!, "SIGSTOP");
  other.kill("SIGHUP");
  other.kill("SIGTERM");
  process.kill(worker!, "SIGCONT");
  expect(await said).toBe("Not reloaded: the host is being stopped.\n");
});

it("that can't serve end the host with their code and reason, once", async () => {
  const run = await finished(
    startHotcell(["serve", "--host", "192.0.2.1", "--port", "0", "--data", data, "--workers", "2"]),
  );
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr.match(/not an address of this machine/g)).toHaveLength(1);
  const line = await finished(startHotcell(["serve", "--workers", "0", "--data", data]));
  expect(line.code).toBe(2);
  expect(line.stderr).toContain("a number of processes from 1 to 64, or auto");
});
