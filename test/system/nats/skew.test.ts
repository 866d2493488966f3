/** What a newer Hotcell writes to a store on a real NATS server, and a host of today beside it. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  type Mock,
  vi,
} from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { pluginRoutes } from "../../../host/http/embed.ts";
import { subjectPart } from "../../../host/nats/nats-address.ts";
import { RegisterLeases } from "../../../host/nodes/register-leases.ts";
import { ownFacts } from "../../../host/nodes/told-nodes.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { bucket, plenty, putting } from "../../backends/key-value/contract.ts";
import { sample } from "../../guests/small-plugins.ts";
import { bytesOf, deploying, digestOf, removing } from "../../support/commits.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("beside a newer Hotcell", () => {
  let server: NatsServer;
  let nc: NatsConnection;
  let said: Mock<typeof console.error>;
  let name: string;
  let places: Places;
  let opened = 0;
  beforeAll(async () => {
    server = await natsServer();
    nc = await connect({ servers: `127.0.0.1:${server.port}` });
  });
  afterAll(async () => {
    await nc?.close();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    name = `skew-${++opened}`;
    places = new Places(name);
    said = vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => said.mockRestore());

  const open = () => openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}` });
  const lines = () => said.mock.calls.map(([line]: unknown[]) => String(line)).join("\n");
  /** Number of a message as a newer Hotcell would publish it. */
  const publish = async (subject: string, content: unknown, head?: object): Promise<number> => {
    const told = headers();
    if (head) told.set("Hotcell", JSON.stringify(head));
    const data = typeof content === "string" ? content : JSON.stringify(content);
    return (await jetstream(nc).publish(subject, data, { headers: told })).seq;
  };
  const tooNew = (thing: string) => ({ code: "store-too-new", facts: { subject: thing } });

  describe("values by key", () => {
    const ofGuest = () => `${places.valueChanges}.guest`;
    const quota = { bytes: 1e6, keys: 1e3 };
    const put = { bucket: "b", quota, kind: "put", keys: ["n"], sizes: [3] };

    it.each([
      ["a kind of change that is not known", `${JSON.stringify({ ...put, kind: "append" })}\nnew`, {}],
      ["a member that is not known", `${JSON.stringify({ ...put, until: 1 })}\nnew`, {}],
      ["a later form", "\u0001not JSON at all", { form: 2 }],
    ])(
      "are told, kept as a snapshot and changed no more by a host that meets %s",
      async (_, change, head) => {
        await using store = await open();
        const values = store.keyValue();
        const other = { plugin: "other", bucket: "b" };
        for (const each of [bucket, other]) await values.change(each, putting(["n", "old"]), plenty);
        await publish(ofGuest(), change, { plugin: "guest", ...head });
        const thing = "the values by key of guest";
        for (const refused of [
          async () => values.get(bucket, ["n"], 100),
          () => values.usage("guest"),
          () => values.change(bucket, putting(["m", "x"]), plenty),
        ])
          expect(await refusalOf(refused())).toMatchObject(tooNew(thing));
        expect(
          lines()
            .split("\n")
            .filter((line) => line.includes(thing)),
        ).toHaveLength(1);
        // Nothing of the log is taken for what it is not, and others' values are as they were.
        for (let i = 0; i < 1_100; i++)
          nc.publish(ofGuest(), `${JSON.stringify(put)}\nxyz`, headersOf("guest"));
        await nc.flush();
        const [found] = (await values.get(other, ["n"], 100))!;
        expect(Buffer.from(found!.value).toString()).toBe("old");
        expect(await values.plugins()).toEqual(["guest", "other"]);
        const jsm = await jetstreamManager(nc);
        const subjects = { subjects_filter: `${places.valueData}.m.>` };
        expect((await jsm.streams.info(places.data, subjects)).state.subjects ?? {}).toEqual({});
        // A host that begins later knows as little, until the plugin is removed with its values.
        await using later = await open();
        const again = later.keyValue();
        expect(await refusalOf(Promise.resolve(again.get(bucket, ["n"], 100)))).toMatchObject(tooNew(thing));
        await values.forget("guest");
        for (const each of [values, again]) expect(await each.usage("guest")).toEqual([]);
        expect(await again.change(bucket, putting(["n", "new"]), plenty)).toMatchObject({ done: true });
      },
    );

    const headersOf = (plugin: string) => {
      const told = headers();
      told.set("Hotcell", JSON.stringify({ plugin }));
      return { headers: told };
    };

    it("are left to others where a snapshot of them is not known, which stays as it is", async () => {
      await using newer = await open();
      await newer.keyValue().change(bucket, putting(["n", "old"]), plenty);
      const subject = `${places.valueData}.m.guest`;
      const marker = { plugin: "guest", upTo: 1, id: "x", chunks: 1 };
      await publish(`${places.valueData}.s.guest.x.0`, `${JSON.stringify([["b", "n", 3, 7, 99]])}\nold`);
      await publish(subject, marker);
      await using store = await open();
      const values = store.keyValue();
      const thing = tooNew("the values by key of guest");
      expect(await refusalOf(Promise.resolve(values.get(bucket, ["n"], 100)))).toMatchObject(thing);
      await publish(subject, { ...marker, form: 2, chunks: "all in one" });
      await using third = await open();
      expect(await refusalOf(Promise.resolve(third.keyValue().usage("guest")))).toMatchObject(thing);
    });
  });

  describe("a revision", () => {
    const settle = async (host: Host) => {
      await host.registry.deploy("p", sample({ version: 1 }));
      await host.registry.deploy("other", sample({ version: 7 }));
      expect(await host.registry.callJson("p", "version")).toBe(1);
    };
    /** Commit of p as revision 2, in a form that is not known; the content says whatever it likes. */
    const commitNewer = (host: Host, content: unknown) => {
      const { version, size } = host.registry.details("p");
      const commit = {
        plugin: "p",
        revision: 2,
        digest: version,
        size,
        at: new Date().toISOString(),
        bytes: 9,
      };
      const head = { form: 2, events: [[100, "p"]], commit: { ...commit, hotcell: "9.9.9" } };
      return publish(places.commits("p"), content, head);
    };
    const event = {
      at: "2030-01-01T00:00:00Z",
      kind: "deployed",
      who: null,
      plugin: "p",
      revision: 2,
      data: "{}",
    };

    it.each([
      ["whose content is JSON", { events: [event], commit: { shares: [0.5, 0.5] } }],
      ["whose content is none", "\u0001packed"],
    ])(
      "%s leaves what runs as it is, is told with its Hotcell, and is changed by nobody but who knows it",
      async (_, content) => {
        await using store = await open();
        await using host = await createHost({ store, log: () => {} });
        await settle(host);
        const seq = await commitNewer(host, content);
        await until(() => host.registry.behind === 1);
        const { behind, damaged } = host.registry.details("p");
        const detail = expect.stringMatching(/revision 2 of p.*form 2.*Hotcell 9\.9\.9 has stored it/);
        expect(behind).toMatchObject({ revision: 2, code: "store-too-new", detail });
        expect(damaged).toEqual({ code: "store-too-new", detail });
        expect(await host.registry.callJson("p", "version")).toBe(1);
        // The others are told by a beat.
        await until(async () => (await host.nodes())[0]?.standing?.behind !== undefined);
        const [node] = await host.nodes();
        expect(node?.standing?.behind).toEqual([{ plugin: "p", revision: 2, code: "store-too-new" }]);
        for (const change of [
          () => host.registry.deploy("p", sample({ version: 2 })),
          () => host.registry.configure("p", { limits: { queue: 7 } }),
          () => host.registry.rollback("p"),
        ])
          expect(await refusalOf(change())).toMatchObject({
            code: "plugin-damaged",
            facts: { remedy: expect.stringContaining("Bring this host to the Hotcell") },
          });
        expect((await store.plugin("p"))?.revision).toBe(2);
        const told = (await store.events({ after: 0 })).find(({ id }) => Math.floor(id / 1000) === seq);
        expect(told).toMatchObject({ plugin: "p", revision: 2 });
        // One that begins beside it has nothing that it could run of it, and runs the others.
        await using store2 = await open();
        await using later = await createHost({ store: store2, log: () => {} });
        expect(await later.registry.callJson("other", "version")).toBe(7);
        expect((await refusalOf(later.registry.callJson("p", "version"))).message).toContain("9.9.9");
        // Its owner may want it gone all the same.
        await later.registry.remove("p", { keepData: true });
        await until(() => host.registry.behind === 0 && host.registry.revision("p") === undefined);
      },
    );

    it("may name contents in a way that is not known: none is collected while it is there", async () => {
      await using store = await open();
      const [a, b] = [bytesOf("a", 100), bytesOf("b", 100)];
      await store.commit(deploying("p", 0, a));
      await store.commit(deploying("p", 1, b));
      await store.commit(deploying("q", 0, b));
      await store.prune("p", { versions: 1, deployments: 1 });
      const commit = { plugin: "q", revision: 2, digest: digestOf(b), size: 100, at: "", bytes: 9 };
      await publish(places.commits("q"), { candidate: digestOf(a) }, { form: 2, events: [[9, "q"]], commit });
      // As whoever refers to a content says there.
      const jsm = await jetstreamManager(nc);
      const marker = `${places.blobs}.o.${digestOf(a).slice("sha256:".length)}`;
      const { pins, ...rest } = (await jsm.streams.getMessage(places.data, {
        last_by_subj: marker,
      }))!.json<{ pins: { users: string[] }[] }>();
      const newest = pins.at(-1)!;
      const named = { ...newest, users: [...newest.users, places.commits("q")] };
      await publish(marker, { ...rest, pins: [...pins.slice(0, -1), named] });
      expect(await store.collect()).toEqual({ versions: 0, bytes: 0 });
      expect(await store.binary(digestOf(a))).toEqual(a);
      await store.commit(removing("q", 2));
      await store.prune("q", { versions: 0, deployments: 0 });
      expect(await store.collect()).toMatchObject({ versions: 1 });
    });
  });

  it("a content in a later form is neither read nor removed, and keeps no host from starting", async () => {
    await using store = await open();
    await using host = await createHost({ store, log: () => {} });
    await host.registry.deploy("p", sample({ version: 1 }));
    const { version } = host.registry.details("p");
    const subject = `${places.blobs}.o.${version.slice("sha256:".length)}`;
    const jsm = await jetstreamManager(nc);
    const marker = (await jsm.streams.getMessage(places.data, { last_by_subj: subject }))!.json<object>();
    await publish(subject, { ...marker, form: 2 });
    await using store2 = await open();
    await using later = await createHost({ store: store2, log: () => {} });
    expect((await refusalOf(later.registry.callJson("p", "version"))).message).toContain("has form 2");
    expect(await host.registry.callJson("p", "version")).toBe(1);
    expect(await store.collect()).toEqual({ versions: 0, bytes: 0 });
  });

  it("events of kinds that are not known are passed on as they are", async () => {
    await using store = await open();
    const told: unknown[] = [];
    store.watch((event) => told.push(event));
    const event = { at: "2030-01-01T00:00:00Z", kind: "canaried", who: "x", plugin: "p", revision: null };
    const data = JSON.stringify({ share: 0.5 });
    await publish(
      places.events,
      { events: [{ ...event, data, trace: "t" }] },
      { events: [[10, "p"]], form: 2 },
    );
    await publish(places.events, "\u0001packed", {
      form: 2,
      events: [
        [10, "p"],
        [10, null],
      ],
    });
    await until(() => told.length === 3);
    expect(told[0]).toMatchObject({ kind: "canaried", who: "x", plugin: "p", data: { share: 0.5 } });
    expect(told[1]).toMatchObject({ plugin: "p", damaged: expect.any(String) });
    expect(await store.events({ after: 0 })).toEqual(told);
    await store.append([{ at: event.at, kind: "log" }]);
    await until(() => told.length === 4);
    expect(await store.trimEvents(1)).toBe(3);
  });

  describe("tokens", () => {
    const row = {
      ...{
        id: "aaaaaaaaaaaa",
        hash: "0".repeat(64),
        name: null,
        plugins: null,
        expiresAt: null,
        revokedAt: null,
      },
      createdAt: "2030-01-01T00:00:00Z",
    };
    const event = (kind: string) => ({
      at: row.createdAt,
      kind,
      who: "x",
      plugin: null,
      revision: null,
      data: "{}",
    });
    const change = (content: unknown, kind = "token-created") =>
      publish(places.changes("tokens"), { events: [event(kind)], change: content }, { events: [[10, null]] });

    it("have no more scopes here than this Hotcell knows, and none where something else of them is not known", async () => {
      await using store = await open();
      await using host = await createHost({ store, log: () => {} });
      const scopes = JSON.stringify(["read", "replay", "call"]);
      await change({ add: { ...row, scopes } });
      await change({
        add: { ...row, id: "bbbbbbbbbbbb", hash: "1".repeat(64), scopes, networks: ["10.0.0.0/8"] },
      });
      await change({ add: { ...row, id: "cccccccccccc", hash: "2".repeat(64), scopes, form: 2 } });
      const good = await host.tokens.create({ scopes: ["read"] }, "admin");
      const [first, ...others] = await host.tokens.list();
      // What it has besides is told, and gives nothing (see `isScope`).
      expect(first).toMatchObject({ scopes: ["read", "replay", "call"] });
      expect(others).toMatchObject([
        { scopes: [], damaged: expect.stringContaining('no "networks"') },
        { scopes: [], damaged: expect.stringContaining("form 2") },
        { scopes: ["read"] },
      ]);
      // Nothing of them is lost where this host changes others, and revokes one of these.
      await host.tokens.revoke("bbbbbbbbbbbb", "admin");
      for (let i = 0; i < 64; i++) await host.tokens.create({ scopes: ["call"] }, "admin");
      const kept = await lastIn(places.state("tokens"));
      const chunk = await lastIn(`${places.state("tokens")}.${kept.id}.0`);
      expect(chunk.slice(0, 4)).toMatchObject([
        {},
        { networks: ["10.0.0.0/8"], revokedAt: expect.any(String) },
        { form: 2 },
        {},
      ]);
      expect(host.tokens.find(good.token)?.scopes).toEqual(["read"]);
    });

    const lastIn = async (subject: string) => {
      const jsm = await jetstreamManager(nc);
      return (await jsm.streams.getMessage(places.data, { last_by_subj: subject }))!.json<
        { id: string } & unknown[]
      >();
    };

    it.each([
      ["all, where a change says not of which", { restrict: ["call"], before: 1 }, true],
      ["the one that a change names", { narrow: ["call"], id: "" }, false],
    ])(
      "are good for nothing here: %s; the others can be made and revoked, and none is kept for others so",
      async (_, content, all) => {
        await using store = await open();
        await using host = await createHost({ store, log: () => {} });
        const [one, other] = [
          await host.tokens.create({ scopes: ["read"] }, "a"),
          await host.tokens.create({ scopes: ["call"] }, "a"),
        ];
        await change("id" in content ? { ...content, id: one.id } : content, "token-narrowed");
        await until(() => host.tokens.find(one.token)?.scopes.length === 0);
        expect(host.tokens.find(other.token)?.scopes).toEqual(all ? [] : ["call"]);
        expect(lines()).toContain("A newer Hotcell has stored the tokens");
        const after = await host.tokens.create({ scopes: ["read"] }, "a");
        for (let i = 0; i < 70; i++) await host.tokens.create({ scopes: ["call"] }, "a");
        await host.tokens.revoke(other.id, "a");
        expect(host.tokens.find(other.token)?.end).toBe("revoked");
        const jsm = await jetstreamManager(nc);
        const kept = { subjects_filter: `${places.state("tokens")}.>` };
        expect((await jsm.streams.info(places.data, kept)).state.subjects ?? {}).toEqual({});
        await using store2 = await open();
        await using later = await createHost({ store: store2, log: () => {} });
        expect(later.tokens.find(one.token)?.scopes).toEqual([]);
        expect(later.tokens.find(after.token)?.scopes).toEqual(["read"]);
      },
    );
  });

  it("contracts that are not known let nobody go live who is held to them, and are changed by nobody here", async () => {
    await using store = await open();
    await using host = await createHost({ store, log: () => {} });
    const { contracts } = host.registry;
    const adding = componentTypeOf(
      dummyModule("package acme:c; world w { export add: func(a: u32, b: u32) -> u32; }"),
    );
    await host.registry.deploy("p", sample({ version: 1 }));
    await contracts.put("adding", adding, { plugins: ["p"] });
    const { digest } = (await contracts.get("adding")) as { digest: string };
    const row = {
      name: "adding",
      version: 2,
      digest,
      plugins: '["p"]',
      at: "2030-01-01T00:00:00Z",
      who: null,
    };
    const put = (content: unknown, kind: string) => {
      const event = { at: row.at, kind, who: null, plugin: null, revision: null, data: '{"name":"adding"}' };
      return publish(
        places.changes("contracts"),
        { events: [event], change: content },
        { events: [[10, null]] },
      );
    };
    const skew = { code: "store-too-new", facts: { remedy: expect.stringContaining("GET /nodes") } };
    const refused = async () => {
      expect(await refusalOf(host.registry.deploy("p", sample({ version: 2 })))).toMatchObject(skew);
      expect(await refusalOf(contracts.put("adding", adding, { plugins: ["p", "q"] }))).toMatchObject(skew);
      expect(await host.registry.callJson("p", "version")).toBe(1);
    };
    await put({ put: { ...row, mode: "warn" } }, "contract-put");
    await until(() => contracts.list().some(({ version }) => version === 2));
    await refused();
    await host.registry.deploy("other", sample({ version: 3 }));
    await put({ remove: "adding", version: 2, at: row.at }, "contract-removed");
    await until(() => contracts.list().every(({ version }) => version === 1));
    await host.registry.deploy("p", sample({ version: 1, without: [] }));
    await put({ rename: "adding", to: "summing" }, "contract-renamed");
    const dryRun = () => contracts.put("adding", adding, { dryRun: true });
    await until(() => dryRun().then(...([() => false, () => true] as const)));
    expect(lines()).toContain("A newer Hotcell has stored the contracts");
    await refused();
    expect(await refusalOf(contracts.put("new", adding))).toMatchObject(skew);
  });

  it("hosts whose beats are not known are passed over, and leases that are not are nobody's to take", async () => {
    await using store = await open();
    await using host = await createHost({ store, log: () => {} });
    const { registers } = places;
    await publish(`${registers}.node.tomorrow`, "\u0001packed");
    await publish(`${registers}.node.later`, {
      form: 2,
      node: { id: "later", version: "9.9.9", zone: "a" },
      order: 1e9,
    });
    const told = async () => (await host.nodes()).find(({ id }) => id === "later");
    await until(async () => (await told()) !== undefined);
    await publish(`${registers}.node.bare`, { form: 3, node: { id: "bare" }, order: 1e9 + 1 });
    await until(async () => (await host.nodes()).some(({ id }) => id === "bare"));
    let metrics = "";
    await until(async () => {
      metrics = "";
      for await (const piece of host.metrics.text("prometheus")) metrics += piece;
      return metrics.includes('hotcell_hosts{version="unknown"} 1');
    });
    expect(metrics).toContain('hotcell_hosts{version="9.9.9"} 1');
    // What is not known of it is passed on.
    expect(await told()).toMatchObject({ version: "9.9.9", zone: "a", self: false });
    await host.registry.deploy("p", sample({ version: 1 }));
    expect(await host.registry.callJson("p", "version")).toBe(1);
    // One that has a cell, and is reached in a way that is not known.
    const distant = { id: "distant", version: "9.9.9", cells: "quic://[::1]/cells" };
    await publish(`${registers}.node.distant`, { form: 2, node: distant, order: 1e9 + 2 });
    const cell = "cells/plugin s";
    await publish(`${registers}.lease.${subjectPart(cell)}`, { name: cell, token: 1, node: "distant" });
    const shared = { settings: { mode: "shared" } } as const;
    expect(await refusalOf(host.registry.deploy("s", sample({ version: 1 }), shared))).toMatchObject({
      code: "version-skew",
      facts: { subject: "s" },
    });
    await using store2 = await open();
    const name = "rollout/p";
    await publish(`${registers}.lease.${subjectPart(name)}`, {
      name,
      token: 1,
      node: null,
      shares: ["a", "b"],
    });
    const leases = await RegisterLeases.join(store2.registers, ownFacts("1.0.0"));
    for (const asked of [() => leases.acquire(name), () => leases.holder(name)])
      expect(await refusalOf(asked() as Promise<unknown>)).toMatchObject(tooNew(`the lease ${name}`));
    await leases.close();
    // A deployment that may be another host's to try is refused, in so many words.
    expect(await refusalOf(host.registry.deploy("p", sample({ version: 2 })))).toMatchObject(
      tooNew(`the lease ${name}`),
    );
    expect(await host.registry.callJson("p", "version")).toBe(1);
  });

  it("a state that is not known is neither taken nor replaced, but goes with its plugin", async () => {
    await using store = await open();
    const { states } = store;
    const state = { version: `sha256:${"0".repeat(64)}`, bytes: Buffer.from("state") };
    expect(await states.put("p", 1, state)).toBe(true);
    const jsm = await jetstreamManager(nc);
    const subject = `${places.states}.r.${subjectPart("p")}`;
    const read = async () =>
      (await jsm.streams.getMessage(places.data, { last_by_subj: subject }))!.json<{ state: object }>();
    const kept = await read();
    for (const unknown of [
      { ...kept, state: { ...kept.state, packed: "zstd" } },
      { ...kept, form: 2 },
    ]) {
      await publish(subject, unknown);
      expect(await refusalOf(states.take("p", 2))).toMatchObject(tooNew("the state of p"));
      expect(await refusalOf(states.put("p", 2, state))).toMatchObject(tooNew("the state of p"));
      expect(await read()).toEqual(unknown);
    }
    await states.forget("p");
    expect(await states.take("p", 3)).toBeUndefined();
  });

  it("streams of a later format stop a host that runs from doing anything there, and nothing that it runs", async () => {
    await using store = await open();
    await using host = await createHost({ store, log: () => {} });
    await host.registry.deploy("p", sample({ version: 1 }));
    expect(await host.registry.callJson("p", "version")).toBe(1);
    const jsm = await jetstreamManager(nc);
    const { config } = await jsm.streams.info(places.log);
    await jsm.streams.update(places.log, { ...config, description: "Log of a Hotcell store, format 7" });
    const { last_seq } = (await jsm.streams.info(places.log)).state;
    const skew = { code: "store-too-new", facts: { subject: places.log, actual: 7 } };
    await until(() => store.list().then(...([() => false, () => true] as const)));
    for (const refused of [
      () => host.registry.deploy("p", sample({ version: 2 })),
      () => host.tokens.create({ scopes: ["read"] }, "a"),
      () => store.keyValue().plugins(),
    ])
      expect(await refusalOf(refused())).toMatchObject(skew);
    expect((await jsm.streams.info(places.log)).state.last_seq).toBe(last_seq);
    expect(await host.registry.callJson("p", "version")).toBe(1);
    const api = pluginRoutes(host, { token: "t", address: "127.0.0.1" });
    const headers = { authorization: "Bearer t", host: "127.0.0.1" };
    expect(await (await api.request("/readyz?verbose", { headers })).json()).toMatchObject({
      status: "ready",
      newer: [{ thing: `the stream ${places.log}`, detail: expect.stringContaining("format 7") }],
      store: { answers: false, detail: expect.stringContaining("format 7") },
    });
  });

  it("what a host of today stores has these members: whoever adds one says in its form what hosts before may make of it", async () => {
    await using store = await open();
    await using host = await createHost({ store, log: () => {} });
    const settings = { mode: "shared", env: { KEY: { secret: "s3cret" } } } as const;
    await host.registry.deploy("p", sample({ version: 1 }), {
      settings,
      files: new Map([["a", Buffer.from("a")]]),
    });
    await host.registry.callJson("p", "version");
    await host.registry.deploy("p", sample({ version: 2 }));
    await store.prune("p", { versions: 1, deployments: 1 });
    const { id } = await host.tokens.create({ scopes: ["read"], plugins: ["p"], expiresIn: "1h" }, "a");
    await host.tokens.revoke(id, "a");
    const adding = componentTypeOf(
      dummyModule("package acme:c; world w { export add: func(a: u32, b: u32) -> u32; }"),
    );
    await host.registry.contracts.put("adding", adding, { plugins: ["p"] });
    await host.registry.contracts.remove("adding");
    const values = store.keyValue();
    const long = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
    const sum = { kind: "add", key: "n", delta: 1n, ...long } as const;
    await Promise.all(Array.from({ length: 1_000 }, () => values.change(bucket, sum, plenty)));
    await values.change(bucket, { ...putting(["a", "b"]), expected: 0 } as never, plenty);
    await values.change(bucket, { kind: "delete", keys: ["a"] }, plenty);
    await values.forget("guest");
    await store.states.put("p", 9, { version: "v", bytes: Buffer.from("state") });
    const found = new Map<string, Set<string>>();
    const note = (kind: string, text: string) => {
      const json = (() => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          return undefined;
        }
      })();
      const walk = (path: string, value: unknown) => {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return;
        for (const [name, member] of Object.entries(value)) {
          found.set(path, (found.get(path) ?? new Set()).add(name));
          walk(`${path}.${name}`, member);
        }
      };
      walk(kind, json);
    };
    const jsm = await jetstreamManager(nc);
    const subjects = `${places.valueData}.m.>`;
    await until(
      async () =>
        (await jsm.streams.info(places.data, { subjects_filter: subjects })).state.subjects !== undefined,
    );
    for (const stream of [places.log, places.data, places.values]) {
      const { last_seq } = (await jsm.streams.info(stream)).state;
      for (let seq = 1; seq <= last_seq; seq++) {
        const message = await jsm.streams.getMessage(stream, { seq }).catch(() => null);
        if (!message) continue;
        // Such as `log.c` of commits, and `data.blobs.o` of markers, without what they are about.
        const parts = message.subject.slice(name.length + 1).split(".");
        const kind = parts
          .slice(0, /^data\.(blobs|kv|registers|states)/.test(parts.join(".")) ? 3 : 2)
          .join(".");
        note(`${kind} head`, message.header?.get("Hotcell") ?? "");
        const text = Buffer.from(message.data).toString();
        note(kind, text.split("\n", 1)[0]!);
        const { events } = (
          message.subject.startsWith(places.everyEvent.slice(0, -1)) ? JSON.parse(text) : {}
        ) as { events?: object[] };
        for (const event of events ?? []) note("event", JSON.stringify(event));
      }
    }
    // What hosts tell of themselves, settings, and contents are told apart by others.
    const others = /^data\.(registers\.(node\.|key)|settings|blobs\.b)/;
    const kinds = [...found].filter(([path]) => !others.test(path));
    const listed = kinds.map(([path, members]) => `${path}: ${[...members].sort().join(" ")}`).sort();
    expect(listed).toMatchInlineSnapshot(`
      [
        "data.blobs.o: about chunks kind parts pins size upload whole",
        "data.kept: revisions upTo",
        "data.kv.m: chunks id plugin upTo",
        "data.registers.lease: name node token",
        "data.registers.node: node order",
        "data.states.r.state: chunks digest upload version",
        "data.states.r: state token",
        "event: at data kind plugin revision who",
        "kv.guest head: plugin",
        "kv.guest.quota: bytes keys",
        "kv.guest: bucket expected forget keys kind numbers quota sizes",
        "log.c head.commit: at bytes digest hotcell plugin revision size",
        "log.c head: commit events",
        "log.c.commit: about checks details outcome shown who",
        "log.c: commit events settings",
        "log.contracts head: events",
        "log.contracts.change.put: at digest name plugins version who",
        "log.contracts.change: at put remove",
        "log.contracts: change events",
        "log.tokens head: events",
        "log.tokens.change.add: createdAt expiresAt hash id name plugins revokedAt scopes",
        "log.tokens.change: add at revoke",
        "log.tokens: change events",
      ]
    `);
  });
});
