/** Three hosts on three NATS servers, of which a host and then a server die by kill -9. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { startServer } from "../../../host/server.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { exampleWasm } from "../../support/examples.ts";
import { freePorts } from "../../support/processes.ts";
import { type NatsServer, natsCluster } from "./nats-server.ts";

const cli = fileURLToPath(new URL("../../../host/cli/hotcell.mjs", import.meta.url));
const waiting = { timeout: 60_000, interval: 50 };
const asAdmin = { authorization: "Bearer t" };

interface Answered {
  readonly revision: number;
  readonly settings: { readonly limits: { readonly time: number } };
}

interface HostProcess {
  readonly url: string;
  start(): Promise<void>;
  end(): Promise<void>;
}

/** Host in a process of its own, which can be killed. */
function processAt(port: number, folder: string, store: string): HostProcess {
  let child: ChildProcess | undefined;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async start() {
      const options = ["serve", "--port", `${port}`, "--data", join(folder, "process"), "--token", "t"];
      child = spawn(process.execPath, [cli, ...options, "--store", store], { stdio: "ignore" });
      await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), waiting);
    },
    async end() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Host in this process, which takes no time to start. */
async function hostHere(name: string, folder: string, store: string): Promise<HostProcess> {
  const server = await startServer({
    ...{ host: "127.0.0.1", port: 0, data: join(folder, name), waitForData: 0, token: "t" },
    ...{ allowedHosts: [], privateCalls: false, keepVersions: 20, cors: [], trustProxy: false, ceilings: {} },
    store: { url: store },
  });
  return { url: server.url, start: async () => {}, end: () => server.close() };
}

describe.runIf(!inject("missing").includes("nats-server"))("three hosts on three NATS servers", () => {
  const servers: NatsServer[] = [];
  const hosts: HostProcess[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-three-"));
    servers.push(...(await natsCluster()));
    const address = `nats://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/three`;
    // It has no leader at first.
    await vi.waitFor(async () => (await openNatsStore({ url: address, replicas: 3 })).close(), waiting);

    const [port] = await freePorts(1);
    hosts.push(await hostHere("one", folder, address), await hostHere("other", folder, address));
    hosts.push(processAt(port!, folder, address));
    await hosts[2]!.start();
  }, 120_000);
  afterAll(async () => {
    for (const host of hosts) await host.end();
    for (const server of servers) await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("lose no acknowledged change, agree afterwards, and answer calls all the while", {
    timeout: 240_000,
  }, async () => {
    const wasm = new Uint8Array(await exampleWasm("greet"));
    const put = await fetch(`${hosts[0]!.url}/plugins/greet`, {
      ...{ method: "PUT", body: wasm, headers: { ...asAdmin, "content-type": "application/wasm" } },
    });
    expect(put.status).toBe(201);
    const greeting = async (host: HostProcess) => {
      const call = { method: "POST", body: '["Ada"]', headers: { "content-type": "application/json" } };
      return (await fetch(`${host.url}/call/greet/greet`, call)).text();
    };
    for (const host of hosts)
      await vi.waitFor(async () => expect(await greeting(host)).toBe('"Hello, Ada!"'), waiting);

    const dead = new Set<HostProcess>();
    const ending = new AbortController();
    const failed: string[] = [];
    let calls = 0;
    const calling = hosts.map(async (host) => {
      while (!ending.signal.aborted) {
        const answer = await greeting(host).catch((error: Error) => error.message);
        calls++;
        // Only those of the host that dies may fail.
        if (answer !== '"Hello, Ada!"' && host !== hosts[2]) failed.push(answer);
        await new Promise((resolve) => setTimeout(resolve, dead.has(host) ? 100 : 5));
      }
    });
    /** Revision and time limit of each change that was acknowledged. */
    const acknowledged: (readonly [revision: number, time: number])[] = [];
    let time = 1000;
    const changing = (async () => {
      while (!ending.signal.aborted) {
        const host = hosts[time % 3]!;
        time++;
        const body = JSON.stringify({ limits: { time } });
        const headers = { ...asAdmin, "content-type": "application/json" };
        const answer = await fetch(`${host.url}/plugins/greet`, { method: "PATCH", body, headers }).catch(
          () => undefined,
        );
        if (answer?.status === 200) acknowledged.push([((await answer.json()) as Answered).revision, time]);
        else await answer?.text();
      }
    })();
    const more = async (count: number) => {
      const before = acknowledged.length;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(before + count), waiting);
    };
    await more(10);
    dead.add(hosts[2]!);
    await hosts[2]!.end();
    await more(5);
    await servers[0]!.kill();
    await more(5);
    await servers[0]!.start();
    await more(5);
    ending.abort();
    await Promise.all([changing, ...calling]);

    const living = hosts.slice(0, 2);
    expect(failed).toEqual([]);
    expect(calls).toBeGreaterThan(100);
    const asked = async <T>(host: HostProcess, path: string) =>
      (await (await fetch(`${host.url}${path}`, { headers: asAdmin })).json()) as T;
    const last = Math.max(...acknowledged.map(([revision]) => revision));
    const now = await vi.waitFor(async () => {
      const all = await Promise.all(living.map((host) => asked<Answered>(host, "/plugins/greet")));
      const states = all.map(({ revision, settings }) => `${revision} ${settings.limits.time}`);
      expect(new Set(states).size).toBe(1);
      expect(all[0]!.revision).toBeGreaterThanOrEqual(last);
      return all[0]!;
    }, waiting);
    expect(now.revision).toBeGreaterThanOrEqual(acknowledged.length + 1);
    const { deployments } = await asked<{ deployments: Answered[] }>(
      hosts[1]!,
      "/plugins/greet/deployments?limit=1000",
    );
    const kept = new Map(deployments.map(({ revision, settings }) => [revision, settings.limits?.time]));
    for (const [revision, of] of acknowledged) expect(kept.get(revision)).toBe(of);
  });
});
