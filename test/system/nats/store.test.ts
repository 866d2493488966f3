/** The store on a real NATS server. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { sweepSnapshots } from "../../../host/backends/key-value/nats/snapshots.ts";
import type { HotcellError } from "../../../host/errors.ts";
import { type BlobMarker, type BlobPin, Blobs } from "../../../host/nats/blobs.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { NatsCollection } from "../../../host/store/nats/nats-collection.ts";
import { NatsCommits } from "../../../host/store/nats/nats-commits.ts";
import { NatsHistory } from "../../../host/store/nats/nats-history.ts";
import { NatsRecords } from "../../../host/store/nats/nats-records.ts";
import { NatsReferences } from "../../../host/store/nats/nats-references.ts";
import { NatsRegisters } from "../../../host/store/nats/nats-registers.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { NatsSweep } from "../../../host/store/nats/nats-sweep.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { toCommitRow } from "../../../host/store/rows.ts";
import { bucket } from "../../backends/key-value/contract.ts";
import { storeContract } from "../../store/contract.ts";
import { at, bytesOf, deploying, digestOf, note, redeploying, removing } from "../../support/commits.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("the store on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  let opened = 0;
  storeContract("nats", () => openNatsStore({ url: `nats://127.0.0.1:${server.port}/store-${++opened}` }));
});

describe.runIf(!inject("missing").includes("nats-server"))("two hosts on one store on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const open = (name: string) =>
    openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}`, patience: 20_000 });

  /** Parts of a store, by a connection of their own. */
  async function partsOf(name: string) {
    const url = natsAddress(`nats://127.0.0.1:${server.port}/${name}`, "url");
    const link = await openNats(url, { patience: 20_000 });
    const places = new Places(name);
    const blobs = new Blobs(link, places.data, places.blobs);
    const history = new NatsHistory(link, places);
    const records = new NatsRecords(link, places, blobs);
    const collection = new NatsCollection(blobs, new NatsReferences(places, history, records));
    const commits = new NatsCommits(link, places, blobs);
    const registers = new NatsRegisters(link, places.data, places.registers);
    const parts = { commits, blobs, records, collection, history, registers, first: async () => 1 };
    return { link, places, parts, blobs, records, collection };
  }

  async function subjectsOf(name: string, filter: string): Promise<string[]> {
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const jsm = await jetstreamManager(nc);
    const { state } = await jsm.streams.info(`${name}_data`, { subjects_filter: `${name}.data.${filter}` });
    await nc.close();
    return Object.keys(state.subjects ?? {});
  }

  it("never lose a version to the other's collection, nor keep one that nobody refers to", async () => {
    await using one = await open("race");
    await using other = await open("race");
    const { link, blobs, collection } = await partsOf("race");
    const [a, b] = [bytesOf("a", 3000), bytesOf("b", 3000)];
    const part = bytesOf("part", 500);
    const whole = { bytes: a, about: {}, parts: [{ digest: digestOf(part), bytes: part }] };
    let done = false;
    const collecting = (async () => {
      while (!done) await collection.collectAll();
    })();
    /** Deployments of a plugin at one host, of the same versions as the other's. */
    const rounds = async (store: typeof one, plugin: string) => {
      let revision = 0;
      for (let round = 0; round < 25; round++) {
        // Nobody refers to the first version any more when it is made live again, by its digest or with its bytes.
        for (const change of [
          deploying(plugin, revision, a, { binary: whole }),
          deploying(plugin, revision + 1, b),
          redeploying(plugin, revision + 2, a),
        ]) {
          const expected = revision;
          const error = await store.commit({ ...change, expected }).then(
            () => undefined,
            (thrown: HotcellError) => thrown,
          );
          if (error) {
            expect(error.code).toBe("version-not-found");
            continue;
          }
          revision++;
          await store.verify((await one.plugin(plugin))!.live!.digest);
          await store.prune(plugin, { versions: 1, deployments: 1 });
          await store.collect();
        }
      }
      await store.commit(removing(plugin, revision));
      await store.prune(plugin, { versions: 0, deployments: 0 });
    };
    await Promise.all([rounds(one, "p"), rounds(other, "q")]);
    done = true;
    await collecting;
    for (const store of [one, other]) await store.collect();
    for (const bytes of [a, b, part]) expect(await one.binary(digestOf(bytes))).toBeUndefined();
    const left = await subjectsOf("race", "blobs.>");
    expect(left.filter((subject) => subject.startsWith("race.data.blobs.b."))).toEqual([]);
    await blobs.sweep(-1);
    await link.close();
    expect(await subjectsOf("race", "blobs.>")).toEqual([]);
  });

  it("collect by themselves what their changes let go, with its parts, and leave what others refer to", async () => {
    await using one = await open("own");
    await using other = await open("own");
    const part = bytesOf("part", 500);
    const version = (name: string) => ({
      bytes: bytesOf(name, 3000),
      binary: { bytes: bytesOf(name, 3000), about: {}, parts: [{ digest: digestOf(part), bytes: part }] },
    });
    const [a, b, c] = [version("a"), version("b"), bytesOf("c")];
    await one.commit(deploying("p", 0, a.bytes, a));
    await other.commit(deploying("q", 0, b.bytes, b));
    await other.commit(deploying("r", 0, a.bytes, a));
    await one.commit(deploying("p", 1, c));
    const onlyNewest = { versions: 1, deployments: 1 };
    await one.prune("p", onlyNewest);
    expect((await one.collect()).versions).toBe(0);
    await one.verify(digestOf(a.bytes));
    await other.commit(deploying("r", 1, c));
    await other.prune("r", onlyNewest);
    // Its part is one of the other version too.
    expect(await other.collect()).toEqual({ versions: 1, bytes: 3000 });
    await one.verify(digestOf(b.bytes));
    await other.commit(deploying("q", 1, c));
    await other.prune("q", onlyNewest);
    expect(await other.collect()).toEqual({ versions: 2, bytes: 3500 });
    await one.verify(digestOf(c));
    // Of two hosts that change the same the one that came late has brought what nobody needs.
    await one.commit(deploying("p", 2, c));
    const late = { ...deploying("p", 2, b.bytes, b), expected: 2 };
    expect((await refusalOf(other.commit(late))).code).toBe("stale-revision");
    await other.collect();
    expect(await subjectsOf("own", "blobs.b.>")).toHaveLength(1);
  });

  it("leave to the sweep what a host of an older Hotcell may refer to, which names nobody", async () => {
    await using one = await open("older");
    const { link, places } = await partsOf("older");
    /** Pins as Hotcell did before markers had names: it passed on what it did not know. */
    class OlderBlobs extends Blobs {
      override async pin(digest: string, pin: BlobPin): Promise<BlobMarker | undefined> {
        const { marker, seq } = await this.placed(digest);
        if (!marker) return undefined;
        const others = marker.pins.filter(({ subject }) => subject !== pin.subject);
        const pinned = { ...marker, pins: [...others, pin] };
        const subject = `${places.blobs}.o.${digest.slice("sha256:".length)}`;
        expect(await link.publish(subject, { data: JSON.stringify(pinned), expected: seq })).toBeDefined();
        return pinned;
      }
    }
    const older = new NatsCommits(link, places, new OlderBlobs(link, places.data, places.blobs));
    const [a, b, c] = [bytesOf("a"), bytesOf("b"), bytesOf("c")];
    await one.commit(deploying("p", 0, a));
    await one.commit(deploying("q", 0, b));
    await older.commit(toCommitRow(redeploying("q", 1, a)));
    await one.commit(deploying("p", 1, c));
    await one.prune("p", { versions: 1, deployments: 1 });
    expect((await one.collect()).versions).toBe(0);
    await one.verify(digestOf(a));
    // Nor is all known again once a host that gives names has pinned it.
    await one.commit(redeploying("p", 2, a));
    await one.commit(deploying("p", 3, c));
    await one.prune("p", { versions: 1, deployments: 1 });
    expect((await one.collect()).versions).toBe(0);
    await one.verify(digestOf(a));
    await link.close();
  });

  it("sweep, one of them and seldom, what a version left that is of many plugins", async () => {
    await using one = await open("many");
    const shared = bytesOf("shared");
    for (let i = 0; i < 20; i++) await one.commit(deploying(`p${i}`, 0, shared));
    for (let i = 0; i < 20; i++) {
      await one.commit(removing(`p${i}`, 1));
      await one.prune(`p${i}`, { versions: 0, deployments: 0 });
    }
    expect((await one.collect()).versions).toBe(0);
    const hosts = await Promise.all([partsOf("many"), partsOf("many"), partsOf("many")]);
    const sweeps = hosts.map(({ link, places, parts }) => new NatsSweep(link, places, parts, 1_000_000));
    const look = () => Promise.all(sweeps.map((sweep) => sweep.look()));
    // It counts from when somebody looked first.
    expect(await look()).toEqual([false, false, false]);
    expect(await one.binary(digestOf(shared))).toBeDefined();
    const due = hosts.map(({ link, places, parts }) => new NatsSweep(link, places, parts, 3_000));
    // They look when they are asked to, and not by themselves.
    for (const sweep of due) await sweep[Symbol.asyncDispose]();
    let swept: boolean[] = [];
    await until(async () => {
      swept = await Promise.all(due.map((sweep) => sweep.look()));
      return swept.includes(true);
    });
    expect(swept.filter((did) => did)).toHaveLength(1);
    expect(await look()).toEqual([false, false, false]);
    await until(async () => (await one.binary(digestOf(shared))) === undefined);
    for (const sweep of sweeps) await sweep[Symbol.asyncDispose]();
    for (const { link } of hosts) await link.close();
  });

  it("sweep by themselves", async () => {
    await using store = await open("alone");
    await store.commit(deploying("p", 0, bytesOf("a")));
    const { link, places, parts } = await partsOf("alone");
    await parts.blobs.put(digestOf(bytesOf("b")), bytesOf("b"), undefined, { subject: "x", last: 1, at: 0 });
    const sweep = new NatsSweep(link, places, parts, 100);
    await until(async () => (await store.binary(digestOf(bytesOf("b")))) === undefined);
    await sweep[Symbol.asyncDispose]();
    await link.close();
    await store.verify(digestOf(bytesOf("a")));
  });

  it("remove what a host that died has left: settings of a commit that came to nothing, and chunks that nothing names", async () => {
    await using store = await open("left");
    const values = store.keyValue();
    const large = { kind: "put", entries: [["large", Buffer.alloc(900_000, 1)]] } as const;
    await values.change(bucket, large, { bytes: 1e6, keys: 10 });
    await store.commit(deploying("p", 0, bytesOf("a", 5000)));
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const revision = headers();
    revision.set("Hotcell", "1");
    await jetstream(nc).publish("left.data.settings.p.x.0", "s3cret", { headers: revision });
    for (const place of [
      "blobs.b.00.upload",
      "kv.s.guest.snapshot",
      "kv.l.guest.change",
      "state.tokens.state",
    ])
      await jetstream(nc).publish(`left.data.${place}.0`, "chunk");
    await nc.close();
    const { link, places, parts, blobs, records } = await partsOf("left");
    await link.publish(places.swept, {});
    await using sweep = new NatsSweep(link, places, parts, 0);
    expect(await sweep.look()).toBe(true);
    expect(await subjectsOf("left", "settings.>")).toEqual([]);
    await blobs.sweep(-1);
    await records.sweep(-1);
    const snapshots = {
      log: "left_kv",
      data: "left_data",
      prefix: "left.data.kv",
      changes: () => "left.kv.*",
    };
    await sweepSnapshots(link, snapshots, -1);
    const left = await subjectsOf("left", ">");
    expect(left.filter((subject) => /upload|snapshot|change|state/.test(subject))).toEqual([]);
    await link.close();
    await using later = await open("left");
    expect((await later.keyValue().get(bucket, ["large"], 1e6))![0]!.value).toHaveLength(900_000);
    await store.verify(digestOf(bytesOf("a", 5000)));
  });

  it("forget messages that no view has any more", async () => {
    await using store = await open("forgetting");
    for (let i = 0; i < 10; i++) {
      await store.commit(deploying("p", i, bytesOf(`${i}`)));
      await store.append([note(`${i}`)]);
    }
    for (let i = 0; i < 70; i++)
      await store.addToken(
        // All of them are larger than a message.
        { id: `t${i}`, hash: `${i}`, name: "x".repeat(20_000), scopes: [], createdAt: at },
        { at, kind: "token-created" },
      );
    await store.prune("p", { versions: 2, deployments: 2 });
    await store.trimEvents(1);
    expect((await store.deployments("p")).map(({ revision }) => revision)).toEqual([10, 9]);
    expect(await store.tokens()).toHaveLength(70);
    await using later = await open("forgetting");
    expect(await later.tokens()).toEqual(await store.tokens());
    expect(await later.eventRange()).toEqual(await store.eventRange());
    expect((await later.events()).map(({ kind }) => kind)).toEqual(["token-created"]);
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const { state } = await (await jetstreamManager(nc)).streams.info("forgetting_log");
    await nc.close();
    expect(state.messages).toBeLessThan(12);
  });
});
