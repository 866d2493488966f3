/** The store on a real NATS server. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { sweepSnapshots } from "../../../host/backends/key-value/nats/snapshots.ts";
import type { HotcellError } from "../../../host/errors.ts";
import { Blobs } from "../../../host/nats/blobs.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { NatsRecords } from "../../../host/store/nats/nats-records.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { bucket } from "../../backends/key-value/contract.ts";
import { storeContract } from "../../store/contract.ts";
import { at, bytesOf, deploying, digestOf, note, redeploying, removing } from "../../support/commits.ts";
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

  it("never lose a version to the other's collection, nor keep one that nobody refers to", async () => {
    await using one = await open("race");
    await using other = await open("race");
    const [a, b] = [bytesOf("a", 3000), bytesOf("b", 3000)];
    const part = bytesOf("part", 500);
    const whole = { bytes: a, about: {}, parts: [{ digest: digestOf(part), bytes: part }] };
    let revision = 0;
    let done = false;
    const collecting = (async () => {
      while (!done) await other.collect();
    })();
    for (let round = 0; round < 25; round++) {
      // Nobody refers to the first version any more when it is made live again, by its digest or with its bytes.
      for (const change of [
        deploying("p", revision, a, { binary: whole }),
        deploying("p", revision + 1, b),
        redeploying("p", revision + 2, a),
      ]) {
        const expected = revision;
        const error = await one.commit({ ...change, expected }).then(
          () => undefined,
          (thrown: HotcellError) => thrown,
        );
        if (error) {
          expect(error.code).toBe("version-not-found");
          continue;
        }
        revision++;
        await one.verify((await other.plugin("p"))!.live!.digest);
        await one.prune("p", { versions: 1, deployments: 1 });
      }
    }
    done = true;
    await collecting;
    await one.commit(removing("p", revision));
    await one.prune("p", { versions: 0, deployments: 0 });
    await one.collect();
    for (const bytes of [a, b, part]) expect(await one.binary(digestOf(bytes))).toBeUndefined();
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const jsm = await jetstreamManager(nc);
    const left = async () =>
      (await jsm.streams.info("race_data", { subjects_filter: "race.data.blobs.>" })).state.subjects ?? {};
    expect(Object.keys(await left()).filter((subject) => subject.startsWith("race.data.blobs.b."))).toEqual(
      [],
    );
    const link = await openNats(natsAddress(`nats://127.0.0.1:${server.port}/race`, "url"), {
      patience: 5000,
    });
    await new Blobs(link, "race_data", "race.data.blobs").sweep(-1);
    await link.close();
    expect(await left()).toEqual({});
    await nc.close();
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
    const jsm = await jetstreamManager(nc);
    const subjects = async () =>
      Object.keys(
        (await jsm.streams.info("left_data", { subjects_filter: "left.data.>" })).state.subjects ?? {},
      );
    await store.collect();
    await vi.waitFor(async () =>
      expect((await subjects()).filter((subject) => subject.includes("settings"))).toEqual([]),
    );
    const link = await openNats(natsAddress(`nats://127.0.0.1:${server.port}/left`, "url"), {
      patience: 5000,
    });
    const blobs = new Blobs(link, "left_data", "left.data.blobs");
    await blobs.sweep(-1);
    await new NatsRecords(link, new Places("left"), blobs).sweep(-1);
    const places = { log: "left_kv", data: "left_data", prefix: "left.data.kv", changes: () => "left.kv.*" };
    await sweepSnapshots(link, places, -1);
    expect((await subjects()).filter((subject) => /upload|snapshot|change|state/.test(subject))).toEqual([]);
    await link.close();
    await using later = await open("left");
    expect((await later.keyValue().get(bucket, ["large"], 1e6))![0]!.value).toHaveLength(900_000);
    await nc.close();
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
