/** Calls with keys at two hosts as processes on one data folder: each is made once, whichever host is asked. */
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";

interface Served {
  readonly child: Running;
  readonly url: string;
}

const authorization = "Bearer a-token-for-tests-of-keys";
let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-keys-"));
});
afterEach(async () => {
  await killRunning();
  await rm(data, { recursive: true, force: true });
});

async function serve(): Promise<Served> {
  const environment = { HOTCELL_TOKEN: "a-token-for-tests-of-keys" };
  const child = startHotcell(["serve", "--port", "0", "--data", data, "--share-data"], { environment });
  const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
  return { child, url };
}

async function end({ child }: Served, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function put({ url }: Served, name: string, wasm: Uint8Array, settings: object): Promise<void> {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(wasm)], { type: "application/wasm" }));
  form.set("settings", new Blob([JSON.stringify(settings)], { type: "application/json" }));
  const response = await fetch(`${url}/plugins/${name}`, {
    method: "PUT",
    headers: { authorization },
    body: form,
  });
  expect([response.status, response.ok ? "" : await response.text()]).toEqual([201, ""]);
}

async function call({ url }: Served, path: string, key: string, ...args: unknown[]) {
  const headers = { authorization, "content-type": "application/json", "idempotency-key": key };
  const response = await fetch(`${url}/call/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(args),
  });
  const text = await response.text();
  const replayed = response.headers.get("idempotency-replayed") === "true";
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text), replayed };
}

it("are answered alike by both, also once both have begun anew; no one else can read what is kept", async () => {
  const [one, other] = [await serve(), await serve()];
  await put(one, "counter", exampleWasm("counter"), { grants: {} });
  await until(async () => (await fetch(`${other.url}/plugins/counter`)).ok);
  const first = await call(one, "counter/increment", "k", 5);
  expect(first).toMatchObject({ status: 200, replayed: false });
  expect(await call(other, "counter/increment", "k", 5)).toEqual({ ...first, replayed: true });
  expect((await call(other, "counter/increment", "k", 6)).json.code).toBe("other-call");
  expect((await stat(join(data, "nodes", "calls.db"))).mode & 0o077).toBe(0);
  await Promise.all([end(one, "SIGTERM"), end(other, "SIGTERM")]);
  expect(await call(await serve(), "counter/increment", "k", 5)).toEqual({ ...first, replayed: true });
});

it("are lost, and not made again, where the host that made them is killed", async () => {
  const [one, other] = [await serve(), await serve()];
  const grants = { clocks: true, logging: true };
  await put(one, "waits", waitingGuest(), { mode: "fresh", grants });
  await until(async () => (await fetch(`${other.url}/plugins/waits`)).ok);
  const broken = call(one, "waits/wait", "lost", 100_000).catch(() => "broken");
  const begun = async () =>
    (await fetch(`${one.url}/plugins/waits`)).json() as Promise<{ counters: { inFlight: number } }>;
  await until(async () => (await begun()).counters.inFlight === 1);
  expect((await call(other, "waits/wait", "lost", 100_000)).json.code).toBe("call-under-way");
  await end(one, "SIGKILL");
  expect(await broken).toBe("broken");
  expect(await call(other, "waits/wait", "lost", 100_000)).toMatchObject({
    status: 409,
    json: { code: "answer-not-kept", detail: expect.stringContaining("before it had an answer") },
  });
  expect(await call(other, "waits/wait", "other", 0)).toMatchObject({ status: 200 });
});
