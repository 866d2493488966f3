/** Takeover of what one host has for all, on a store on NATS: what is kept when that host is killed, ended, or stands still. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { version } from "../../guests/obedient.ts";
import { killRunning, Lines, type Running, startHotcell } from "../../support/cli.ts";
import { exampleWasm } from "../../support/examples.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

const waiting = { timeout: 60_000, interval: 50 };
const json = { authorization: "Bearer t", "content-type": "application/json" };

interface Host {
  readonly child: Running;
  readonly url: string;
}

describe.runIf(!inject("missing").includes("nats-server"))("hosts on one store on NATS", () => {
  let nats: NatsServer;
  let folder: string;
  let store: string;
  const hosts: Host[] = [];

  const start = async (): Promise<Host> => {
    const data = join(folder, `${hosts.length}`);
    const child = startHotcell(["serve", "--port", "0", "--data", data, "--token", "t", "--store", store]);
    const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
    const host = { child, url };
    hosts.push(host);
    return host;
  };
  const end = async ({ child }: Host, signal: NodeJS.Signals) => {
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  const send = (host: Host, method: string, path: string, body: object) =>
    fetch(`${host.url}${path}`, { method, headers: json, body: JSON.stringify(body) });
  const put = async (host: Host, name: string, bytes: Uint8Array, settings: object) => {
    const form = new FormData();
    form.set("plugin", new Blob([new Uint8Array(bytes)], { type: "application/wasm" }));
    form.set("settings", new Blob([JSON.stringify(settings)], { type: "application/json" }));
    const headers = { authorization: json.authorization };
    const response = await fetch(`${host.url}/plugins/${name}`, { method: "PUT", headers, body: form });
    expect([response.status, response.ok ? "" : await response.text()]).toEqual([201, ""]);
  };
  /** Value that the call gives; undefined where it fails. */
  const call = async (host: Host, path: string, ...args: unknown[]) => {
    const response = await send(host, "POST", `/call/${path}`, args).catch(() => undefined);
    if (response?.ok) return Number(await response.json());
    await response?.arrayBuffer();
    return undefined;
  };
  const add = (host: Host, by: number) => call(host, "guest/add", by);
  const count = (host: Host, by: number) => call(host, "counted/increment", "n", by);
  const answer = async (asking: () => Promise<number | undefined>) =>
    vi.waitFor(async () => {
      const value = await asking();
      expect(value).toBeDefined();
      return value!;
    }, waiting);
  /** Calls that each add one, at both hosts: no answer comes twice where one cell counts them all. */
  const addEach = async (at: readonly Host[], calls: number, from: number) => {
    const answers = await Promise.all(Array.from({ length: calls }, (_, i) => add(at[i % at.length]!, 1)));
    expect(answers.sort((a, b) => a! - b!)).toEqual(answers.map((_, i) => from + 1 + i));
    return from + calls;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-takeover-"));
    nats = await natsServer();
    store = `nats://127.0.0.1:${nats.port}/takeover`;
  });
  afterAll(async () => {
    await killRunning();
    await nats?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await removeTemporaryFolders();
  });

  it("keep every count that was acknowledged in kv, and of state what was kept last, when the holder is killed, ends, or stands still", {
    timeout: 240_000,
  }, async () => {
    const [one, other, third] = [await start(), await start(), await start()];
    await put(one, "guest", await version(1), { state: { every: "1s" } });
    await put(one, "counted", exampleWasm("counter-kv"), { mode: "shared", grants: { kv: {} } });
    expect(await add(one, 3)).toBe(3);
    expect(await count(one, 1)).toBe(1);
    await answer(() => add(other, 0));
    await answer(() => add(third, 0));
    expect(await add(other, 4)).toBe(7);
    // What is kept is looked at where it lies, for whoever takes it keeps others from it.
    const link = await openNats(natsAddress(store, "store"), { patience: 5000 });
    const keptDigest = async () => {
      const message = await link.last("takeover_data", "takeover.data.states.r.guest");
      return message && JSON.parse(Buffer.from(message.data).toString()).state?.digest;
    };
    const digest = `sha256:${createHash("sha256").update("7").digest("hex")}`;
    await vi.waitFor(async () => expect(await keptDigest()).toBe(digest), waiting);
    expect((await send(one, "PATCH", "/plugins/guest", { state: { every: "1h" } })).status).toBe(200);
    expect(await add(third, 5)).toBe(12);

    // Killed while it counts: what was acknowledged is there, and of calls under way each may be.
    let counting = true;
    let acknowledged = 1;
    const counters = [other, third].map(async (host) => {
      while (counting) if ((await count(host, 1)) !== undefined) acknowledged++;
    });
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(20), waiting);
    await end(one, "SIGKILL");
    counting = false;
    await Promise.all(counters);
    const counted = await answer(() => count(other, 0));
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(counted).toBeLessThanOrEqual(acknowledged + 2);
    expect(await answer(() => add(third, 0))).toBe(7);
    let total = await addEach([other, third], 60, 7);

    // Ended by a signal, it hands over all that there is.
    const holder = await whoHas([other, third]);
    const rest = [other, third].find((host) => host !== holder)!;
    const fourth = await start();
    await answer(() => add(fourth, 0));
    total = await addEach([holder, fourth], 20, total);
    await end(holder, "SIGTERM");
    expect(await answer(() => add(fourth, 0))).toBe(total);
    total = await addEach([rest, fourth], 20, total);

    // It stands still until another has its cells: what it still answers then is that one's.
    const stopped = await whoHas([rest, fourth]);
    const going = [rest, fourth].find((host) => host !== stopped)!;
    await send(going, "PATCH", "/plugins/guest", { state: { every: "1s" } });
    await vi.waitFor(async () => {
      const last = `sha256:${createHash("sha256").update(`${total}`).digest("hex")}`;
      expect(await keptDigest()).toBe(last);
    }, waiting);
    await link.close();
    stopped.child.kill("SIGSTOP");
    const late = Array.from({ length: 10 }, () => add(stopped, 1));
    expect(await answer(() => add(going, 1))).toBe(total + 1);
    stopped.child.kill("SIGCONT");
    const answers = (await Promise.all(late)).filter((each) => each !== undefined);
    const last = await answer(() => add(stopped, 0));
    expect(await add(going, 0)).toBe(last);
    expect(new Set(answers).size).toBe(answers.length);
    expect(last).toBe(total + 1 + answers.length);
  });

  /** Host that has the cell of guest: the others say that they ask another. */
  async function whoHas(among: readonly Host[]): Promise<Host> {
    const link = await openNats(natsAddress(store, "store"), { patience: 5000 });
    try {
      const message = await link.last(
        "takeover_data",
        "takeover.data.registers.lease.cells=2fplugin=20guest",
      );
      const { node } = JSON.parse(Buffer.from(message!.data).toString());
      const told = await Promise.all(
        among.map(
          async ({ url }) =>
            (await (await fetch(`${url}/nodes`)).json()) as { nodes: { id: string; self: boolean }[] },
        ),
      );
      return among[told.findIndex(({ nodes }) => nodes.some(({ id, self }) => self && id === node))]!;
    } finally {
      await link.close();
    }
  }
});
