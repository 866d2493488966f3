import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import type { Store } from "../../../host/store/store.ts";
import { logger, sample } from "../../guests/small-plugins.ts";
import { EventStream, type Received } from "../../support/event-stream.ts";
import { hostsOfTests } from "../../support/hosts.ts";

const { host, start } = hostsOfTests();

const remove = (name: string) => host.send("DELETE", `/plugins/${name}`);

describe("GET /events", () => {
  it("needs a token, on loopback too", async () => {
    await start();
    expect(await host.send("GET", "/events", { anonymous: true })).toMatchObject({
      status: 401,
      json: { code: "unauthorized" },
    });
  });

  it("begins with some of the newest where it is asked for them", async () => {
    await start();
    for (const name of ["one", "two", "three"]) await host.put(name, sample());
    const stream = await EventStream.open(host, { query: "?last=2" });
    expect((await stream.next())?.data).toMatchObject({ plugin: "two" });
    expect((await stream.next())?.data).toMatchObject({ plugin: "three" });
    const all = await EventStream.open(host, { query: "?last=99" });
    expect((await all.next())?.data).toMatchObject({ plugin: "one" });
    const { json } = await host.send("GET", "/events?last=-1");
    expect(json.code).toBe("bad-request");
  });

  it("tells what happens as it happens: deployed, refused, removed, log lines", async () => {
    await start();
    const stream = await EventStream.open(host);
    await host.put("calc", sample());
    expect((await stream.next())?.data).toMatchObject({
      kind: "deployed",
      plugin: "calc",
      revision: 1,
      who: "admin",
      data: { outcome: "created" },
    });
    expect((await host.put("calc", new Uint8Array([1, 2, 3]))).status).toBe(400);
    expect((await stream.next())?.data).toMatchObject({
      kind: "refused",
      plugin: "calc",
      who: "admin",
      data: { code: "not-wasm", reached: "received" },
    });
    await host.put("chatty", logger(), "?grant=logging");
    expect(await stream.next()).toMatchObject({ kind: "deployed" });
    await host.call("chatty/say", ["hello"]);
    expect((await stream.next())?.data).toMatchObject({
      kind: "log",
      plugin: "chatty",
      data: { level: "info", context: "", message: "hello" },
    });
    await remove("calc");
    expect((await stream.next())?.data).toMatchObject({ kind: "removed", plugin: "calc", revision: 2 });
  });

  it("ends after what is kept, where that is all that is asked for", async () => {
    await start();
    for (const name of ["a", "b", "a"]) await host.put(name, sample());
    const kept = await EventStream.open(host, { query: "?kept" });
    await remove("a");
    const events: Received[] = [];
    for (let event = await kept.next(); event; event = await kept.next()) events.push(event);
    expect(events.map(({ kind, data }) => [kind, data.plugin])).toEqual([
      ["deployed", "a"],
      ["deployed", "b"],
    ]);
    const ofOne = await EventStream.open(host, { query: "?kept&plugin=a" });
    expect((await ofOne.next())?.kind).toBe("deployed");
    expect((await ofOne.next())?.kind).toBe("removed");
    expect(await ofOne.next()).toBeUndefined();
    const none = await EventStream.open(host, { query: `?kept&plugin=none` });
    expect(await none.next()).toBeUndefined();
    const later = await EventStream.open(host, { query: `?kept&after=${events[0]!.id}` });
    expect((await later.next())?.data).toMatchObject({ plugin: "b" });
  });

  it("narrows to one plugin", async () => {
    await start();
    const stream = await EventStream.open(host, { query: "?plugin=b" });
    for (const name of ["a", "b", "a", "c", "b"]) {
      await host.put(name, sample());
      await remove(name);
    }
    const events = await stream.take(4);
    expect(events.map(({ kind, data }) => [kind, data.plugin])).toEqual([
      ["deployed", "b"],
      ["removed", "b"],
      ["deployed", "b"],
      ["removed", "b"],
    ]);
  });

  it("narrows to those of patterns, and to what a limited token may name", async () => {
    await start();
    const { token } = await host.tokens.create({ scopes: ["read"], plugins: ["t42-*", "shop"] }, "admin");
    const authorized = `Bearer ${token}`;
    const streams = await Promise.all([
      EventStream.open(host, { query: "?plugin=t42-*", token: authorized }),
      EventStream.open(host, { query: "?plugin=t42-a*&plugin=shop", token: authorized }),
      EventStream.open(host, { query: "?plugin=*-api" }),
    ]);
    for (const name of ["t42-web", "t43-api", "t42-api", "shop"]) await host.put(name, sample());
    const [pattern, both, unlimited] = await Promise.all(streams.map((stream) => stream.take(2)));
    expect(pattern!.map(({ data }) => data.plugin)).toEqual(["t42-web", "t42-api"]);
    expect(both!.map(({ data }) => data.plugin)).toEqual(["t42-api", "shop"]);
    expect(unlimited!.map(({ data }) => data.plugin)).toEqual(["t43-api", "t42-api"]);
    for (const query of ["", "?plugin=t4*", "?plugin=shop&plugin=till", "?plugin=*-api", "?plugin=*"]) {
      const refused = await host.send("GET", `/events${query}`, { headers: { authorization: authorized } });
      expect([query, refused.status]).toEqual([query, 403]);
    }
    const named = Array.from({ length: 101 }, (_, i) => `plugin=p${i}`).join("&");
    for (const query of ["?plugin=a**", "?plugin=*", "?plugin=[a-z]*", `?${named}`]) {
      expect(await host.send("GET", `/events${query}`)).toMatchObject({
        status: 400,
        json: { code: "bad-request" },
      });
    }
  });

  it.each([
    "a\n\nid: 999\nevent: deployed\ndata: {}\n\n",
    "a\r\rdata: x\r\r",
    "a\r\n\r\n:\r\n",
    "\u2028\u2029\u0085\u000b\u000c",
    "\ufeffdata: x",
    '"}\\',
  ])("lets no log line forge an event: %j", async (message) => {
    await start();
    await host.put("chatty", logger(), "?grant=logging");
    const stream = await EventStream.open(host);
    await host.call("chatty/say", [message]);
    await host.call("chatty/say", ["after"]);
    const events = await stream.take(2);
    expect(events.map(({ kind, data }) => [kind, data.data.message])).toEqual([
      ["log", message],
      ["log", "after"],
    ]);
  });

  it.each([
    ["?plugins=a", "plugins"],
    ["?plugin=Shop", "Shop", "bad-plugin-name"],
    ["?after=x", "after"],
    ["?after=-1", "after"],
  ])("refuses the query %s", async (query, subject, code = "bad-request") => {
    await start();
    expect(await host.send("GET", `/events${query}`)).toMatchObject({
      status: 400,
      json: { code, subject },
    });
  });

  it("refuses a Last-Event-ID that it never gave", async () => {
    await start();
    expect(await host.send("GET", "/events", { headers: { "last-event-id": "abc" } })).toMatchObject({
      status: 400,
      json: { code: "bad-request", subject: "Last-Event-ID" },
    });
  });
});

