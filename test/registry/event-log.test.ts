/** The event log where more comes than the store takes, and what is kept of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storeBounds } from "../../host/bounds/store-bounds.ts";
import { HotcellError } from "../../host/errors.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { EventLog, maxOnTheWay } from "../../host/registry/event-log.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import type { Store } from "../../host/store/store.ts";
import { until } from "../support/processes.ts";

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, "error").mockImplementation((line) => void said.push(`${line}`));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const line = (message: string) => ({ plugin: "p", level: "info" as const, context: "", message });

/** A store that takes events when it is told to. */
function slowStore() {
  const store = createMemoryStore();
  let open = Promise.withResolvers<void>();
  const slow: Store = {
    ...store,
    async append(events) {
      await open.promise;
      return store.append(events);
    },
  };
  return {
    store: slow,
    release: () => open.resolve(),
    block: () => {
      open = Promise.withResolvers();
    },
  };
}

describe("a store that is slower than events come", () => {
  it("makes them be dropped beyond a bound, counted, and told once it takes them", async () => {
    const { store, release } = slowStore();
    const heap = new HeapAccount(100 * 1024 * 1024);
    const log = new EventLog(store, 20, heap);
    const lines = 2_000;
    for (let i = 0; i < lines; i++) log.log(line(`${i} ${"x".repeat(10_000)}`));
    expect(heap.inUse).toBeLessThanOrEqual(maxOnTheWay);
    expect(heap.inUse).toBeGreaterThan(maxOnTheWay / 2);
    release();
    await log.close();
    const events = await store.events({ bytes: Infinity, limit: 10_000 });
    const told = events.filter(({ kind }) => kind === "log");
    expect(told.map(({ data }) => Number((data as { message: string }).message.split(" ")[0]))).toEqual(
      told.map((_, i) => i),
    );
    expect(events.at(-1)).toMatchObject({ kind: "dropped", data: { events: lines - told.length } });
    expect(heap.inUse).toBe(0);
  });

  it("does the same where the account has no room", async () => {
    const { store, release } = slowStore();
    const heap = new HeapAccount(50_000);
    const log = new EventLog(store, 20, heap);
    for (let i = 0; i < 100; i++) log.log(line("x".repeat(1_000)));
    log.refused("p", "received", new HotcellError("not-wasm", "no"), "admin");
    expect(heap.inUse).toBeLessThanOrEqual(50_000);
    release();
    await log.close();
    const events = await store.events();
    expect(events.length).toBeGreaterThan(10);
    expect(events.at(-1)).toMatchObject({ kind: "dropped", data: { events: 101 - (events.length - 1) } });
    expect(heap.inUse).toBe(0);
  });

  it("is told of when nothing else comes", async () => {
    const { store, release } = slowStore();
    const log = new EventLog(store, 20, new HeapAccount(10));
    const told = Promise.withResolvers<unknown>();
    store.watch(told.resolve);
    log.log(line("one"));
    release();
    expect(await told.promise).toMatchObject({ kind: "dropped", data: { events: 1 } });
    await log.close();
  });
});

it("says that the store fails once, and not with every line", async () => {
  const store = {
    ...createMemoryStore(),
    append: () => Promise.reject(new HotcellError("store-full", "full")),
  };
  const heap = new HeapAccount();
  for (let round = 0; round < 5; round++) {
    const log = new EventLog(store, 20, heap);
    for (let i = 0; i < 3; i++) log.log(line("x"));
    await log.close();
  }
  const log = new EventLog(store, 20, heap);
  for (let round = 0; round < 5; round++) {
    log.log(line("x"));
    await log.close();
  }
  expect(said).toEqual(Array(6).fill("The event log: full"));
  expect(heap.inUse).toBe(0);
});

describe("what is kept", () => {
  it("is bounded in number, also where only deployments add to it", async () => {
    const store = createMemoryStore();
    const log = new EventLog(store);
    const note = { at: "now", kind: "deployed", plugin: "p" };
    await store.append(Array.from({ length: storeBounds.events.value + 500 }, () => note));
    for (let i = 0; i < storeBounds.events.value / 10; i++) await log.tidy("p");
    const { first, last } = await store.eventRange();
    expect(last - first + 1).toBe(storeBounds.events.value);
    await log.close();
  });

  it("is bounded in bytes, whatever lines are as long as", async () => {
    const store = createMemoryStore();
    const log = new EventLog(store);
    const bytes = 3 * 16 * 1024;
    const lines = Math.ceil((storeBounds.eventBytes.value * 1.3) / bytes);
    for (let i = 0; i < lines; i++) {
      log.log(line("\u4e16".repeat(50_000)));
      if (i % 50 === 0) await log.close();
    }
    await log.close();
    const { first, last } = await store.eventRange();
    expect((last - first + 1) * bytes).toBeLessThan(storeBounds.eventBytes.value * 1.11);
    expect((last - first + 1) * bytes).toBeGreaterThan(storeBounds.eventBytes.value * 0.8);
  });

  it("tells the beginning of a text of any length", async () => {
    const store = createMemoryStore();
    const log = new EventLog(store);
    log.log({ ...line("m".repeat(20_000)), context: "c".repeat(30_000) });
    log.refused("p", "compared", new HotcellError("incompatible", "b".repeat(1_000_000)), undefined);
    await log.close();
    const [logged, refused] = await store.events();
    expect(logged!.data).toMatchObject({
      context: expect.stringMatching(/^c{16384}… \(13616 more characters\)$/),
      message: expect.stringMatching(/^m{16384}… \(3616 more characters\)$/),
    });
    const { detail } = refused!.data as { detail: string };
    expect(detail).toMatch(/^b+…$/);
    expect(detail.length).toBeLessThanOrEqual(16_384);
  });
});

describe("changes of values by owners", () => {
  const changes = async (store: Store) => {
    const events = await store.events({ limit: 1_000 });
    return events
      .filter(({ kind }) => kind === "data-changed")
      .map(({ who, data }) => ({ who, ...(data as { operation: string; bucket: string; times?: number }) }));
  };

  it("are all told, and those together that are many", async () => {
    const store = createMemoryStore();
    const log = new EventLog(store);
    for (let i = 0; i < 10_000; i++) {
      log.valueChanged("p", "busy", { operation: "put", bucket: "default", keyBytes: 3 });
      if (i % 1_000 === 0)
        log.valueChanged("q", "calm", { operation: "delete", bucket: "other", keyBytes: 3 });
    }
    await log.close();
    const told = await changes(store);
    const sum = (who: string) =>
      told.filter((each) => each.who === who).reduce((all, { times = 1 }) => all + times, 0);
    expect([sum("busy"), sum("calm")]).toEqual([10_000, 10]);
    expect(told.length).toBeLessThan(500);
    expect(JSON.stringify(told.at(-1))).not.toContain("keyBytes");
  });

  it("are told after a while, where no others come", async () => {
    const store = createMemoryStore();
    const log = new EventLog(store);
    for (let i = 0; i < 200; i++)
      log.valueChanged("p", "busy", { operation: "put", bucket: "default", keyBytes: 3 });
    const toldOf = async () => (await changes(store)).reduce((all, { times = 1 }) => all + times, 0);
    await until(async () => (await toldOf()) >= 200);
    expect(await toldOf()).toBe(200);
    await log.close();
  });
});
