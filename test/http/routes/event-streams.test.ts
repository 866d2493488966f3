/** Event streams that are not read as fast as events come: they are bounded, and nothing is lost without a word. */

import { describe, expect, it } from "vitest";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { logger, sample } from "../../guests/small-plugins.ts";
import { EventStream } from "../../support/event-stream.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { head, type RawClient } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const MiB = 1024 * 1024;

const { host, start, connect, disconnect } = hostsOfTests();

/** A stream of which nothing is read beyond its first line. */
async function unread(after = 1): Promise<RawClient> {
  const client = await connect();
  client.send(head(`GET /events?after=${after}`, `Authorization: ${authorization}`));
  await client.until(/retry|HTTP\/1.1 [45]/);
  client.socket.pause();
  return client;
}

const note = (text: string) => ({ at: "2026-11-29T00:00:00Z", kind: "log", plugin: "p", data: { text } });

/** Events of so many MiB, which the system's buffers of a connection don't take. */
async function fill(size: number, text = "x"): Promise<number[]> {
  const ids: number[] = [];
  for (let written = 0; written < size; written += MiB / 2) {
    ids.push(...(await host.store.append(Array.from({ length: 32 }, () => note(text.repeat(16 * 1024))))));
  }
  return ids;
}

it("hold a page each of what they have yet to tell, out of the host's account, and give it back", async () => {
  const heap = new HeapAccount(64 * MiB);
  await start({ heap });
  await fill(16 * MiB);
  for (let i = 0; i < 50; i++) await unread();
  expect(heap.inUse).toBeGreaterThan(50 * 16 * 1024);
  expect(heap.inUse).toBeLessThan(50 * 300 * 1024);
  disconnect();
  await until(() => heap.inUse === 0);
});

it("tell everything, in order and once, however late they are read", async () => {
  await start();
  await host.store.append([note("first")]);
  const stream = await EventStream.open(host, { query: "?after=1" });
  const ids = await fill(8 * MiB);
  const events = await stream.take(ids.length);
  expect(events.map(({ id }) => id)).toEqual(ids);
  stream.cut();
});

it("tell what the log has forgotten before they told it, and go on behind that", async () => {
  await start();
  await host.store.append(["1", "2", "3", "4", "5"].map(note));
  await host.store.trimEvents(2);
  const stream = await EventStream.open(host, { lastId: 1 });
  const [dropped, ...events] = await stream.take(3);
  expect(dropped).toMatchObject({ id: 3, kind: "dropped", data: { data: { from: 2, to: 3 } } });
  expect(events.map(({ data }) => data.data.text)).toEqual(["4", "5"]);
  stream.cut();
  // Told once: whoever goes on from there misses nothing.
  const again = await EventStream.open(host, { lastId: dropped!.id });
  expect((await again.take(2)).map(({ kind }) => kind)).toEqual(["log", "log"]);
  again.cut();
});

it("tell it when all is forgotten, and when only others' events are left", async () => {
  await start();
  await host.store.append(["1", "2", "3"].map(note));
  await host.store.trimEvents(0);
  const all = await EventStream.open(host, { lastId: 1 });
  expect(await all.next()).toMatchObject({ id: 3, kind: "dropped", data: { data: { from: 2, to: 3 } } });
  const narrow = await EventStream.open(host, { lastId: 1, query: "?plugin=q" });
  expect(await narrow.next()).toMatchObject({ id: 3, kind: "dropped", data: { data: { from: 2, to: 3 } } });
  await host.store.append([{ ...note("4"), plugin: "q" }]);
  for (const stream of [all, narrow]) {
    expect(await stream.next()).toMatchObject({ id: 4, kind: "log" });
    stream.cut();
  }
});

it("that slip behind the log while they are open tell what they missed", async () => {
  await start();
  await host.store.append([note("first")]);
  const client = await unread();
  const ids = await fill(24 * MiB);
  await host.store.trimEvents(1);
  client.socket.resume();
  const text = await client.until(new RegExp(`"id":${ids.at(-1)},"kind":"log"`));
  const told = [...text.matchAll(/^id: (\d+)\nevent: (\w+)/gm)].map(([, id, kind]) => [Number(id), kind]);
  const gap = told.findIndex(([, kind]) => kind === "dropped");
  const before = told.slice(0, gap).map(([id]) => id as number);
  expect(before).toEqual(ids.slice(0, before.length));
  const { from, to } = JSON.parse(/event: dropped\ndata: (.*)/.exec(text)![1]!).data;
  expect({ from, to }).toEqual({ from: before.at(-1)! + 1, to: ids.at(-1)! - 1 });
  expect(told.slice(gap + 1)).toEqual([[ids.at(-1), "log"]]);
});

