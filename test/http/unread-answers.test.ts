/** Clients that don't read what they asked for: what is kept for them is counted, and makes room for others. */
import { afterEach, expect, it, vi } from "vitest";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { sample } from "./components.ts";
import { head, RawClient } from "./raw-client.ts";
import { startTestHost, type TestHost, type TestHostOptions } from "./support.ts";

const MiB = 1024 * 1024;
const heap = new HeapAccount(64 * MiB);
let host: TestHost;
const clients: RawClient[] = [];

const start = async (options: TestHostOptions) => {
  host = await startTestHost({ heap, ...options });
  await host.put("calc", sample());
};

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await host.close();
});

/** Asks for six million characters, more than the system takes off the host's hands, and does not read them. */
async function askOnly(): Promise<RawClient> {
  const client = await RawClient.open(host);
  clients.push(client);
  client.socket.pause();
  const body = JSON.stringify(["x".repeat(6_000_000)]);
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`, "Connection: close"];
  return client.send(head("POST /call/calc/echo", ...headers)).send(body);
}

/** How much of the answer it reads in the end. */
async function readAll(client: RawClient): Promise<number> {
  client.socket.resume();
  return (await client.end()).length;
}

it("is given back when the client has read it, or has gone", async () => {
  await start({});
  const reader = await askOnly();
  await vi.waitFor(() => expect(heap.inUse).toBeGreaterThan(MiB), { timeout: 10_000 });
  expect(await readAll(reader)).toBeGreaterThan(6_000_000);
  await vi.waitFor(() => expect(heap.inUse).toBe(0), { timeout: 10_000 });

  const leaver = await askOnly();
  await vi.waitFor(() => expect(heap.inUse).toBeGreaterThan(MiB), { timeout: 10_000 });
  leaver.socket.destroy();
  await vi.waitFor(() => expect(heap.inUse).toBe(0), { timeout: 10_000 });
  expect(host.faults).toEqual([]);
});

it("makes room for others, the oldest first, and all are served on", async () => {
  await start({ serverLimits: { unreadTime: 0 } });
  const unread: RawClient[] = [];
  for (let i = 0; i < 20; i++) {
    unread.push(await askOnly());
    expect((await host.call("calc/echo", ["short"])).json).toBe("short");
  }
  expect(await readAll(unread[0]!)).toBeLessThan(6_000_000);
  expect(await readAll(unread.at(-1)!)).toBeGreaterThan(6_000_000);
  expect((await host.call("calc/echo", ["x".repeat(6_000_000)])).status).toBe(200);
});

it("leaves room for answers that are small", async () => {
  await start({ serverLimits: { unreadTime: 3_600_000 } });
  const taken = heap.left - 40 * MiB;
  heap.take(taken, "the test");
  const client = await askOnly();
  try {
    await vi.waitFor(() => expect(heap.inUse).toBeGreaterThan(taken + MiB), { timeout: 10_000 });
    const more = heap.left;
    heap.take(more, "the test");
    expect((await host.call("calc/echo", ["x".repeat(10_000)])).status).toBe(200);
    heap.give(more);
  } finally {
    heap.give(taken);
  }
  expect(await readAll(client)).toBeGreaterThan(6_000_000);
});
