/** Hosts that change the same by compare-and-set at the same time, on three NATS servers with three replicas: servers acknowledge several. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { Blobs } from "../../../host/nats/blobs.ts";
import { NatsLink } from "../../../host/nats/nats-link.ts";
import { NatsCommits } from "../../../host/store/nats/nats-commits.ts";
import { NatsRegisters } from "../../../host/store/nats/nats-registers.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { Places } from "../../../host/store/nats/places.ts";
import type { SharedStore, StoredEvent } from "../../../host/store/store.ts";
import { at, bytesOf, deploying, digestOf } from "../../support/commits.ts";
import { type NatsServer, natsCluster } from "./nats-server.ts";
import { methodsWith } from "./ordered-link.ts";

const waiting = { timeout: 60_000, interval: 100 };

describe.runIf(!inject("missing").includes("nats-server"))(
  "hosts on three NATS servers at the same time",
  () => {
    const servers: NatsServer[] = [];
    const stores: SharedStore[] = [];
    let url: string;

    beforeAll(async () => {
      servers.push(...(await natsCluster()));
      url = `nats://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/racers`;
      const open = () => openNatsStore({ url, replicas: 3 });
      stores.push(
        await vi.waitFor(open, waiting),
        await vi.waitFor(open, waiting),
        await vi.waitFor(open, waiting),
      );
    }, 120_000);
    afterAll(async () => {
      for (const store of stores) await store.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
    });

    it("are told of one change that it is stored, and of the others that they came late", async () => {
      const heard: StoredEvent[] = [];
      stores[0]!.watch((event) => heard.push(event));
      const live: string[] = [];
      for (let revision = 0; revision < 30; revision++) {
        const racing = stores.map(async (store, i) => {
          const bytes = bytesOf(`${revision} ${i}`, 100);
          return store.commit(deploying("p", revision, bytes)).then(
            () => digestOf(bytes),
            () => undefined,
          );
        });
        const done = (await Promise.all(racing)).filter((digest) => digest !== undefined);
        expect(done).toHaveLength(1);
        live.push(done[0]!);
        for (const store of stores) expect((await store.plugin("p"))!.live!.digest).toBe(done[0]);
      }
      for (const store of stores)
        expect((await store.deployments("p")).map(({ version }) => version?.digest).reverse()).toEqual(live);
      const stored = await stores[1]!.events({ plugin: "p" });
      expect(stored).toHaveLength(30);
      await vi.waitFor(() => expect(heard).toEqual(stored), waiting);
    });

    it("take a register one after the other", async () => {
      let seq = 0;
      for (let i = 0; i < 50; i++) {
        const puts = stores.map((store, j) => store.registers.put("lease", "l", `${i} ${j}`, seq));
        const done = (await Promise.all(puts)).filter((put) => put !== undefined);
        expect(done).toHaveLength(1);
        seq = done[0]!;
        for (const store of stores) expect((await store.registers.get("lease", "l"))!.seq).toBe(seq);
      }
    });

    it("make tokens that are all there for all", async () => {
      const adding = stores.flatMap((store, i) =>
        Array.from({ length: 10 }, (_, j) =>
          store.addToken(
            { id: `t${i}-${j}`, hash: `${i}-${j}`, scopes: [], createdAt: at },
            { at, kind: "token-created" },
          ),
        ),
      );
      await Promise.all(adding);
      for (const store of stores) expect(await store.tokens()).toHaveLength(30);
    });

    it("ask nothing, when they begin, of plugins of which one commit is left", async () => {
      const plugins = Array.from({ length: 40 }, (_, i) => `few-${i}`);
      const [store] = stores as [SharedStore];
      for (let revision = 0; revision < 2; revision++)
        await Promise.all(plugins.map((name) => store.commit(deploying(name, revision, bytesOf(name)))));
      await Promise.all(plugins.map((name) => store.prune(name, { versions: 1, deployments: 1 })));
      await store.trimEvents(1);
      const nc = await connect({ servers: `127.0.0.1:${servers[0]!.port}` });
      const jsm = await jetstreamManager(nc);
      let questions = 0;
      const streams = methodsWith(jsm.streams, {
        getMessage(...query) {
          questions++;
          return jsm.streams.getMessage(...query);
        },
      });
      const ways = { js: jetstream(nc), jsm: methodsWith(jsm, { streams }) };
      const link = new NatsLink(nc, ways, { where: "there", patience: 20_000 });
      const places = new Places("racers");
      const commits = new NatsCommits(link, places, new Blobs(link, places.data, places.blobs));
      const listed = (await commits.list()).filter(({ name }) => plugins.includes(name));
      expect(listed.map(({ revision }) => revision)).toEqual(plugins.map(() => 2));
      expect(questions).toBeLessThan(plugins.length / 2);
      await link.close();
    });

    it("forget hosts that are silent for long, and hear of one that comes back", async () => {
      const [store, other] = stores as [SharedStore, SharedStore];
      for (let i = 0; i < 3; i++) await store.registers.put("node", "gone", `${i}`);
      await store.registers.put("node", "lives", "0");
      const nc = await connect({ servers: `127.0.0.1:${servers[0]!.port}` });
      const link = new NatsLink(
        nc,
        { js: jetstream(nc), jsm: await jetstreamManager(nc) },
        { where: "there", patience: 20_000 },
      );
      const places = new Places("racers");
      const registers = new NatsRegisters(link, places.data, places.registers);
      const [gone] = await link.scan(places.data, `${places.registers}.node.lives`);
      const texts = async () => (await other.registers.all("node")).map(({ text }) => text);
      expect(await texts()).toEqual(["2", "0"]);
      await registers.forget("node", gone!.time);
      expect(await texts()).toEqual(["0"]);
      expect(await other.registers.get("node", "gone")).toBeUndefined();
      await store.registers.put("node", "gone", "back");
      expect(await texts()).toEqual(["0", "back"]);
      expect((await other.registers.get("node", "gone"))!.text).toBe("back");
      await link.close();
    });

    it("find what a host left void that came late, and change what counts", async () => {
      const nc = await connect({ servers: `127.0.0.1:${servers[0]!.port}` });
      const put = (text: string, expected: number) =>
        stores[0]!.registers.put("lease", "dead", text, expected);
      const first = (await put("first", 0))!;
      const second = (await put("second", first))!;
      const late = headers();
      late.set("Hotcell-After", `${first}`);
      await jetstream(nc).publish("racers.data.registers.lease.dead", "void", { headers: late });
      await nc.close();
      expect((await stores[1]!.registers.all("lease")).map(({ text }) => text)).toContain("second");
      expect(await stores[0]!.registers.get("lease", "dead")).toEqual({ seq: second, text: "second" });
      expect(await stores[2]!.registers.put("lease", "dead", "third", second)).toBeGreaterThan(second);
    });
  },
);
