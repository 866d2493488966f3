/** Values by key on a host that reads the log late, or not at all. */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import type { KeyValueStore } from "../../../host/backends/key-value/key-value-store.ts";
import { NatsKeyValue } from "../../../host/backends/key-value/nats/nats-key-value.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import type { NatsLink } from "../../../host/nats/nats-link.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { bucket, plenty, putting } from "../../backends/key-value/contract.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";
import { linkWith } from "./ordered-link.ts";

const adding = { kind: "add", key: "n", delta: 1n, least: 0n, most: 2n ** 62n } as const;
const read = async (values: KeyValueStore) => values.get(bucket, ["a"], 100);
const waiting = { timeout: 30_000, interval: 20 };

describe.runIf(!inject("missing").includes("nats-server"))("values by key on a host that reads late", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const urlOf = (name: string) => `nats://127.0.0.1:${server.port}/${name}`;

  /** Values of a store, over a link of which some methods are others. */
  async function valuesOver(name: string, patience: number, instead: (link: NatsLink) => Partial<NatsLink>) {
    const link = await openNats(natsAddress(urlOf(name), "url"), { patience });
    const places = new Places(name);
    const values = new NatsKeyValue({
      ...{ link: linkWith(link, instead(link)), patience, maxBytes: 1e8 },
      ...{ log: places.values, changes: places.valueChanges, data: places.data, prefix: places.valueData },
    });
    return {
      values,
      async [Symbol.asyncDispose]() {
        await values.close();
        await link.close();
      },
    };
  }

  it("end where another host has kept them as a snapshot and taken them out of the log meanwhile", async () => {
    await using other = await openNatsStore({ url: urlOf("snapshot") });
    const reading = Promise.withResolvers<void>();
    await using late = await valuesOver("snapshot", 30_000, (link) => ({
      async follow(...given) {
        await reading.promise;
        return link.follow(...given);
      },
    }));
    const changing = refusalOf(late.values.change(bucket, putting(["a", "late"]), plenty));
    const values = other.keyValue();
    await vi.waitFor(async () => expect(await read(values)).not.toEqual([undefined]), waiting);
    await Promise.all(Array.from({ length: 1000 }, () => values.change(bucket, adding, plenty)));
    const link = await openNats(natsAddress(urlOf("snapshot"), "url"), { patience: 5000 });
    await vi.waitFor(async () => {
      const kept = await link.next("snapshot_kv", "snapshot.kv.*", 1);
      expect(kept!.seq).toBe(1000);
    }, waiting);
    await link.close();
    reading.resolve();
    expect(await changing).toMatchObject({ code: "store-unavailable" });
    const [found] = (await late.values.get(bucket, ["a"], 100))!;
    expect(Buffer.from(found!.value).toString()).toBe("late");
  });

  it("end where a snapshot of them lacks chunks, or can't be read, and say so", async () => {
    await using store = await openNatsStore({ url: urlOf("damaged"), patience: 500 });
    const link = await openNats(natsAddress(urlOf("damaged"), "url"), { patience: 5000 });
    await using _ = { [Symbol.asyncDispose]: () => link.close() };
    const marker = { plugin: "guest", upTo: 5, id: "lost", chunks: 1 };
    await link.publish("damaged.data.kv.m.guest", { data: JSON.stringify(marker) });
    const values = store.keyValue();
    const refused = refusalOf(read(values));
    expect((await refused).message).toContain("plugin guest");
    expect((await refused).message).toContain("lacks chunks");
    await link.purge("damaged_data", "damaged.data.kv.m.guest");
    await vi.waitFor(async () => expect(await read(values)).toEqual([undefined]), waiting);
  });

  it("are there by themselves when NATS is back that was away while they were opened", async () => {
    await using store = await openNatsStore({ url: urlOf("away"), patience: 500 });
    await server.kill();
    const values = store.keyValue();
    try {
      expect((await refusalOf(read(values))).code).toBe("store-unavailable");
    } finally {
      await server.start();
    }
    await vi.waitFor(async () => expect(await read(values)).toEqual([undefined]), waiting);
  });

  it("that are still being opened are closed at once", async () => {
    const store = await openNatsStore({ url: urlOf("closing"), patience: 60_000 });
    const link = await openNats(natsAddress(urlOf("closing"), "url"), { patience: 5000 });
    await using _ = { [Symbol.asyncDispose]: () => link.close() };
    await link.publish("closing.data.kv.m.guest", {
      data: JSON.stringify({ plugin: "guest", upTo: 5, id: "lost", chunks: 1 }),
    });
    const reading = refusalOf(read(store.keyValue()));
    await store.close();
    expect((await reading).code).toBe("closed");
  });
});
