/** Calls with keys at hosts as processes on three NATS servers, behind HAProxy, while a host that makes them is killed. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { type Balancer, startBalancer } from "../../../tools/soak/cluster/balancer.ts";
import { waitingGuest } from "../../guests/waiting-guest.ts";
import { killRunning, Lines, type Running, startHotcell } from "../../support/cli.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { freePorts, until } from "../../support/processes.ts";
import { type NatsServer, natsCluster } from "./nats-server.ts";

interface Host {
  readonly child: Running;
  readonly url: string;
}

const missing = ["nats-server", "haproxy"].some((program) => inject("missing").includes(program));

describe.runIf(!missing)("calls with keys at hosts on three NATS servers", () => {
  let servers: NatsServer[];
  let folder: string;
  let hosts: Host[];
  let balancer: Balancer;

  const urlOf = () => `nats://${servers.map(({ port }) => `127.0.0.1:${port}`)}/keys`;
  const start = async (name: string, ...options: string[]): Promise<Host> => {
    const data = join(folder, name);
    const places = ["--port", "0", "--data", data, "--store", urlOf(), "--nats-replicas", "3"];
    const child = startHotcell(["serve", ...places, "--token", "t", ...options]);
    const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
    return { child, url };
  };
  const send = async (url: string, key: string, milliseconds: number) => {
    const response = await fetch(`${url}/call/waits/wait`, {
      method: "POST",
      body: `[${milliseconds}]`,
      headers: { authorization: "Bearer t", "content-type": "application/json", "idempotency-key": key },
    });
    const replayed = response.headers.get("idempotency-replayed") === "true";
    return { status: response.status, replayed, json: JSON.parse((await response.text()) || "null") };
  };
  const counters = async ({ url }: Host) => {
    const response = await fetch(`${url}/plugins/waits`);
    return ((await response.json()) as { counters: { inFlight: number; calls: number } }).counters;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-keys-"));
    servers = await natsCluster();
    // Servers of a new cluster take their time to elect.
    await (await openNatsStore({ url: urlOf(), replicas: 3, patience: 60_000 })).close();
    hosts = [await start("one"), await start("other"), await start("third")];
    const form = new FormData();
    form.set("plugin", new Blob([new Uint8Array(waitingGuest())], { type: "application/wasm" }));
    const settings = { mode: "fresh", limits: { time: 300_000 }, grants: { clocks: true, logging: true } };
    form.set("settings", new Blob([JSON.stringify(settings)], { type: "application/json" }));
    const put = { method: "PUT", headers: { authorization: "Bearer t" }, body: form };
    const response = await fetch(`${hosts[0]!.url}/plugins/waits`, put);
    expect([response.status, response.ok ? "" : await response.text()]).toEqual([201, ""]);
    for (const { url } of hosts) await until(async () => (await fetch(`${url}/plugins/waits`)).ok);
    const [port] = await freePorts(1);
    const addresses = hosts.map(({ url }, i) => [`n${i}`, new URL(url).host] as const);
    balancer = await startBalancer(folder, port!, new Map(addresses));
  }, 240_000);
  afterAll(async () => {
    await balancer?.[Symbol.asyncDispose]();
    await killRunning();
    for (const server of servers ?? []) await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await removeTemporaryFolders();
  });

  it("are made once, whichever host is asked, and answered alike when the one that made them is gone", async () => {
    const [one, other] = hosts as [Host, Host];
    const first = await send(one.url, "kept", 0);
    expect(first).toMatchObject({ status: 200, replayed: false });
    expect(await send(other.url, "kept", 0)).toEqual({ ...first, replayed: true });
    expect(await send(other.url, "kept", 1)).toMatchObject({ status: 422, json: { code: "other-call" } });
    const before = (await Promise.all(hosts.map(counters))).reduce((sum, { calls }) => sum + calls, 0);
    const together = await Promise.all(
      Array.from({ length: 12 }, (_, i) => send(hosts[i % 3]!.url, "together", 50)),
    );
    for (const { status, json } of together)
      if (status !== 200) expect(json).toMatchObject({ code: "call-under-way" });
    const after = (await Promise.all(hosts.map(counters))).reduce((sum, { calls }) => sum + calls, 0);
    expect(after - before).toBe(1);
  });

  it("are a host's own where it is told so", async () => {
    const own = await start("own", "--own-keys");
    await until(async () => (await fetch(`${own.url}/plugins/waits`)).ok);
    expect(await send(own.url, "kept", 0)).toMatchObject({ status: 200, replayed: false });
    expect(await send(own.url, "kept", 0)).toMatchObject({ status: 200, replayed: true });
    expect(await send(hosts[0]!.url, "own", 0)).toMatchObject({ status: 200, replayed: false });
    expect(await send(own.url, "own", 0)).toMatchObject({ status: 200, replayed: false });
    const exited = once(own.child, "exit");
    own.child.kill("SIGTERM");
    await exited;
  });

  it("are sent by the balancer to another host when theirs is killed, and not made again there", {
    timeout: 120_000,
  }, async () => {
    const told = send(balancer.url, "lost", 100_000);
    let maker: Host | undefined;
    await until(async () => {
      for (const host of hosts) if ((await counters(host)).inFlight === 1) maker = host;
      return maker !== undefined;
    });
    const left = hosts.filter((host) => host !== maker);
    const exited = once(maker!.child, "exit");
    maker!.child.kill("SIGKILL");
    await exited;
    // Nobody can tell yet whether that host is only busy.
    expect(await told).toMatchObject({ status: 409, json: { code: "call-under-way" } });
    for (const { url } of left)
      await until(async () => (await send(url, "lost", 100_000)).json.code === "answer-not-kept");
    for (const { url } of left)
      expect(await send(url, "kept", 0)).toMatchObject({ status: 200, replayed: true });
    for (const host of left) expect((await counters(host)).inFlight).toBe(0);
    expect(await send(balancer.url, "new", 0)).toMatchObject({ status: 200, replayed: false });
  });
});
