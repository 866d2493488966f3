/** Values by key on a real NATS server. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { SharedStore } from "../../../host/store/store.ts";
import { bucket, keyValueContract, plenty, putting } from "../../backends/key-value/contract.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("values by key on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  let opened = 0;
  const open = (name: string) => openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}` });
  const stores: SharedStore[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  keyValueContract("on NATS", async () => {
    const store = await open(`kv-${++opened}`);
    stores.push(store);
    return store.keyValue();
  });

  const long = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
  const adding = { kind: "add", key: "n", delta: 1n, ...long } as const;

  it("are the same for all hosts, each of which sees at once what another was told", async () => {
    await using one = await open("shared");
    await using other = await open("shared");
    const hosts = [one.keyValue(), other.keyValue()] as const;
    for (let i = 0; i < 50; i++) {
      await hosts[i % 2]!.change(bucket, putting(["a", `${i}`]), plenty);
      const [found] = (await hosts[(i + 1) % 2]!.get(bucket, ["a"], 100))!;
      expect(Buffer.from(found!.value).toString()).toBe(`${i}`);
    }
    const sums = await Promise.all(
      Array.from({ length: 400 }, (_, i) => hosts[i % 2]!.change(bucket, adding, plenty)),
    );
    expect(new Set(sums.map((outcome) => "done" in outcome && outcome.sum)).size).toBe(400);
    const version = await hosts[0].version(bucket, "a");
    expect(await hosts[1].version(bucket, "a")).toBe(version);
    const swaps = await Promise.all(
      hosts.map((host) =>
        host.change(bucket, { ...putting(["a", "x"]), expected: version } as never, plenty),
      ),
    );
    expect(swaps.filter((outcome) => "done" in outcome)).toHaveLength(1);
  });

  it("come back from a snapshot and what came after it, large ones too, on a host that begins later", async () => {
    const room = { bytes: 100_000_000, keys: 10_000 };
    const large = (i: number) => Buffer.alloc(900_000, i);
    await using one = await open("snapshots");
    await using other = await open("snapshots");
    const hosts = [one.keyValue(), other.keyValue()] as const;
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 600 }, (_, i) => hosts[i % 2]!.change(bucket, adding, room)));
      for (let i = 0; i < 3; i++)
        await hosts[i % 2]!.change(bucket, { kind: "put", entries: [[`large ${i}`, large(round)]] }, room);
    }
    await hosts[0].change({ plugin: "gone", bucket: "b" }, putting(["a", "b"]), room);
    await hosts[1].forget("gone");
    await hosts[0].change(bucket, putting(["last", "one"]), room);
    await using third = await open("snapshots");
    const later = third.keyValue();
    const all = [...hosts, later];
    const [usage, ...others] = await Promise.all(all.map((host) => host.usage("guest")));
    for (const each of others) expect(each).toEqual(usage);
    const keys = ["n", "large 0", "large 2", "last"];
    const [values, ...same] = await Promise.all(all.map((host) => host.get(bucket, keys, 10_000_000)));
    expect(Buffer.from(values![0]!.value).toString()).toBe("1800");
    expect(Buffer.compare(values![1]!.value, large(2))).toBe(0);
    for (const each of same) {
      expect(each!.map((found) => found!.version)).toEqual(values!.map((found) => found!.version));
      expect(each!.map((found, i) => Buffer.compare(found!.value, values![i]!.value))).toEqual([0, 0, 0, 0]);
    }
    expect(await later.plugins()).toEqual(["guest"]);
    const listed = await Promise.all(
      all.map((host) => host.list(bucket, { after: 0, keys: 10, bytes: 1000 })),
    );
    expect(listed[2]).toEqual(listed[0]);
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const { state } = await (await jetstreamManager(nc)).streams.info("snapshots_kv");
    await nc.close();
    expect(state.last_seq).toBeGreaterThan(1800);
    expect(state.messages).toBeLessThan(1100);
  });

  it("are refused where all hosts' memory has no room for more", async () => {
    await using store = await open("full");
    const values = store.keyValue(10_000);
    const put = (key: string) => values.change(bucket, putting([key, "x".repeat(4000)]), plenty);
    await put("a");
    await put("b");
    expect(await refusalOf(put("c"))).toMatchObject({ code: "store-full", facts: { limit: 10_000 } });
    await values.change(bucket, { kind: "delete", keys: ["a"] }, plenty);
    await put("c");
  });

  it("lose no acknowledged change when the server dies, and count none twice", async () => {
    await using one = await openNatsStore({ url: `nats://127.0.0.1:${server.port}/dying`, patience: 20_000 });
    const values = one.keyValue();
    let done = 0;
    const adds = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 100; i++) {
        await values.change(bucket, adding, plenty);
        done++;
        if (done === 300) {
          await server.kill();
          await server.start();
        }
      }
    });
    await Promise.all(adds);
    const [sum] = (await values.get(bucket, ["n"], 100))!;
    expect(Buffer.from(sum!.value).toString()).toBe("800");
  });
});