describe("resumption", () => {
  it("goes on after Last-Event-ID, or ?after=, with what was missed", async () => {
    await start();
    const before = await EventStream.open(host);
    await host.put("a", sample());
    const [first] = await before.take(1);
    before.cut();
    await remove("a");
    await host.put("b", sample());
    for (const options of [{ lastId: first!.id }, { query: `?after=${first!.id}` }]) {
      const again = await EventStream.open(host, options);
      const missed = await again.take(2);
      expect(missed.map(({ kind, data }) => `${kind} ${data.plugin}`)).toEqual(["removed a", "deployed b"]);
      again.cut();
    }
    const again = await EventStream.open(host, { lastId: first!.id });
    await again.take(2);
    await remove("b");
    expect(await again.next()).toMatchObject({ kind: "removed", data: { plugin: "b" } });
  });

  it("begins with the first that is kept after 0", async () => {
    await start();
    await host.put("a", sample());
    const stream = await EventStream.open(host, { query: "?after=0" });
    expect(await stream.next()).toMatchObject({ kind: "deployed", data: { id: 1, plugin: "a" } });
    stream.cut();
  });

  it("neither skips nor repeats while events go on and the connection breaks again and again", async () => {
    await start();
    const rounds = 60;
    let stream = await EventStream.open(host, { query: "?plugin=a" });
    const working = (async () => {
      for (let round = 0; round < rounds; round++) {
        await host.put("a", sample({ version: round }));
        await host.put("noise", sample({ version: round }));
      }
    })();
    const received: Received[] = [];
    while (received.length < rounds) {
      received.push(...(await stream.take(Math.min(1 + (received.length % 4), rounds - received.length))));
      stream.cut();
      stream = await EventStream.open(host, { query: "?plugin=a", lastId: received.at(-1)!.id });
    }
    await working;
    expect(received.map(({ data }) => data.revision)).toEqual(
      Array.from({ length: rounds }, (_, i) => i + 1),
    );
    const ids = received.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(received.every(({ id, data }) => data.id === id)).toBe(true);
  });

  it("survives an id of a longer log than this one", async () => {
    await start();
    const stream = await EventStream.open(host, { lastId: 1_000_000 });
    await host.put("a", sample());
    expect(await stream.next()).toMatchObject({ kind: "deployed" });
  });
});

