/** Clients that leave before the answer: their calls leave their places, and nobody else's is touched. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { waitingGuest } from "../../guests/waiting-guest.ts";
import { until } from "../../support/processes.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { startTestHost, type TestHost } from "../../support/test-host.ts";

let host: TestHost;
const clients: RawClient[] = [];
beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});
afterAll(() => host.close());

let made = 0;
/** A plugin whose calls may take longer than any test runs. */
async function plugin(settings: SettingsInput & { limits?: object }): Promise<string> {
  const name = `waits-${made++}`;
  const { limits = {}, ...others } = settings;
  await host.registry.deploy(name, waitingGuest(), {
    settings: { grants: { clocks: true, logging: true }, limits: { time: 600_000, ...limits }, ...others },
  });
  return name;
}
const counters = (name: string) => host.registry.details(name).counters;
const inFlight = (name: string, calls: number) => until(() => counters(name).inFlight === calls);

/** A client in whose call the guest waits, or that waits for its turn. */
async function calling(path: string, args: readonly unknown[], version = "1.1"): Promise<RawClient> {
  const client = await RawClient.open(host);
  clients.push(client);
  const body = JSON.stringify(args);
  const fields = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  return client.send(head(`POST /call/${path}`, ...fields).replace("HTTP/1.1", `HTTP/${version}`) + body);
}
const long = 500_000;
/** For calls of shared cells, which run on without their clients: the host waits for their end when it is closed. */
const longEnough = 10_000;

const placements = ["inline", "process"] as const;

describe.each(placements)("placed %s, a client that leaves", (placement) => {
  it("ends the cell of a fresh plugin where it waits, which is nobody's fault", async () => {
    const name = await plugin({ placement, mode: "fresh", limits: { concurrency: 1 } });
    const client = await calling(`${name}/wait`, [long]);
    await inFlight(name, 1);
    client.socket.destroy();
    await inFlight(name, 0);
    expect((await host.call(`${name}/wait`, [0])).json).toBe(1);
    expect(counters(name)).toMatchObject({ calls: 2, cancelled: 1, traps: 0, guestErrors: 0, limits: {} });
    expect(counters(name).fuel).toBeGreaterThan(0);
  });

  it("leaves a shared plugin's cell alone: its call runs on to its end", async () => {
    const name = await plugin({ placement, limits: { queue: 0 } });
    const client = await calling(`${name}/wait`, [1_500]);
    await inFlight(name, 1);
    while ((await host.call(`${name}/count`, [])).json?.code !== "too-many-calls");
    client.socket.destroy();
    await inFlight(name, 0);
    expect((await host.call(`${name}/count`, [])).json).toBeGreaterThan(1);
    expect(counters(name)).toMatchObject({ cancelled: 1, traps: 0, inFlight: 0 });
  });

  it("leaves its place in the queue to others at once", async () => {
    const name = await plugin({ placement, limits: { queue: 1 } });
    await calling(`${name}/wait`, [longEnough]);
    await inFlight(name, 1);
    const waiting = await calling(`${name}/count`, []);
    await inFlight(name, 2);
    expect((await host.call(`${name}/count`, [])).json.code).toBe("too-many-calls");
    waiting.socket.destroy();
    await inFlight(name, 1);
    await calling(`${name}/count`, []);
    await inFlight(name, 2);
    expect(counters(name)).toMatchObject({ cancelled: 1, traps: 0, limits: { "too-many-calls": 1 } });
  });

  it("does not make the plugin back off, however often", async () => {
    const name = await plugin({ placement, mode: "fresh", limits: { concurrency: 1 } });
    for (let left = 0; left < 30; left++) {
      const client = await calling(`${name}/wait`, [long]);
      await inFlight(name, 1);
      client.socket.destroy();
      await inFlight(name, 0);
    }
    expect((await host.call(`${name}/count`, [])).json).toBe(1);
    expect(counters(name)).toMatchObject({ cancelled: 30, traps: 0, limits: {} });
  });

  it("takes the calls with it that it sent in one piece", async () => {
    const name = await plugin({ placement, mode: "fresh" });
    const client = await calling(`${name}/wait`, [long]);
    const body = `[${long}]`;
    const more = head(
      `POST /call/${name}/wait`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    );
    client.send(more + body + more + body);
    await inFlight(name, 3);
    client.socket.destroy();
    await inFlight(name, 0);
    expect(counters(name)).toMatchObject({ calls: 3, cancelled: 3, traps: 0 });
  });
});

describe("a client that only sends no more", () => {
  it.each(["1.0", "1.1"])("is answered when its call has ended, in HTTP/%s", async (version) => {
    const name = await plugin({});
    const client = await calling(`${name}/wait`, [400], version);
    client.socket.end();
    const answer = await client.end();
    expect(answer).toMatch(/HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\n1$/);
    expect(counters(name)).toMatchObject({ calls: 1, cancelled: 0 });
  });

  it("is answered all that it asked in one piece", async () => {
    const name = await plugin({});
    const client = await calling(`${name}/wait`, [100]);
    client.send(head(`GET /call/${name}/wait?ms=100`) + head(`GET /call/${name}/count`));
    client.socket.end();
    const answer = await client.end();
    expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(3);
    expect(answer.match(/\r\n\r\n[123]/g)).toHaveLength(3);
  });

  it("is closed where nothing of it is left to answer", async () => {
    const client = await RawClient.open(host);
    client.send(head("GET /healthz"));
    await client.until(/"ok"/);
    client.socket.end();
    expect(await client.end()).toMatch(/^HTTP\/1.1 200 OK/);
  });
});

describe("in an app of one's own", () => {
  it("a request whose signal is aborted leaves its place", async () => {
    const { Hono } = await import("hono");
    const { createHost } = await import("../../../host/host.ts");
    const { pluginRoutes } = await import("../../../host/http/embed.ts");
    await using own = await createHost({ log: () => {} });
    const settings = {
      mode: "fresh",
      grants: { clocks: true, logging: true },
      limits: { time: 600_000 },
    } as const;
    await own.registry.deploy("waits", waitingGuest(), { settings });
    const app = new Hono().route("/plugins-api", pluginRoutes(own));
    const controller = new AbortController();
    const answer = app.request(
      new Request(`http://localhost/plugins-api/call/waits/wait?ms=${long}`, { signal: controller.signal }),
    );
    await until(() => own.registry.details("waits").counters.inFlight === 1);
    controller.abort();
    expect((await answer).status).toBe(499);
    expect(own.registry.details("waits").counters).toMatchObject({ calls: 1, cancelled: 1, inFlight: 0 });
  });
});
