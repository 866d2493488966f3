/** Calls with keys of hosts that share a store on a real NATS server, or on three. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { idempotencyBounds } from "../../../host/bounds/http-bounds.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { openNats, openStream } from "../../../host/nats/open-nats.ts";
import { HostCalls } from "../../../host/nodes/host-calls.ts";
import { RegisterLeases } from "../../../host/nodes/register-leases.ts";
import { NatsCalls } from "../../../host/store/nats/nats-calls.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { SharedRegisters, SharedStore } from "../../../host/store/store.ts";
import { begunBy, describeCalls, keyed } from "../../store/calls-contract.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsCluster, natsServer } from "./nats-server.ts";

const facts = { machine: "here", pid: 1, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };
const times = { beat: 50, giveUp: 2_000, takeOver: 3_000 };
const answered = { status: 200, headers: {}, body: "1" };

/** Hosts whose first can fall silent, as one does that is killed. */
async function hostsOn(open: () => Promise<SharedStore>) {
  const opened = new AsyncDisposableStack();
  let silent = false;
  const join = async (registersOf: (own: SharedRegisters) => SharedRegisters) => {
    const store = opened.use(await open());
    const leases = opened.use(await RegisterLeases.join(registersOf(store.registers), facts, times));
    return new HostCalls(store.calls, leases);
  };
  const cut = (own: SharedRegisters): SharedRegisters => ({
    get: (...args) => own.get(...args),
    all: (kind) => own.all(kind),
    follow: (...args) => own.follow(...args),
    put: (...args) => (silent ? Promise.reject(new Error("There is no way to NATS.")) : own.put(...args)),
  });
  const hosts = [await join(cut), await join((own) => own)] as const;
  return {
    hosts,
    kill: async () => {
      silent = true;
    },
    close: () => opened.disposeAsync(),
  };
}