describe("where there is no room", () => {
  it("more are refused, with when to come again", async () => {
    const heap = new HeapAccount(MiB);
    await start({ heap });
    heap.take(heap.left - 8 * 1024, "something else");
    const refused = await host.send("GET", "/events");
    expect(refused).toMatchObject({ status: 503, json: { code: "no-capacity" } });
    expect(refused.headers.get("retry-after")).toBe("1");
  });

  it("one that has something to tell ends, and its client comes again for it", async () => {
    const heap = new HeapAccount(MiB);
    await start({ heap });
    const stream = await EventStream.open(host);
    const [id] = await host.store.append([note("1")]);
    expect(await stream.next()).toMatchObject({ id });
    heap.take(heap.left, "something else");
    await host.store.append([note("2")]);
    expect(await stream.next()).toBeUndefined();
    heap.give(MiB / 2);
    const again = await EventStream.open(host, { lastId: id! });
    expect(await again.next()).toMatchObject({ data: { data: { text: "2" } } });
    again.cut();
  });

  it("the one that has been unread for longest makes it, and loses nothing", async () => {
    const heap = new HeapAccount(2 * MiB);
    await start({ heap });
    await host.store.append([note("first")]);
    const ids = await fill(8 * MiB);
    const client = await unread();
    await until(() => heap.inUse > 100 * 1024);
    // As a request that needs it does; a stream may be slow for a second.
    await until(() => heap.tryTake(heap.left + 64 * 1024));
    client.socket.resume();
    // The connection stays open behind the last chunk.
    const text = await client.until(/\r\n0\r\n\r\n$/);
    expect(text).not.toContain('"code"');
    const last = Number([...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? 1);
    heap.give(heap.inUse);
    const again = await EventStream.open(host, { lastId: last });
    expect(await again.next()).toMatchObject({ id: Math.max(last + 1, ids[0]!) });
    again.cut();
  });
});

describe("their number", () => {
  it("is bounded for each token and for all, and is free again when one ends", async () => {
    await start({ streams: { streams: 3, streamsEach: 2, stalledTime: 60_000 } });
    const { token } = await host.tokens.create({ scopes: ["read"] }, "admin");
    const streams = [await EventStream.open(host), await EventStream.open(host)];
    const mine = await host.send("GET", "/events");
    expect(mine).toMatchObject({
      status: 429,
      json: { code: "too-many-requests", limit: 2, subject: "admin" },
    });
    expect(mine.headers.get("retry-after")).toBe("5");
    streams.push(await EventStream.open(host, { token: `Bearer ${token}` }));
    const others = { headers: { authorization: `Bearer ${token}` } };
    expect(await host.send("GET", "/events", others)).toMatchObject({ status: 429, json: { limit: 3 } });
    // Nobody else is kept out by them.
    expect((await host.send("GET", "/healthz")).status).toBe(200);
    streams[0]!.cut();
    await until(async () => {
      const stream = await EventStream.open(host).catch(() => undefined);
      stream?.cut();
      return stream !== undefined;
    });
    for (const stream of streams) stream.cut();
  });

  it("is not used up by HEAD", async () => {
    await start({ streams: { streams: 2, streamsEach: 2, stalledTime: 60_000 } });
    for (let i = 0; i < 10; i++) expect((await host.send("HEAD", "/events")).status).toBe(200);
    const stream = await EventStream.open(host);
    await host.put("a", sample());
    expect(await stream.next()).toMatchObject({ kind: "deployed" });
    stream.cut();
  });
});

it("a line of any length is one event of bounded size", async () => {
  await start();
  await host.put("chatty", logger(), "?grant=logging");
  await host.send("PATCH", "/plugins/chatty", {
    body: '{"limits":{"logBytes":1073741824}}',
    headers: { "content-type": "application/json" },
  });
  const stream = await EventStream.open(host);
  await host.call("chatty/say", ["\u4e16".repeat(21_000)]);
  const { data } = (await stream.next())!;
  expect(data.data.message).toMatch(/^\u4e16{16384}… \(4616 more characters\)$/);
  stream.cut();
});
