/** The store on NATS while its server is away, and after it is back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { SharedStore, StoredEvent } from "../../../host/store/store.ts";
import { bytesOf, deploying, digestOf, note, removing } from "../../support/commits.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

const a = bytesOf("a");
const waiting = { timeout: 30_000, interval: 50 };

describe.runIf(!inject("missing").includes("nats-server"))("while NATS is away", () => {
  let server: NatsServer;
  let store: SharedStore;
  let opened = 0;
  const open = (patience = 500) =>
    openNatsStore({ url: `nats://127.0.0.1:${server.port}/outage-${opened}`, patience });
  /** Commits what is there before the outage, with more patience than during it. */
  const begin = async () => {
    await using patient = await open(20_000);
    await patient.commit(deploying("p", 0, a));
  };
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    opened++;
    store = await open();
  });
  afterEach(() => store.close());

  it.for(["dead", "standing still"])(
    "every operation ends with the reason (a server that is %s)",
    async (how) => {
      await begin();
      const values = store.keyValue();
      await values.usage("p");
      // So that there is something to collect.
      expect((await refusalOf(store.commit(deploying("p", 0, a)))).code).toBe("stale-revision");
      if (how === "dead") await server.kill();
      else server.pause();
      try {
        const refused = await Promise.all(
          [
            values.usage("p"),
            values.change(
              { plugin: "p", bucket: "b" },
              { kind: "delete", keys: ["a"] },
              { bytes: 1, keys: 1 },
            ),
            store.registers.all("node"),
            store.list(),
            store.plugin("p"),
            store.commit(deploying("p", 1, a)),
            store.deployments("p"),
            store.binary(digestOf(a)),
            store.prune("p", { versions: 1, deployments: 1 }),
            store.collect(),
            store.append([note("1")]),
            store.events(),
            store.eventRange(),
            store.tokens(),
            store.revokeToken("t", note("1")),
            store.contracts(),
          ].map(async (operation) => refusalOf(Promise.resolve(operation))),
        );
        expect(new Set(refused.map(({ code, status }) => `${code} ${status}`))).toEqual(
          new Set(["store-unavailable 503"]),
        );
        expect(refused[0]!.message).toContain(`nats://127.0.0.1:${server.port}/outage-${opened}`);
        expect(refused[0]!.message).not.toContain("did not say");
        await store.close();
      } finally {
        if (how === "dead") await server.start();
        else server.resume();
      }
    },
  );

  it("the log says once that it is lost, and once that it is back, without a secret", async () => {
    using said = vi.spyOn(console, "error").mockReturnValue();
    const shown = `127.0.0.1:${server.port}/outage-told`;
    await using _ = await openNatsStore({ url: `nats://user:hidden@${shown}`, patience: 500 });
    const lines = () => said.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(shown));
    await server.kill();
    await vi.waitFor(() => expect(lines()).toHaveLength(1), waiting);
    await server.start();
    await vi.waitFor(() => expect(lines()).toHaveLength(2), waiting);
    expect(lines()[0]).toContain("The connection to NATS is lost: nats://");
    expect(lines()[1]).toMatch(/^NATS is back: nats:.* It was away for \d+\.\d s\.$/);
    expect(lines().join()).not.toContain("hidden");
  });

  it("nothing is lost or done late, and it goes on by itself afterwards", async () => {
    const heard: StoredEvent[] = [];
    store.watch((event) => heard.push(event));
    await begin();
    await server.kill();
    expect((await refusalOf(store.commit(deploying("p", 1, bytesOf("late"))))).code).toBe(
      "store-unavailable",
    );
    expect((await refusalOf(store.append([note("late")]))).code).toBe("store-unavailable");
    await server.start();
    await vi.waitFor(() => store.commit(removing("p", 1)), waiting);
    await store.append([note("after")]);
    expect((await store.deployments("p")).map(({ outcome }) => outcome)).toEqual(["removed", "created"]);
    const stored = await store.events();
    expect(stored.map(({ kind }) => kind)).toEqual(["deployed", "removed", "log"]);
    await vi.waitFor(() => expect(heard).toEqual(stored), waiting);
  });

  it("a change that was under way is told of as done, as not done, or as not known, and that is true", async () => {
    const revisionsDone: number[] = [];
    const unknown: string[] = [];
    for (let round = 0; round < 2; round++) {
      const patient = await open(20_000);
      await using _ = patient;
      const plugin = `q${round}`;
      const killing = Promise.withResolvers<void>();
      const committing = (async () => {
        for (let i = 0; ; i++) {
          const revision = await patient.commit(deploying(plugin, i, bytesOf(`${i}`, 50_000))).then(
            (committed) => committed.revision,
            (error: Error) => {
              unknown.push(error.message);
              return undefined;
            },
          );
          if (revision === undefined || revision === 60) return revision;
          revisionsDone.push(revision);
          if (revision === 5 + round) killing.resolve();
        }
      })();
      await killing.promise;
      await server.kill();
      await server.start();
      // Patience is longer than the outage: nobody is told of it, and each commit is there once.
      expect(await committing).toBe(60);
      expect((await patient.uses(plugin)).map(({ revision }) => revision)).toEqual(
        Array.from({ length: 60 }, (_, i) => 60 - i),
      );
    }
    expect(unknown).toEqual([]);
    expect(revisionsDone).toHaveLength(2 * 59);
  });

  it("a watcher of another host hears every event once, in order", async () => {
    const other = await open(20_000);
    await using _ = other;
    const heard: number[] = [];
    let before = (await other.eventRange()).last;
    let gaps = 0;
    other.watch((event, previous = event.id - 1) => {
      if (previous !== before) gaps++;
      before = event.id;
      heard.push(event.id);
    });
    const writer = await open(20_000);
    await using __ = writer;
    const ids: number[] = [];
    for (let i = 0; i < 100; i++) {
      ids.push(...(await writer.append([note(`${i}`), note(`${i}+`)])));
      if (i % 40 === 20) {
        await server.kill();
        await server.start();
      }
    }
    await vi.waitFor(() => expect(heard).toHaveLength(ids.length), waiting);
    expect(heard).toEqual(ids);
    expect(gaps).toBe(0);
  });
});

it.runIf(!inject("missing").includes("nats-server"))(
  "a watcher is told all, in order, where no server gives it a consumer",
  async () => {
    const publish = `publish: { deny: ["$JS.API.CONSUMER.>"] }`;
    await using server = await natsServer(`authorization { users = [
      { user: all, password: p }
      { user: none, password: p, permissions: { ${publish} } }
    ] }`);
    const open = (user: string) => openNatsStore({ url: `nats://${user}:p@127.0.0.1:${server.port}/app` });
    await using one = await open("all");
    await using other = await open("none");
    const told: StoredEvent[] = [];
    other.watch((event) => told.push(event));
    await one.commit(deploying("p", 0, a));
    await one.append([note("first", "p"), note("second", "p")]);
    await one.commit(removing("p", 1));
    const kept = await one.events();
    expect(kept.length).toBe(4);
    await vi.waitFor(() => expect(told).toEqual(kept), waiting);
  },
);