describe.runIf(!inject("missing").includes("nats-server"))("on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  let opened = 0;
  const urlOf = (name: string) => `nats://127.0.0.1:${server.port}/${name}`;
  const open = (name: string, patience = 5000) => openNatsStore({ url: urlOf(name), patience });

  describeCalls("on NATS", () => {
    const name = `calls-${++opened}`;
    return hostsOn(() => open(name));
  });

  it("forget answers by the stream's time, and a call with the key is a new one then", async () => {
    await using store = await open("forgetful");
    await using opened = new AsyncDisposableStack();
    const address = natsAddress(urlOf("forgetful"), "url");
    const link = opened.adopt(await openNats(address, { patience: 5000 }), (link) => link.close());
    const { streams } = link.manager;
    const { config } = await streams.info("forgetful_calls");
    expect(config.max_age).toBe(idempotencyBounds.keptTime.value * 1e6);
    await streams.update("forgetful_calls", { max_age: 1e9, duplicate_window: 1e9 });
    await using leases = await RegisterLeases.join(store.registers, facts);
    const calls = new HostCalls(store.calls, leases);
    await (await begunBy(calls, keyed("k"))).settle(answered);
    expect(await calls.begin(keyed("k"))).toHaveProperty("answer");
    await until(async () => "settle" in (await calls.begin(keyed("k")).catch(() => ({}))));
    // A store that is opened sets the time right.
    await using _again = await open("forgetful");
    expect((await streams.info("forgetful_calls")).config.max_age).toBe(config.max_age);
  });

  it("are under way for as long as they take, though their claims are forgotten by then", async () => {
    await using opened = new AsyncDisposableStack();
    const name = "long";
    const link = opened.adopt(await openNats(natsAddress(urlOf(name), "url"), { patience: 5000 }), (link) =>
      link.close(),
    );
    const stream = {
      ...{ name, subjects: ["long.*"], what: "Calls of a test", format: 1 },
      replicas: 1,
      newestOnly: true,
    };
    await openStream(link, { ...stream, keptTime: 120_000 });
    await link.manager.streams.update(name, { max_age: 1e9, duplicate_window: 1e9 });
    const calls = () =>
      opened.adopt(new NatsCalls(link, name, name, { look: 50, again: 300 }), (calls) => calls.close());
    const [one, other] = [calls(), calls()];
    const own = await one.claim(keyed("k"), "one");
    const dropped = await one.claim(keyed("dropped"), "one");
    const state = async () => (await link.manager.streams.info(name)).state;
    // The first claims are gone, and others are there.
    await until(async () => (await state()).first_seq > 6);
    for (const key of ["k", "dropped"])
      expect(await other.claim(keyed(key), "other")).toEqual({ print: "p", maker: "one" });
    if ("print" in own || "print" in dropped) throw new Error("These were the first.");
    await own.settle(answered);
    await dropped.drop();
    expect(await other.claim(keyed("k"), "other")).toEqual({ print: "p", answer: answered });
    expect(await other.claim(keyed("dropped"), "other")).toHaveProperty("settle");
  });

  it.for(["dead", "standing still"])(
    "make no call while NATS is away, keep what calls come to, and make those anew that nobody made (a server that is %s)",
    { timeout: 60_000 },
    async (how) => {
      const name = `away-${how.replace(" ", "-")}`;
      await using store = await open(name, 1_000);
      await using other = await open(name, 1_000);
      await using leases = await RegisterLeases.join(store.registers, facts);
      await using others = await RegisterLeases.join(other.registers, facts);
      const [one, two] = [new HostCalls(store.calls, leases), new HostCalls(other.calls, others)];
      const [settled, dropped] = [await begunBy(one, keyed("settled")), await begunBy(one, keyed("dropped"))];
      let unmade = "";
      if (how === "dead") await server.kill();
      else server.pause();
      try {
        // A process that is stopped may do something still.
        for (let i = 0; unmade === ""; i++)
          await one.begin(keyed(`new${i}`)).catch(() => {
            unmade = `new${i}`;
          });
        expect(await refusalOf(one.begin(keyed(unmade)))).toMatchObject({
          code: "store-unavailable",
          message: expect.stringContaining("was not made"),
          facts: { remedy: expect.stringContaining("Without Idempotency-Key") },
        });
        await Promise.all([settled.settle(answered), dropped.drop()]);
      } finally {
        if (how === "dead") await server.start();
        else server.resume();
      }
      const begins = async (key: string, member: "answer" | "settle") =>
        until(async () => member in (await two.begin(keyed(key)).catch(() => ({}))));
      await begins("settled", "answer");
      await begins("dropped", "settle");
      await begins(unmade, "settle");
    },
  );
});

describe.runIf(!inject("missing").includes("nats-server"))("on three NATS servers", () => {
  let servers: NatsServer[];
  beforeAll(async () => {
    servers = await natsCluster();
  }, 60_000);
  afterAll(() => Promise.all((servers ?? []).map((server) => server[Symbol.asyncDispose]())));

  it("are begun by one host of all, and answered alike, also while a server dies", {
    timeout: 200_000,
  }, async () => {
    const url = `nats://${servers.map(({ port }) => `127.0.0.1:${port}`)}/three`;
    const { hosts, close } = await hostsOn(() => openNatsStore({ url, replicas: 3, patience: 20_000 }));
    const made = new Map<string, number>();
    const race = async (key: string) => {
      const asked = Array.from({ length: 8 }, async (_, i) => {
        const begun = await hosts[i % 2]!.begin(keyed(key));
        if ("answer" in begun) return;
        made.set(key, (made.get(key) ?? 0) + 1);
        await begun.settle({ ...answered, body: key });
      });
      for (const each of await Promise.allSettled(asked))
        if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "call-under-way" });
    };
    try {
      for (let i = 0; i < 40; i++) {
        if (i === 20) await servers[0]!.kill();
        await race(`${i}`);
      }
      await servers[0]!.start();
      expect([...made.values()]).toEqual(Array.from({ length: 40 }, () => 1));
      for (const host of hosts)
        for (const key of made.keys())
          expect(await host.begin(keyed(key))).toMatchObject({ answer: { body: key } });
    } finally {
      await close();
    }
  });
});
