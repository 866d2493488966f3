/** A store on three NATS servers with three replicas, while one of them after the other dies. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { SharedStore, StoredEvent } from "../../../host/store/store.ts";
import { bytesOf, deploying, digestOf } from "../../support/commits.ts";
import { type NatsServer, natsCluster } from "./nats-server.ts";

const waiting = { timeout: 60_000, interval: 100 };
const adding = { kind: "add", key: "n", delta: 1n, least: 0n, most: 2n ** 62n } as const;
const plenty = { bytes: 1_000_000, keys: 1000 };

describe.runIf(!inject("missing").includes("nats-server"))("a cluster of three NATS servers", () => {
  const servers: NatsServer[] = [];
  let url: string;
  const open = () => openNatsStore({ url, replicas: 3, patience: 1000 });

  beforeAll(async () => {
    servers.push(...(await natsCluster()));
    url = `nats://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/cluster`;
    // It has no leader at first.
    await vi.waitFor(async () => (await open()).close(), waiting);
  }, 120_000);
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  /** Server that leads a stream. */
  async function leaderOf(stream: string): Promise<NatsServer> {
    const nc = await connect({ servers: servers.map(({ port }) => `127.0.0.1:${port}`) });
    try {
      const { cluster } = await (await jetstreamManager(nc)).streams.info(stream);
      return servers[Number(cluster!.leader!.slice(1))]!;
    } finally {
      await nc.close();
    }
  }

  it("loses no change that it acknowledged, and makes none twice", { timeout: 240_000 }, async () => {
    const end = performance.now() + 200_000;
    /** Tries again, as servers elect, each stream for itself, and later than others; all in all no longer than the test may take. */
    const once = async <T>(what: string, read: () => T | Promise<T>): Promise<T> => {
      const timeout = Math.max(1000, Math.min(waiting.timeout, end - performance.now()));
      return vi.waitFor(read, { ...waiting, timeout }).catch((cause: unknown) => {
        throw new Error(`waited in vain until ${what}: ${(cause as Error).message}`, { cause });
      });
    };
    const stores: SharedStore[] = [await once("a store is open", open), await once("another is", open)];
    const heard: StoredEvent[][] = stores.map((store) => {
      const events: StoredEvent[] = [];
      store.watch((event) => events.push(event));
      return events;
    });
    const values = stores.map((store) => store.keyValue());
    const done = { commits: 0, refused: 0, unknown: 0, sums: 0, maybe: 0 };
    const ending = new AbortController();
    /** Commits to one plugin of its own from a host, one after the other. */
    const commits = Array.from({ length: 4 }, async (_, i) => {
      const plugin = `p${i}`;
      const store = stores[i % 2]!;
      let acknowledged = 0;
      for (let at = 0; !ending.signal.aborted; ) {
        try {
          at = (await store.commit(deploying(plugin, at, bytesOf(`${plugin} ${at}`, 5000)))).revision;
          acknowledged = at;
          done.commits++;
        } catch (error) {
          if (/did not say/.test((error as Error).message)) done.unknown++;
          else done.refused++;
          // What is not known is looked up, as the error says: it may have happened, and once.
          const known = at;
          await once(`${plugin} is read`, async () => {
            at = (await store.plugin(plugin))?.revision ?? 0;
          });
          expect(at - known).toBeLessThanOrEqual(1);
          expect(at).toBeGreaterThanOrEqual(known);
        }
      }
      return { plugin, acknowledged };
    });
    const sums = values.map(async (each) => {
      while (!ending.signal.aborted) {
        try {
          await each.change({ plugin: "kv", bucket: "b" }, adding, plenty);
          done.sums++;
        } catch {
          done.maybe++;
        }
      }
    });
    for (const stream of ["cluster_log", "cluster_kv"]) {
      const before = done.commits;
      await once("50 commits are made", () => expect(done.commits).toBeGreaterThan(before + 50));
      const leader = await once(`${stream} has a leader`, () => leaderOf(stream));
      await leader.kill();
      const atDeath = done.commits;
      await once(`20 are made after the leader of ${stream} died`, () =>
        expect(done.commits).toBeGreaterThan(atDeath + 20),
      );
      await leader.start();
    }
    ending.abort();
    const written = await Promise.all(commits);
    await Promise.all(sums);
    for (const { plugin, acknowledged } of written) {
      const uses = await once(`the history of ${plugin} is read`, () => stores[1]!.uses(plugin));
      const revisions = uses.map(({ revision }) => revision).reverse();
      expect(revisions.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, i) => i + 1));
      const live = (await once(`${plugin} is read`, () => stores[0]!.plugin(plugin)))!.live!.digest;
      const bytes = await once(`the binary of ${plugin} is read`, () => stores[1]!.binary(live));
      expect(digestOf(bytes!)).toBe(live);
    }
    // A sum that nobody was told of may come between the two.
    const first = await once("both have the same sum", async () => {
      const counts = await Promise.all(
        values.map((each) => each.get({ plugin: "kv", bucket: "b" }, ["n"], 100)),
      );
      const [one, other] = counts.map((found) => Number(Buffer.from(found![0]!.value).toString()));
      expect(one).toBe(other);
      return one;
    });
    expect(first).toBeGreaterThanOrEqual(done.sums);
    expect(first).toBeLessThanOrEqual(done.sums + done.maybe);
    const { last } = await once("the events are read", () => stores[0]!.eventRange());
    for (const events of heard) {
      await once("all events are heard", () => expect(events.at(-1)?.id).toBe(last));
      const ids = events.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    }
    expect(heard[0]).toEqual(heard[1]);
    for (const store of stores) await store.close();
  });
});
