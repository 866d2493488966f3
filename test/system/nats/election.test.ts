/** Reads of streams whose leader was just elected: it answers before it has read all that it has. */
import { type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { Blobs } from "../../../host/nats/blobs.ts";
import { NatsLink } from "../../../host/nats/nats-link.ts";
import { NatsCommits } from "../../../host/store/nats/nats-commits.ts";
import { NatsHistory } from "../../../host/store/nats/nats-history.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { NatsVersions } from "../../../host/store/nats/nats-versions.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { bytesOf, deploying, digestOf } from "../../support/commits.ts";
import { refusalOf } from "../../support/thrown.ts";
import { type NatsServer, natsCluster } from "./nats-server.ts";
import { methodsWith } from "./ordered-link.ts";

const places = new Places("elected");
const version = bytesOf("1", 3000);
const [stored, unknown] = [digestOf(version), digestOf(bytesOf("never"))];

describe.runIf(!inject("missing").includes("nats-server"))("after an election", () => {
  const servers: NatsServer[] = [];
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  beforeAll(async () => {
    servers.push(...(await natsCluster()));
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    const url = `nats://${addresses.join(",")}/elected`;
    const open = () => openNatsStore({ url, replicas: 3, patience: 1000 });
    // It has no leader at first.
    await using store = await vi.waitFor(open, { timeout: 60_000, interval: 100 });
    await vi.waitFor(() => store.list(), { timeout: 60_000, interval: 100 });
    await store.commit(deploying("p", 0, bytesOf("0")));
    await store.commit(deploying("p", 1, version));
    nc = await connect({ servers: addresses });
    jsm = await jetstreamManager(nc);
  }, 120_000);
  afterAll(async () => {
    await nc?.close();
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  /**
   * Link of a host that has seen nothing yet to a leader that has what it keeps as it was before, until it has done so often what the
   * servers agreed on.
   */
  function elected(behind: Partial<JetStreamManager["streams"]>, { agreed = 1, patience = 20_000 } = {}) {
    let left = agreed;
    const streams = methodsWith<JetStreamManager["streams"]>(jsm.streams, {
      async deleteMessage(...what) {
        if (left === Infinity) throw new Error("no answer");
        const done = jsm.streams.deleteMessage(...what);
        return done.finally(() => left--);
      },
      getMessage: (...what) => (left > 0 && behind.getMessage ? behind : jsm.streams).getMessage!(...what),
    });
    const ways = { js: jetstream(nc), jsm: methodsWith<JetStreamManager>(jsm, { streams }) };
    const link = new NatsLink(nc, ways, { where: "there", patience });
    const blobs = new Blobs(link, places.data, places.blobs);
    return {
      link,
      versions: new NatsVersions(blobs, "there"),
      history: new NatsHistory(link, places),
      commits: new NatsCommits(link, places, blobs),
    };
  }

  /** No message, as the client tells it. */
  const getMessage = async () => null;

  it("nothing that is stored is told to be missing", async () => {
    expect(digestOf((await elected({ getMessage }).versions.binary(stored))!)).toBe(stored);
    await elected({ getMessage }).versions.verify(stored);
    expect((await elected({ getMessage }).commits.plugin("p"))?.revision).toBe(2);
    expect((await elected({ getMessage }).commits.list()).map(({ name }) => name)).toEqual(["p"]);
    const { history, commits } = elected({ getMessage });
    const kept = await history.of("p");
    expect(kept.map(({ revision }) => revision)).toEqual([1, 2]);
    const other = elected({ getMessage });
    expect((await other.commits.deployments(kept)).map(({ revision }) => revision)).toEqual([1, 2]);
    expect(await commits.deployments(kept)).toHaveLength(2);
  });

  it("an older message is not taken for the newest", async () => {
    const first = await jsm.streams.getMessage(places.log, { seq: 1 });
    const old = { getMessage: async () => first };
    expect((await elected(old).commits.plugin("p"))?.revision).toBe(2);
    expect((await elected(old).history.of("p")).map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it("what nobody vouches for is unavailable", async () => {
    const { versions, commits } = elected({ getMessage }, { agreed: Infinity, patience: 300 });
    const refusals = [versions.binary(stored), versions.binary(unknown), commits.plugin("p"), commits.list()];
    const codes = (await Promise.all(refusals.map((refusal) => refusalOf(refusal)))).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["store-unavailable"]));
  });

  it("what is not stored is missing", async () => {
    expect(await elected({}, { agreed: 0 }).versions.binary(unknown)).toBeUndefined();
  });

  it("a server that was killed has all that it had, whatever was removed beside", {
    timeout: 120_000,
  }, async () => {
    const { link } = elected({}, { agreed: 0 });
    const patient = { timeout: 60_000, interval: 100 };
    const at = (name: string) => `${places.blobs}.${name}`;
    const own = ["kept", "a.1", "a.2", "b"].map(at);
    for (const subject of [...own, at("b")]) await link.publish(subject, { data: bytesOf(subject) });
    const [, newest] = await link.scan(places.data, at("b"));
    await link.purge(places.data, at("a.*"));
    await link.purge(places.data, at("b"), newest!.seq);
    const leads = async () => Number((await jsm.streams.info(places.data)).cluster!.leader!.slice(1));
    for (const [i, server] of servers.entries()) {
      await server.kill();
      await server.start();
      await vi.waitFor(async () => {
        const { leader, replicas } = (await jsm.streams.info(places.data)).cluster!;
        expect([leader, ...replicas!.map(({ name, current }) => current && name)].sort()).toEqual([
          "n0",
          "n1",
          "n2",
        ]);
      }, patient);
      await vi.waitFor(async () => {
        if ((await leads()) !== i) await nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${places.data}`, "");
        expect(await leads()).toBe(i);
      }, patient);
      const kept = await link.scan(places.data, `${places.blobs}.>`);
      expect(kept.map(({ subject }) => subject).filter((subject) => own.includes(subject))).toEqual([
        at("kept"),
        at("b"),
      ]);
      expect(await link.get(places.data, newest!.seq)).toBeDefined();
    }
  });

  it("a server that lets another lead makes nothing missing, also to who has seen nothing", {
    timeout: 60_000,
  }, async () => {
    const { link: writer } = elected({}, { agreed: 0 });
    for (let i = 0; i < 5; i++) {
      const subject = (j: number) => `${places.data.replace("_", ".")}.many.${i}.${j}`;
      await Promise.all(Array.from({ length: 100 }, (_, j) => writer.publish(subject(j), { data: `${j}` })));
      await nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${places.data}`, "");
      const { link, versions } = elected({}, { agreed: 0 });
      const newest = await link.last(places.data, subject(99));
      expect(Buffer.from(newest?.data ?? []).toString()).toBe("99");
      expect(digestOf((await versions.binary(stored))!)).toBe(stored);
    }
  });
});