describe("the end", () => {
  /** A store that counts who watches it. */
  function counting() {
    const waiting = new Map<number, () => void>();
    const memory = createMemoryStore();
    let watchers = 0;
    const change = (by: number) => {
      watchers += by;
      waiting.get(watchers)?.();
    };
    const store: Store = {
      ...memory,
      watch(listener) {
        const unwatch = memory.watch(listener);
        change(1);
        return () => {
          unwatch();
          change(-1);
        };
      },
    };
    const reaches = (count: number) =>
      new Promise<void>((resolve) => {
        if (watchers === count) resolve();
        else waiting.set(count, resolve);
      });
    return { store, watchers: () => watchers, reaches };
  }

  it("a client that goes away leaves nobody following", async () => {
    const { store, watchers, reaches } = counting();
    await start({ store });
    const own = watchers();
    const streams = await Promise.all(Array.from({ length: 5 }, () => EventStream.open(host)));
    await reaches(own + 5);
    for (const stream of streams) stream.cut();
    await reaches(own);
    expect(host.faults).toEqual([]);
    // What the host itself follows ends with it, and leaves the store to whoever made it.
    await host.close();
    expect(watchers()).toBe(0);
    expect(await store.list()).toEqual([]);
  });

  it("has come at once for HEAD", async () => {
    const { store, watchers, reaches } = counting();
    await start({ store, grace: 3_600_000 });
    const own = watchers();
    expect(await host.send("HEAD", "/events")).toMatchObject({ status: 200, text: "" });
    await reaches(own);
  });

  it("comes for every stream when the server closes, without waiting for the clients", async () => {
    await start({ grace: 3_600_000 });
    const streams = await Promise.all(Array.from({ length: 3 }, () => EventStream.open(host)));
    await host.put("a", sample());
    for (const stream of streams) expect(await stream.next()).toMatchObject({ kind: "deployed" });
    await host.close();
    for (const stream of streams) expect(await stream.next()).toBeUndefined();
  });

  it("comes when the store fails, which is logged, and the next request hears of it", async () => {
    let failing = false;
    const fault = new Error("the disk is gone");
    const memory = createMemoryStore();
    await start({
      store: { ...memory, events: (page) => (failing ? Promise.reject(fault) : memory.events(page)) },
    });
    const stream = await EventStream.open(host);
    failing = true;
    await host.put("a", sample());
    expect(await stream.next()).toBeUndefined();
    expect(host.faults).toEqual([fault]);
  });

  it("comes with the revocation of the token, before anything else is told", async () => {
    await start();
    const { id, token } = await host.tokens.create({ scopes: ["read"] }, "admin");
    const stream = await EventStream.open(host, { token: `Bearer ${token}` });
    await host.put("a", sample());
    expect(await stream.next()).toMatchObject({ kind: "deployed" });
    await host.send("DELETE", `/tokens/${id}`);
    await host.put("b", sample());
    expect(await stream.next()).toBeUndefined();
  });

  it("comes with the revocation though nothing else happens to the plugin that is followed", async () => {
    await start();
    const { id, token } = await host.tokens.create({ scopes: ["read"], plugins: ["a"] }, "admin");
    const stream = await EventStream.open(host, { query: "?plugin=a", token: `Bearer ${token}` });
    await host.put("a", sample());
    expect(await stream.next()).toMatchObject({ kind: "deployed" });
    await host.send("DELETE", `/tokens/${id}`);
    expect(await stream.next()).toBeUndefined();
  });

  it("comes when the token expires, though nothing happens at all", async () => {
    await start();
    const { token } = await host.tokens.create({ scopes: ["read"], expiresIn: 1 }, "admin");
    const stream = await EventStream.open(host, { token: `Bearer ${token}` });
    expect(await stream.next()).toBeUndefined();
    expect(
      (await host.send("GET", "/events", { headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(401);
  });
});
