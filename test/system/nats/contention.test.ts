/** Writers on one store on NATS that are between each other's steps. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type SubscriptionOptions } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type BlobPin, Blobs } from "../../../host/nats/blobs.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { NatsLink } from "../../../host/nats/nats-link.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { NatsEvents } from "../../../host/store/nats/nats-events.ts";
import { NatsHistory } from "../../../host/store/nats/nats-history.ts";
import { NatsRecords } from "../../../host/store/nats/nats-records.ts";
import { NatsStates } from "../../../host/store/nats/nats-states.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import type { NewEventRow, TokenRow } from "../../../host/store/rows.ts";
import { at, bytesOf, deploying, digestOf } from "../../support/commits.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";
import { linkWith } from "./ordered-link.ts";

const [stream, prefix] = ["hotcell_data", "hotcell.data.blobs"];

describe.runIf(!inject("missing").includes("nats-server"))("writers between each other's steps", () => {
  let server: NatsServer;
  let link: NatsLink;
  beforeAll(async () => {
    server = await natsServer();
    const url = `nats://127.0.0.1:${server.port}`;
    await using store = await openNatsStore({ url });
    for (let i = 0; i < 3; i++) await store.commit(deploying("p", i, bytesOf(`${i}`)));
    link = await openNats(natsAddress(url, "url"), { patience: 1000 });
  });
  afterAll(async () => {
    await link?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const pin = (subject: string): BlobPin => ({ subject, last: 0, at: Date.now() });

  it("keep the parts of a version that is stored as a part of another at once", async () => {
    const bytes = bytesOf("both", 3000);
    const digest = digestOf(bytes);
    const facts = { kind: "version", about: '"it"', parts: ["sha256:00"], whole: 5000 } as const;
    let stored = false;
    const slow = linkWith(link, {
      async publish(subject, message) {
        if (!stored) {
          stored = true;
          await new Blobs(link, stream, prefix).put(digest, bytes, facts, pin("one"));
        }
        return link.publish(subject, message);
      },
    });
    const blobs = new Blobs(slow, stream, prefix);
    await blobs.putPart(digest, bytes, pin("other"), "sha256:11");
    const marker = await blobs.marker(digest);
    expect(marker).toMatchObject(facts);
    expect(marker!.pins.map(({ subject }) => subject)).toEqual(["one", "other"]);
    expect(digestOf((await blobs.bytes(digest))!)).toBe(digest);
  });

  it("are read and followed whole where messages are lost on their way", async () => {
    const nc = await connect({ servers: `127.0.0.1:${server.port}` });
    const ways = { js: jetstream(nc), jsm: await jetstreamManager(nc) };
    let count = 0;
    /** Connection by which every seventh message of a consumer does not come. */
    const losing = new Proxy(nc, {
      get(target, name) {
        if (name === "subscribe")
          return (subject: string, options: SubscriptionOptions) =>
            target.subscribe(subject, {
              ...options,
              callback(error, message) {
                if (error || !message.reply?.startsWith("$JS.ACK.") || ++count % 7 !== 0 || count > 30)
                  options.callback!(error, message);
              },
            });
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const lossy = new NatsLink(losing, ways, { where: "there", patience: 20_000 });
    const numbers: number[] = [];
    for (let i = 0; i < 20; i++) numbers.push((await link.publish("hotcell.data.lossy", { data: `${i}` }))!);
    expect((await lossy.scan(stream, "hotcell.data.lossy")).map(({ seq }) => seq)).toEqual(numbers);
    const heard: number[] = [];
    const ending = new AbortController();
    const following = lossy.follow(stream, "hotcell.data.lossy", {
      after: 0,
      signal: ending.signal,
      take: ({ seq }) => heard.push(seq),
    });
    await vi.waitFor(() => expect(heard).toEqual(numbers), { timeout: 30_000 });
    ending.abort();
    await following;
    await lossy.close();
  });

  it("end where another is always first, and say so", async () => {
    const bytes = bytesOf("contended", 3000);
    const digest = digestOf(bytes);
    const stored = new Blobs(link, stream, prefix);
    await stored.putPart(digest, bytes, pin("one"), "sha256:11");
    const outrun = linkWith(link, {
      publish: async (subject, message) =>
        message.expected === undefined ? link.publish(subject, message) : undefined,
    });
    const places = new Places("hotcell");
    const blobs = new Blobs(outrun, stream, prefix);
    const event: NewEventRow = { at, kind: "log", plugin: null, who: null, revision: null, data: "{}" };
    const records = new NatsRecords(outrun, places, blobs);
    const states = new NatsStates(outrun, places.data, places.states);
    await new NatsStates(link, places.data, places.states).take("p", 1);
    const state = { version: digest, bytes };
    const refused = await Promise.all(
      [
        blobs.pin(digest, pin("other")),
        blobs.put(digest, bytes, undefined, pin("other")),
        records.addToken({ id: "t", hash: "h" } as TokenRow, event),
        new NatsHistory(outrun, places).prune("p", { versions: 1, deployments: 1 }, 1),
        new NatsEvents(outrun, places).trim(1, 1e6),
        states.take("p", 2),
        states.put("p", 2, state),
        states.forget("p"),
      ].map((operation) => refusalOf(operation)),
    );
    for (const { code, message } of refused)
      expect([code, message]).toEqual(["store-unavailable", expect.stringContaining("before this host did")]);
    expect((await stored.marker(digest))!.pins.map(({ subject }) => subject)).toEqual(["one"]);
  });
});
