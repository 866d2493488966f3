/** Workers that answer as one host, whichever of them is asked: real processes, each asked over a connection of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { samplesOf } from "../observe/samples.ts";
import { killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";

const token = "a-token-for-tests-of-workers";
let data: string;
let host: Running;
let lines: Lines;
let port: number;
/** One for each worker, in the order of their numbers. */
let asked: Asked[];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every kind.
  readonly json: any;
}

/** Connection to one worker. */
class Asked {
  pid = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  ask(method: string, path: string, body?: Uint8Array | string, more: object = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const type = typeof body === "object" ? "application/wasm" : "application/json";
      const headers = { "content-type": type, authorization: `Bearer ${token}`, ...more };
      const agent = this.#agent;
      const sent = request({ host: "127.0.0.1", port, method, path, agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("error", reject).on("end", () => {
          const { statusCode: status = 0, headers } = response;
          const isJson = headers["content-type"]?.includes("json");
          resolve({ status, headers, text, json: isJson ? JSON.parse(text) : undefined });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  call(path: string, ...args: unknown[]): Promise<Answer> {
    return this.ask("POST", `/call/${path}`, JSON.stringify(args));
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Connections to all workers that serve. */
async function connect(): Promise<Asked[]> {
  const found = new Map<number, Asked>();
  await until(async () => {
    const each = new Asked();
    const { nodes } = (await each.ask("GET", "/nodes")).json;
    each.pid = nodes.find(({ self }: { self: boolean }) => self).pid;
    if (found.has(each.pid)) each.close();
    else found.set(each.pid, each);
    return found.size === 2;
  });
  const { workers } = (await whole([...found.values()][0]!, "/readyz?verbose")).json;
  return workers.answered.map(({ pid }: { pid: number }) => found.get(pid)!);
}

/** Answer in which no worker is missing: where the machine is busy one may be late. */
async function whole(each: Asked, path: string): Promise<Answer> {
  for (;;) {
    const answer = await each.ask("GET", path);
    const { lateWorkers = 0, workers } = answer.json ?? {};
    const late = lateWorkers + (workers?.late.length ?? 0) > 0;
    if (!late && !/^hotcell_workers\{state="late"\} [1-9]/m.test(answer.text)) return answer;
  }
}
/** Answers of both to the same question. */
const both = async (path: string) => [await whole(asked[0]!, path), await whole(asked[1]!, path)];
const counted = async (each: Asked) => countedIn(await whole(each, "/metrics"));
const countedIn = ({ text }: Answer) => {
  const samples = samplesOf(text);
  return (name: string, labels: Readonly<Record<string, string>>) =>
    samples
      .filter(
        (one) =>
          one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
      )
      .reduce((sum, { value }) => sum + value, 0);
};

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-one-host-"));
  const options = { environment: { HOTCELL_TOKEN: token } };
  host = startHotcell(["serve", "--port", "0", "--data", data, "--workers", "2"], options);
  lines = new Lines(host);
  port = Number(/listens on http:\S+:(\d+)/.exec((await lines.until(/^Workers: /)).join("\n"))![1]);
  host.stdout.resume();
  asked = await connect();
  const put = await asked[0]!.ask("PUT", "/plugins/guest?grant=clocks&grant=logging", waitingGuest());
  expect(put.status).toBe(201);
  const settings = '{"mode":"fresh","limits":{"fuel":1000000}}';
  expect((await asked[0]!.ask("PATCH", "/plugins/guest", settings)).status).toBe(200);
  expect((await asked[0]!.ask("PUT", "/plugins/counter", exampleWasm("counter"))).status).toBe(201);
  await until(async () => (await asked[1]!.ask("GET", "/plugins/guest")).json.revision === 2);
  await until(async () => (await asked[1]!.ask("GET", "/plugins/counter")).status === 200);
});
afterAll(async () => {
  for (const each of asked ?? []) each.close();
  await killRunning();
  await rm(data, { recursive: true, force: true });
});

it("tell the same sums, traps and state", async () => {
  for (let i = 0; i < 5; i++) expect((await asked[0]!.call("guest/count")).json).toBe(1);
  for (let i = 0; i < 3; i++) expect((await asked[1]!.call("guest/count")).json).toBe(1);
  expect((await asked[1]!.call("guest/spin")).json).toMatchObject({ code: "out-of-fuel" });
  // One cell for both: a call that the other worker makes is counted once.
  for (const each of asked) await each.call("counter/increment", 1);
  for (const each of asked) {
    const metric = await counted(each);
    expect(metric("hotcell_calls_total", { plugin: "guest", function: "count", code: "ok" })).toBe(8);
    expect(metric("hotcell_calls_total", { plugin: "guest", code: "out-of-fuel" })).toBe(1);
    expect(metric("hotcell_calls_total", { plugin: "counter" })).toBe(2);
    expect(metric("hotcell_call_seconds_count", { function: "count" })).toBe(8);
    expect(metric("hotcell_deployments_total", { kind: "upload", outcome: "created" })).toBe(2);
    expect(metric("hotcell_workers", { state: "answered" })).toBe(2);
    expect(metric("process_start_time_seconds", { worker: "1" })).toBeGreaterThan(0);
    expect(metric("process_start_time_seconds", { worker: "2" })).toBeGreaterThan(0);
    const { counters } = (await whole(each, "/plugins/guest")).json;
    expect(counters).toMatchObject({ calls: 9, traps: 1, inFlight: 0 });
    const { plugins } = (await whole(each, "/plugins?counters")).json;
    expect(plugins).toMatchObject([{ name: "counter", counters: { calls: 2 } }, { counters: { calls: 9 } }]);
    expect(plugins[1].lastTrap).toEqual(expect.any(String));
  }
  const [one, other] = await both("/plugins/guest/traps");
  expect(one!.json).toMatchObject({ traps: [{ function: "spin", code: "out-of-fuel" }] });
  expect(other!.json).toEqual(one!.json);
  const [here, there] = await both("/plugins/guest");
  expect(there!.json).toEqual(here!.json);
  for (const { json } of await both("/readyz?verbose")) {
    const pids = asked.map(({ pid }, i) => ({ worker: i + 1, pid }));
    expect(json.workers).toMatchObject({ answered: pids, late: [] });
    expect(json.cells.inline).toBeGreaterThan(1);
  }
  // Series have what a step of five seconds came to.
  const summed = async (each: Asked) => {
    const { columns, data } = (await each.ask("GET", "/series?plugin=guest")).json;
    return data[columns.indexOf("calls")].reduce(
      (sum: number, calls: number | null) => sum + (calls ?? 0),
      0,
    );
  };
  await until(async () => (await summed(asked[0]!)) === 9);
  expect(await summed(asked[1]!)).toBe(9);
}, 200_000);

it("tell the log lines of all", async () => {
  const said = async (each: Asked) =>
    (await each.ask("GET", "/events?kept&plugin=guest")).text.match(/"message":"begun"/g)?.length;
  for (const each of asked) await each.call("guest/wait", 0);
  for (const each of asked) await until(async () => (await said(each)) === 2);
});

it("tell how a rollout goes, whichever of them leads it and whichever has the cell", async () => {
  const path = "/plugins/tried";
  const [one, other] = asked as [Asked, Asked];
  expect((await one.ask("PUT", path, exampleWasm("counter"))).status).toBe(201);
  const set = { rollout: { time: "4m" }, limits: { queue: 500 } };
  expect((await one.ask("PATCH", path, JSON.stringify(set))).status).toBe(200);
  expect((await one.call("tried/increment", 1)).json).toBe(1);
  await until(async () => (await other.call("tried/increment", 1)).json > 1);
  // Two connections in a row reach both: one of them has the cell, and the other asks it.
  for (const leader of [new Asked(), new Asked()]) {
    const deploying = leader.ask("PUT", `${path}?allow-breaking`, exampleWasm("greet"));
    for (const each of asked) {
      const told = async () => (await each.ask("GET", path)).json.rollout;
      await until(async () => (await told()) !== undefined);
      expect(await told()).toMatchObject({ calls: 0, traps: 0 });
      const { plugins } = (await each.ask("GET", "/plugins?name=tried")).json;
      expect(plugins[0].rollout).toMatchObject({ traps: 0 });
    }
    expect((await other.ask("DELETE", `${path}/rollout`)).status).toBe(204);
    expect((await deploying).json.code).toBe("rollout-stopped");
    leader.close();
    for (const each of asked)
      await until(async () => (await each.ask("GET", path)).json.rollout === undefined);
  }
});

it("make a call with a key once", async () => {
  const before = Number((await asked[0]!.call("counter/increment", 0)).text);
  const keyed = (each: Asked, by: number) =>
    each.ask("POST", "/call/counter/increment", `[${by}]`, { "idempotency-key": '"once"' });
  const first = await keyed(asked[0]!, 1);
  expect(first.json).toBe(before + 1);
  const again = await keyed(asked[1]!, 1);
  expect(again.json).toBe(before + 1);
  expect(again.headers["idempotency-replayed"]).toBe("true");
  expect((await keyed(asked[1]!, 2)).json).toMatchObject({ code: "other-call" });
  const together = await Promise.all(
    asked.map((each) =>
      each.ask("POST", "/call/counter/increment", "[1]", { "idempotency-key": '"together"' }),
    ),
  );
  for (const { status, json } of together)
    if (status !== 200) expect(json).toMatchObject({ code: "call-under-way" });
  expect((await asked[1]!.call("counter/increment", 0)).json).toBe(before + 2);
});

it("count a client's requests and wrong tokens together", async () => {
  const rate = '{"rate":{"requests":100,"seconds":3600,"burst":100}}';
  expect((await asked[0]!.ask("PATCH", "/plugins/guest", rate)).status).toBe(200);
  await until(async () => (await asked[1]!.ask("GET", "/plugins/guest")).json.settings.rate !== undefined);
  const statuses = async (each: Asked, ask: () => Promise<Answer>, refused: number) => {
    let taken = 0;
    await until(async () => {
      if ((await ask()).status === refused) return true;
      taken++;
      return false;
    });
    return { taken, each };
  };
  const calls = (each: Asked) => statuses(each, () => each.call("guest/count"), 429);
  expect((await calls(asked[0]!)).taken).toBeGreaterThanOrEqual(100);
  expect((await calls(asked[1]!)).taken).toBeLessThan(100);
  const guesses = (each: Asked) =>
    statuses(each, () => each.ask("GET", "/events", undefined, { authorization: "Bearer wrong" }), 429);
  expect((await guesses(asked[0]!)).taken).toBeGreaterThanOrEqual(20);
  expect((await guesses(asked[1]!)).taken).toBeLessThan(20);
  await asked[0]!.ask("PATCH", "/plugins/guest", '{"rate":null}');
  await until(async () => (await asked[1]!.ask("GET", "/plugins/guest")).json.settings.rate === undefined);
}, 200_000);

it("leave one out that does not answer in time, and say so", async () => {
  const calls = async () => (await counted(asked[0]!))("hotcell_calls_total", { plugin: "guest" });
  await asked[1]!.call("guest/count");
  const before = await calls();
  process.kill(asked[1]!.pid, "SIGSTOP");
  try {
    await asked[0]!.call("guest/count");
    const metric = countedIn(await asked[0]!.ask("GET", "/metrics"));
    expect(metric("hotcell_calls_total", { plugin: "guest" })).toBe(before + 1);
    expect(metric("hotcell_workers", { state: "late" })).toBe(1);
    expect(metric("hotcell_workers", { state: "answered" })).toBe(1);
    expect((await asked[0]!.ask("GET", "/plugins/guest")).json.lateWorkers).toBe(1);
    expect((await asked[0]!.ask("GET", "/plugins/guest/traps")).json.lateWorkers).toBe(1);
    expect((await asked[0]!.ask("GET", "/readyz?verbose")).json.workers.late).toEqual([2]);
  } finally {
    process.kill(asked[1]!.pid, "SIGCONT");
  }
  // Once it goes on.
  expect(await calls()).toBe(before + 1);
});

it("make no call again whose worker died while it was made", async () => {
  const keyed = (each: Asked) =>
    each.ask("POST", "/call/guest/wait", "[100000]", { "idempotency-key": '"lost"' });
  const under = keyed(asked[0]!).catch(({ code }: { code: string }) => code);
  const inFlight = async () => (await asked[1]!.ask("GET", "/plugins/guest")).json.counters.inFlight;
  await until(async () => (await inFlight()) === 1);
  expect((await keyed(asked[1]!)).json).toMatchObject({ code: "call-under-way" });
  process.kill(asked[0]!.pid, "SIGKILL");
  expect(await under).toBe("ECONNRESET");
  await until(async () => (await inFlight()) === 0);
  const again = (await keyed(asked[1]!)).json;
  expect(again).toMatchObject({ code: "answer-not-kept" });
  expect(again.detail).toContain("ended before it had an answer");
  await lines.error(/serves again/);
  for (const each of asked) each.close();
  asked = await connect();
}, 200_000);

it("never count back: neither where one is killed nor where all are replaced, which also keeps traps and keys", async () => {
  const calls = async (each: Asked) => (await counted(each))("hotcell_calls_total", { plugin: "guest" });
  await asked[0]!.call("guest/count");
  const before = await calls(asked[1]!);
  process.kill(asked[0]!.pid, "SIGKILL");
  const left = countedIn(await asked[1]!.ask("GET", "/metrics"));
  expect(left("hotcell_calls_total", { plugin: "guest" })).toBe(before);
  await lines.error(/serves again/);
  for (const each of asked) each.close();
  asked = await connect();
  for (const each of asked) expect(await calls(each)).toBe(before);
  const counters = async (each: Asked) => (await whole(each, "/plugins/guest")).json.counters;
  const known = await counters(asked[0]!);
  for (const each of asked) await each.call("guest/count");
  // The newest is told only as they leave.
  for (const each of asked) each.close();
  host.kill("SIGHUP");
  await lines.error(/Reloaded: .* now/);
  asked = await connect();
  for (const each of asked) {
    expect(await calls(each)).toBe(before + 2);
    expect(await counters(each)).toMatchObject({ since: known.since, calls: known.calls + 2, traps: 1 });
    const { traps } = (await whole(each, "/plugins/guest/traps")).json;
    expect(traps).toMatchObject([{ function: "spin" }]);
    const again = await each.ask("POST", "/call/counter/increment", "[1]", { "idempotency-key": '"once"' });
    expect(again.headers["idempotency-replayed"]).toBe("true");
  }
}, 400_000);
