/** Clients that don't read what they asked for: what is kept for them is counted, and makes room for others. */
import { expect, it } from "vitest";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { head, type RawClient } from "../../support/raw-client.ts";
import { authorization, type TestHostOptions } from "../../support/test-host.ts";

const MiB = 1024 * 1024;
/** Account that knows the most that has been taken of it. */
class WatchedAccount extends HeapAccount {
  most = 0;
  override tryTake(bytes: number): boolean {
    const taken = super.tryTake(bytes);
    this.most = Math.max(this.most, this.inUse);
    return taken;
  }
}
const heap = new WatchedAccount(64 * MiB);
const { host, connect, ...hosts } = hostsOfTests({ heap });
const start = async (options: TestHostOptions) => {
  await hosts.start(options);
  await host.put("calc", sample());
};

/** Asks for six million characters, more than the system takes off the host's hands, and does not read them. */
async function askOnly(): Promise<RawClient> {
  const client = await connect();
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
  await until(() => heap.inUse > MiB);
  expect(await readAll(reader)).toBeGreaterThan(6_000_000);
  await until(() => heap.inUse === 0);

  const leaver = await askOnly();
  await until(() => heap.inUse > MiB);
  leaver.socket.destroy();
  await until(() => heap.inUse === 0);
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
    await until(() => heap.inUse > taken + MiB);
    const more = heap.left;
    heap.take(more, "the test");
    expect((await host.call("calc/echo", ["x".repeat(10_000)])).status).toBe(200);
    heap.give(more);
  } finally {
    heap.give(taken);
  }
  expect(await readAll(client)).toBeGreaterThan(6_000_000);
});

it("ends when nothing of it is read for a time, whoever needs its memory or not", async () => {
  await start({ serverLimits: { stalledTime: 100, checkEvery: 20 } });
  heap.most = 0;
  await askOnly();
  await until(() => heap.most > MiB && heap.inUse === 0);
});

it("ends so however little of it is left", async () => {
  await start({ serverLimits: { stalledTime: 100, checkEvery: 20 } });
  const client = await connect();
  client.socket.pause();
  const body = JSON.stringify(["x".repeat(50_000)]);
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  client.send((head("POST /call/calc/echo", ...headers) + body).repeat(400));
  // The kernel may have taken all that it sends: a socket that neither reads nor writes does not hear of its end.
  await until(() => client.send(" ").socket.destroyed);
});

it("is counted where one connection asks for many", async () => {
  await start({});
  const client = await connect();
  client.socket.pause();
  const body = JSON.stringify(["x".repeat(MiB)]);
  const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  client.send((head("POST /call/calc/echo", ...headers) + body).repeat(30));
  await until(() => heap.inUse > 2 * MiB);
  expect(await host.send("GET", "/healthz")).toMatchObject({ status: 200 });
  expect(heap.inUse).toBeLessThanOrEqual(heap.limit);
});

it("is counted of binaries, which are read from the store a few at a time", async () => {
  await start({ serverLimits: { unreadTime: 0 } });
  const padding = Buffer.alloc(4 * MiB, 7);
  const size = padding.length + 2;
  const length = [0, 7, 14].map((shift) => ((size >> shift) & 0x7f) | 0x80);
  const section = Buffer.from([0, ...length, size >> 21, 1, 0x78]);
  const large = Buffer.concat([sample({ version: 2 }), section, padding]);
  const { json } = await host.put("calc", large);
  const path = `/plugins/calc/versions/${json.version}/wasm`;
  for (let i = 0; i < 30; i++) {
    const client = await connect();
    client.socket.pause();
    client.send(head(`GET ${path}`, `Authorization: ${authorization}`));
  }
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(host.url + path, { headers: { authorization } });
    expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
    expect(heap.inUse).toBeLessThanOrEqual(heap.limit);
  }
});
