import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contractBounds } from "../../host/bounds/contract-bounds.ts";
import { Secret, sameSettings } from "../../host/capabilities/secret.ts";
import { ownVersion } from "../../host/platform/own-version.ts";
import { follow } from "../../host/store/follow.ts";
import type { Store, StoredEvent } from "../../host/store/store.ts";
import {
  at,
  bytesOf,
  deployAll,
  deploying,
  digestOf,
  note,
  redeploying,
  removing,
} from "../support/commits.ts";
import { refusalOf } from "../support/thrown.ts";

const a = bytesOf("a");
const b = bytesOf("b", 15_000);
const c = bytesOf("c", 1);

/** What every store must do, whatever keeps its records. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}: the store contract`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const revisions = async (plugin: string) => (await store.deployments(plugin)).map((d) => d.revision);

    it("is empty at first", async () => {
      expect(await store.list()).toEqual([]);
      expect(await store.plugin("p")).toBeUndefined();
      expect(await store.deployments("p")).toEqual([]);
      expect(await store.binary(digestOf(a))).toBeUndefined();
      expect(await store.events()).toEqual([]);
      expect(await store.eventRange()).toEqual({ first: 1, last: 0 });
      expect(await store.tokens()).toEqual([]);
      expect(await store.contracts()).toEqual([]);
    });

    describe("commit", () => {
      it("keeps a secret in the plugin's record, and never in its history", async () => {
        const settings = (text: string) => ({
          mode: "shared",
          env: { KEY: new Secret(text), SHOWN: "plain" },
        });
        await store.commit(deploying("p", 0, a, { settings: settings("first s3cret") }));
        await store.commit(deploying("p", 1, a, { settings: settings("second s3cret") }));
        expect(sameSettings((await store.plugin("p"))?.settings, settings("second s3cret"))).toBe(true);
        expect(sameSettings((await store.list())[0]?.settings, settings("second s3cret"))).toBe(true);
        await store.commit(removing("p", 2));
        expect((await store.plugin("p"))?.settings).toBe(null);
        const history = await store.deployments("p");
        expect(history.map((deployment) => deployment.settings)).toEqual([
          null,
          { mode: "shared", env: { KEY: { secret: true }, SHOWN: "plain" } },
          { mode: "shared", env: { KEY: { secret: true }, SHOWN: "plain" } },
        ]);
      });

      it("stores the binary, the record, the deployment and the event at once", async () => {
        const { revision, event } = await store.commit(deploying("p", 0, a, { checks: { calls: [] } }));
        expect(revision).toBe(1);
        expect(await store.plugin("p")).toEqual({
          name: "p",
          revision: 1,
          live: { digest: digestOf(a), size: 100, about: { size: 100 } },
          settings: { mode: "shared", at: 0 },
          checks: { calls: [] },
          at,
          hotcell: ownVersion(),
        });
        expect(await store.deployments("p")).toEqual([
          {
            plugin: "p",
            revision: 1,
            version: { digest: digestOf(a), size: 100 },
            outcome: "created",
            who: "admin",
            at,
            settings: { mode: "shared", at: 0 },
            details: { timings: { inspect: 1.5 } },
          },
        ]);
        expect(await store.binary(digestOf(a))).toEqual(a);
        expect(await store.events()).toEqual([
          {
            id: event,
            at,
            kind: "deployed",
            who: "admin",
            plugin: "p",
            revision: 1,
            data: { changes: [] },
          },
        ]);
      });

      it("takes a stored version by its digest alone", async () => {
        await deployAll(store, "p", [a, b]);
        await store.commit(redeploying("p", 2, a));
        expect((await store.plugin("p"))?.live).toEqual({
          digest: digestOf(a),
          size: 100,
          about: { size: 100 },
        });
      });

      it("refuses a revision that is not the plugin's, and then does nothing", async () => {
        await deployAll(store, "p", [a]);
        for (const expected of [0, 2]) {
          const error = await refusalOf(store.commit(deploying("p", expected, b)));
          expect(error).toMatchObject({ code: "stale-revision", facts: { subject: "p", actual: 1 } });
        }
        expect((await refusalOf(store.commit(deploying("q", 1, b)))).code).toBe("stale-revision");
        expect((await store.list()).map((p) => p.name)).toEqual(["p"]);
        expect(await revisions("p")).toEqual([1]);
        expect(await store.binary(digestOf(b))).toBeUndefined();
        expect(await store.events()).toHaveLength(1);
      });

      it("lets one of many that expect the same revision win", async () => {
        await deployAll(store, "p", [a]);
        const versions = Array.from({ length: 20 }, (_, i) => bytesOf(`version ${i}`, 500 + i));
        const outcomes = await Promise.allSettled(
          versions.map((bytes) => store.commit(deploying("p", 1, bytes))),
        );
        const won = outcomes.findIndex(({ status }) => status === "fulfilled");
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        expect((await store.plugin("p"))?.live?.digest).toBe(digestOf(versions[won]!));
        expect(await revisions("p")).toEqual([2, 1]);
      });

      it("refuses a version that is neither stored nor given", async () => {
        expect((await refusalOf(store.commit(redeploying("p", 0, a)))).code).toBe("version-not-found");
        expect(await store.list()).toEqual([]);
        expect(await store.events()).toEqual([]);
      });

      it("refuses bytes that don't have the digest", async () => {
        const change = deploying("p", 0, a, { binary: { bytes: b } });
        expect((await refusalOf(store.commit(change))).code).toBe("fault");
        expect((await refusalOf(store.commit({ ...change, live: undefined }))).code).toBe("fault");
        expect(await store.list()).toEqual([]);
      });

      it("keeps a removed plugin's last revision, and its history", async () => {
        await deployAll(store, "p", [a]);
        expect((await store.commit(removing("p", 1))).revision).toBe(2);
        expect(await store.list()).toEqual([
          {
            name: "p",
            revision: 2,
            live: undefined,
            settings: null,
            checks: null,
            at,
            hotcell: ownVersion(),
          },
        ]);
        expect((await store.deployments("p"))[0]).toMatchObject({ outcome: "removed", version: undefined });
        expect((await refusalOf(store.commit(deploying("p", 1, a)))).code).toBe("stale-revision");
        expect((await store.commit(deploying("p", 2, a))).revision).toBe(3);
        expect(await revisions("p")).toEqual([3, 2, 1]);
      });

      it("takes the bytes and the JSON as they are when it is called", async () => {
        const buffer = new Uint8Array(1000).fill(1);
        const bytes = buffer.subarray(10, 20);
        const settings = { grants: { clocks: true } };
        const change = deploying("p", 0, bytes, { settings });
        const committed = store.commit(change);
        settings.grants.clocks = false;
        buffer.fill(2);
        await committed;
        expect(buffer).toHaveLength(1000);
        expect((await store.plugin("p"))?.settings).toEqual({ grants: { clocks: true } });
        expect(await store.binary(change.live!)).toEqual(new Uint8Array(10).fill(1));
      });

      it("keeps any JSON and any text", async () => {
        const settings = {
          "\u0000__proto__": ["\ud800", "\u{1f525}", 1e300, -0.5, null, { deep: [[]] }],
          "": "",
        };
        await store.commit(deploying("p", 0, a, { settings, details: undefined, who: undefined }));
        expect((await store.plugin("p"))?.settings).toEqual(settings);
        expect((await store.deployments("p"))[0]).toMatchObject({ details: null, who: undefined });
      });

      it("gives bytes that are the caller's own", async () => {
        await deployAll(store, "p", [a]);
        (await store.binary(digestOf(a)))?.fill(0);
        expect(await store.binary(digestOf(a))).toEqual(a);
      });
    });

    it("lists plugins by name", async () => {
      for (const name of ["zeta", "alpha", "b-1", "b"]) await deployAll(store, name, [a]);
      expect((await store.list()).map((p) => p.name)).toEqual(["alpha", "b", "b-1", "zeta"]);
    });

    it("gives deployments newest first, in pages", async () => {
      await deployAll(store, "p", [a, b, c, a, b]);
      await deployAll(store, "q", [a]);
      expect(await revisions("p")).toEqual([5, 4, 3, 2, 1]);
      const page = async (before: number, limit: number) =>
        (await store.deployments("p", { before, limit })).map((d) => d.revision);
      expect(await page(6, 2)).toEqual([5, 4]);
      expect(await page(4, 2)).toEqual([3, 2]);
      expect(await page(2, 2)).toEqual([1]);
    });

    it("gives what was live when, without what may be large", async () => {
      await deployAll(store, "p", [a, b]);
      await store.commit(removing("p", 2));
      expect(await store.uses("p")).toEqual([
        { revision: 3, version: undefined, at },
        { revision: 2, version: { digest: digestOf(b), size: 15_000 }, at },
        { revision: 1, version: { digest: digestOf(a), size: 100 }, at },
      ]);
      expect(await store.uses("nobody")).toEqual([]);
    });

    it("gives pages of deployments that are bounded in bytes, and one of them in any case", async () => {
      const sizes = [400_000, 400_000, 400_000, 3_000_000];
      for (const [i, size] of sizes.entries()) {
        await store.commit(deploying("p", i, a, { details: "x".repeat(size) }));
      }
      const page = async (before?: number) =>
        (await store.deployments("p", before === undefined ? {} : { before })).map((d) => d.revision);
      expect(await page()).toEqual([4]);
      expect(await page(4)).toEqual([3, 2]);
      expect(await page(2)).toEqual([1]);
      expect((await store.uses("p")).map((use) => use.revision)).toEqual([4, 3, 2, 1]);
    });

    describe("retention", () => {
      it("keeps the versions most recently live", async () => {
        await deployAll(store, "p", [a, b, c, a]);
        await deployAll(store, "q", [b]);
        expect(await store.prune("p", { versions: 2, deployments: 100 })).toBe(1);
        expect(await revisions("p")).toEqual([4, 3, 1]);
        expect(await revisions("q")).toEqual([1]);
        expect(await store.prune("p", { versions: 2, deployments: 100 })).toBe(0);
      });

      it("keeps the last deployment of a kept version, however old", async () => {
        await deployAll(store, "p", [b, a, a, a, a, a]);
        expect(await store.prune("p", { versions: 2, deployments: 2 })).toBe(3);
        expect(await revisions("p")).toEqual([6, 5, 1]);
      });

      it("keeps so many bytes of history, and the last deployment of a kept version however large", async () => {
        for (let i = 0; i < 6; i++) {
          await store.commit(deploying("p", i, i === 0 ? b : a, { details: "x".repeat(10_000) }));
        }
        expect(await store.prune("p", { versions: 2, deployments: 100, bytes: 25_000 })).toBe(3);
        expect(await revisions("p")).toEqual([6, 5, 1]);
        expect(await store.prune("p", { versions: 2, deployments: 100, bytes: 0 })).toBe(1);
        expect(await revisions("p")).toEqual([6, 1]);
      });

      it("never forgets the newest deployment", async () => {
        await deployAll(store, "p", [a, b]);
        expect(await store.prune("p", { versions: 0, deployments: 0 })).toBe(1);
        expect(await revisions("p")).toEqual([2]);
        await store.commit(removing("p", 2));
        expect(await store.prune("p", { versions: 0, deployments: 0 })).toBe(1);
        expect(await revisions("p")).toEqual([3]);
        expect(await store.prune("nobody", { versions: 0, deployments: 0 })).toBe(0);
      });

      it("collects the binaries that nothing refers to, and no other", async () => {
        await deployAll(store, "p", [a, b, c]);
        await deployAll(store, "q", [b]);
        expect(await store.collect()).toEqual({ versions: 0, bytes: 0 });
        await store.prune("p", { versions: 1, deployments: 100 });
        expect(await store.collect()).toEqual({ versions: 1, bytes: 100 });
        expect(await store.binary(digestOf(a))).toBeUndefined();
        expect(await store.binary(digestOf(b))).toEqual(b);
        expect(await store.binary(digestOf(c))).toEqual(c);
      });

      it("collects a removed plugin's binaries only when its deployments are pruned", async () => {
        await deployAll(store, "p", [a]);
        await store.commit(removing("p", 1));
        expect((await store.collect()).versions).toBe(0);
        await store.prune("p", { versions: 0, deployments: 0 });
        expect((await store.collect()).versions).toBe(1);
        expect((await refusalOf(store.commit(redeploying("p", 2, a)))).code).toBe("version-not-found");
      });

      describe("versions made of parts", () => {
        /** A version that names these, and brings them. */
        const packed = (name: string, parts: readonly Uint8Array[]) => {
          const bytes = Buffer.from(JSON.stringify([name, ...parts.map(digestOf)]));
          const given = parts.map((part) => ({ digest: digestOf(part), bytes: part }));
          return { bytes, binary: { bytes, about: { name }, parts: given } };
        };

        it("are as large as these, which are kept once for all and given by their digests", async () => {
          const [one, two] = [packed("1", [a, b, a]), packed("2", [b, c])];
          await store.commit(deploying("p", 0, one.bytes, { binary: one.binary }));
          await store.commit(deploying("q", 0, two.bytes, { binary: two.binary }));
          await store.commit(deploying("r", 0, b));
          expect((await store.plugin("p"))?.live).toEqual({
            digest: digestOf(one.bytes),
            size: a.length + b.length,
            about: { name: "1" },
          });
          expect((await store.list()).map((plugin) => plugin.live?.size)).toEqual([15_100, 15_001, 15_000]);
          expect((await store.deployments("q"))[0]?.version?.size).toBe(15_001);
          expect((await store.uses("q"))[0]?.version?.size).toBe(15_001);
          expect((await store.plugin("r"))?.live?.about).toEqual({ size: b.length });
          for (const part of [a, b, c]) expect(await store.binary(digestOf(part))).toEqual(part);
          await store.verify(digestOf(one.bytes));
        });

        it("keep them as long as any version has them", async () => {
          const [one, two] = [packed("1", [a, b]), packed("2", [b, c])];
          await store.commit(deploying("p", 0, one.bytes, { binary: one.binary }));
          await store.commit(deploying("p", 1, two.bytes, { binary: two.binary }));
          expect(await store.collect()).toEqual({ versions: 0, bytes: 0 });
          await store.prune("p", { versions: 1, deployments: 10 });
          expect(await store.collect()).toEqual({ versions: 2, bytes: one.bytes.length + a.length });
          expect(await store.binary(digestOf(a))).toBeUndefined();
          await store.verify(digestOf(two.bytes));
          // A part is a version by itself where somebody deployed it.
          await store.commit(deploying("r", 0, c));
          await store.commit(removing("p", 2));
          await store.prune("p", { versions: 0, deployments: 0 });
          await store.collect();
          expect(await store.binary(digestOf(b))).toBeUndefined();
          expect(await store.binary(digestOf(c))).toEqual(c);
        });

        it("go live again by their digest, with all that they are made of", async () => {
          const { bytes, binary } = packed("1", [a, b]);
          await store.commit(deploying("p", 0, bytes, { binary }));
          await store.commit(deploying("p", 1, c));
          await store.commit(redeploying("p", 2, bytes));
          await store.collect();
          await store.verify(digestOf(bytes));
          expect((await store.plugin("p"))?.live?.size).toBe(15_100);
        });

        it("are refused with a part of other bytes than its digest's, and nothing is kept", async () => {
          const { bytes, binary } = packed("1", [a]);
          const wrong = { ...binary, parts: [{ digest: digestOf(a), bytes: b }] };
          const refused = await refusalOf(store.commit(deploying("p", 0, bytes, { binary: wrong })));
          expect(refused.code).toBe("fault");
          expect(await store.plugin("p")).toBeUndefined();
          expect(await store.binary(digestOf(bytes))).toBeUndefined();
        });
      });

      it("never collects what a commit beside it makes live", async () => {
        for (let i = 0; i < 20; i++) {
          const bytes = bytesOf(`v${i}`, 2000 + i);
          await Promise.all([
            store.commit(deploying("p", i, bytes)),
            store.prune("p", { versions: 1, deployments: 1 }),
            store.collect(),
          ]);
          expect(await store.binary(digestOf(bytes))).toEqual(bytes);
        }
      });
    });

    describe("the event log", () => {
      const texts = (events: readonly StoredEvent[]) =>
        events.map(({ data }) => (data as { text: string }).text);

      it("appends in order, with rising ids", async () => {
        const ids = [
          ...(await store.append([note("1"), note("2", "p")])),
          ...(await store.append([])),
          ...(await store.append([note("3", "q")])),
        ];
        expect(ids).toEqual([...ids].sort((x, y) => x - y));
        expect(new Set(ids).size).toBe(3);
        expect(texts(await store.events())).toEqual(["1", "2", "3"]);
        expect((await store.events())[0]).toEqual({
          id: ids[0],
          at,
          kind: "log",
          who: undefined,
          plugin: undefined,
          revision: undefined,
          data: { text: "1" },
        });
      });

      it("reads from an id on, bounded, and by plugin", async () => {
        const ids = await store.append(["1", "2", "3", "4"].map((text, i) => note(text, i % 2 ? "p" : "q")));
        expect(texts(await store.events({ after: ids[0]!, limit: 2 }))).toEqual(["2", "3"]);
        expect(texts(await store.events({ plugin: "p" }))).toEqual(["2", "4"]);
        expect(texts(await store.events({ plugin: "p", after: ids[1]!, limit: 5 }))).toEqual(["4"]);
        expect(await store.events({ after: ids[3]! })).toEqual([]);
      });

      it("trims the oldest, and gives no id twice", async () => {
        const ids = await store.append(["1", "2", "3"].map((text) => note(text)));
        expect(await store.trimEvents(5)).toBe(0);
        expect(await store.trimEvents(2)).toBe(1);
        expect(texts(await store.events())).toEqual(["2", "3"]);
        expect(await store.eventRange()).toEqual({ first: ids[1], last: ids[2] });
        expect(await store.trimEvents(0)).toBe(2);
        expect(await store.eventRange()).toEqual({ first: ids[2]! + 1, last: ids[2] });
        const [next] = await store.append([note("4")]);
        expect(next).toBeGreaterThan(ids[2]!);
      });

      it("gives pages that are bounded in bytes, and one event in any case", async () => {
        const sizes = [10, 20_000, 20_000, 20_000, 10];
        const ids = await store.append(sizes.map((size) => note("x".repeat(size), "p")));
        const page = async (after: number, bytes: number, plugin?: string) =>
          (await store.events({ after, bytes, plugin })).map(({ id }) => ids.indexOf(id));
        expect(await page(0, 45_000)).toEqual([0, 1, 2]);
        expect(await page(ids[0]!, 100)).toEqual([1]);
        expect(await page(ids[0]!, 100, "p")).toEqual([1]);
        expect(await page(ids[2]!, 1_000_000)).toEqual([3, 4]);
      });

      it("trims to a number of bytes", async () => {
        const ids = await store.append(["1", "2", "3"].map((text) => note(text.repeat(10_000))));
        expect(await store.trimEvents(3, 100_000)).toBe(0);
        expect(await store.trimEvents(3, 25_000)).toBe(1);
        expect(await store.eventRange()).toEqual({ first: ids[1], last: ids[2] });
        expect(await store.trimEvents(1, 25_000)).toBe(1);
        expect(await store.trimEvents(3, 100)).toBe(1);
        expect(await store.eventRange()).toEqual({ first: ids[2]! + 1, last: ids[2] });
      });

      it("keeps of an event that is too large only how large it was", async () => {
        await store.append([note("x".repeat(70_000)), note("x".repeat(60_000))]);
        const [large, small] = await store.events();
        expect(large).toMatchObject({ kind: "log", data: { omitted: 70_011 } });
        expect((small!.data as { text: string }).text).toHaveLength(60_000);
      });

      it("tells every watcher every new event once, in order", async () => {
        await store.append([note("before")]);
        const heard: StoredEvent[][] = [[], []];
        const all = Promise.withResolvers<void>();
        const unwatch = heard.map((events) =>
          store.watch((event) => {
            events.push(event);
            if (heard.every(({ length }) => length === 42)) all.resolve();
          }),
        );
        await Promise.all([
          ...Array.from({ length: 20 }, (_, i) => store.append([note(`${i}`), note(`${i}+`)])),
          store.commit(deploying("p", 0, a)),
          store.addToken(
            { id: "t", hash: "h", scopes: [], createdAt: at },
            { at, kind: "token-created", data: { id: "t" } },
          ),
        ]);
        await all.promise;
        const stored = (await store.events()).slice(1);
        expect(heard).toEqual([stored, stored]);

        unwatch[0]!();
        const last = Promise.withResolvers<void>();
        store.watch(() => last.resolve());
        await store.append([note("after")]);
        await last.promise;
        expect(heard.map(({ length }) => length)).toEqual([42, 43]);
      });

      it("tells watchers of which event each is the next, so that they know that none was left out", async () => {
        await store.append([note("before"), note("before too")]);
        let told = (await store.eventRange()).last;
        const all = Promise.withResolvers<void>();
        let left = 6;
        const leftOut: StoredEvent[] = [];
        store.watch((event, before = event.id - 1) => {
          if (before !== told) leftOut.push(event);
          told = event.id;
          if (--left === 0) all.resolve();
        });
        await store.append([note("1"), note("2")]);
        await store.commit(deploying("p", 0, a));
        await store.append([note("3"), note("4"), note("5", "p")]);
        await all.promise;
        expect(leftOut).toEqual([]);
      });

      it("is followed from any event on without gap or repetition", async () => {
        const count = 1000;
        await store.append(Array.from({ length: 450 }, (_, i) => note(`${i}`)));
        const ending = new AbortController();
        const adding = (async () => {
          for (let i = 450; i < count; i += 10) {
            await store.append(Array.from({ length: 10 }, (_, j) => note(`${i + j}`)));
          }
        })();
        const [first] = await store.events({ limit: 1 });
        const heard: StoredEvent[] = [];
        for await (const event of follow(store, { after: first!.id, signal: ending.signal })) {
          heard.push(event);
          if (heard.length === count - 1) ending.abort();
        }
        await adding;
        expect(texts(heard)).toEqual(Array.from({ length: count - 1 }, (_, i) => `${i + 1}`));
      });

      it("is followed for one plugin", async () => {
        await store.append([note("1", "p"), note("2", "q"), note("3", "p")]);
        const ending = new AbortController();
        const heard: StoredEvent[] = [];
        for await (const event of follow(store, { after: 0, plugin: "p", signal: ending.signal })) {
          heard.push(event);
          if (heard.length === 2) await store.append([note("4", "q"), note("5", "p")]);
          if (heard.length === 3) ending.abort();
        }
        expect(texts(heard)).toEqual(["1", "3", "5"]);
      });

      it("ends a follower that waits when its signal ends", async () => {
        const ending = new AbortController();
        const events = follow(store, { after: 0, signal: ending.signal });
        const next = events.next();
        await store.events();
        ending.abort();
        expect(await next).toEqual({ done: true, value: undefined });
      });
    });

    describe("tokens", () => {
      const event = (kind: string, data: unknown = null) => ({ at: `${at}!`, kind, who: "admin", data });

      it("keeps names, hashes, scopes, plugins and ends, and tells it in the log", async () => {
        const ci = {
          id: "ci",
          hash: "ab12",
          name: "the pipeline",
          scopes: ["read", "deploy"],
          plugins: ["p", "q-*"],
          createdAt: at,
          expiresAt: "2030-01-01T00:00:00.000Z",
        };
        await store.addToken(ci, event("token-created", { id: "ci" }));
        await store.addToken(
          { id: "a", hash: "cd34", scopes: ["admin"], createdAt: at },
          event("token-created"),
        );
        expect(await store.tokens()).toEqual([
          { ...ci, revokedAt: undefined },
          {
            id: "a",
            hash: "cd34",
            name: undefined,
            scopes: ["admin"],
            plugins: undefined,
            createdAt: at,
            expiresAt: undefined,
            revokedAt: undefined,
          },
        ]);
        expect((await store.events())[0]).toMatchObject({
          kind: "token-created",
          who: "admin",
          data: { id: "ci" },
        });
      });

      it("refuses an id or a hash twice", async () => {
        await store.addToken({ id: "t", hash: "1", scopes: [], createdAt: at }, event("token-created"));
        for (const [id, hash] of [
          ["t", "2"],
          ["u", "1"],
        ] as const) {
          const again = store.addToken({ id, hash, scopes: [], createdAt: at }, event("token-created"));
          expect((await refusalOf(again)).code).toBe("bad-request");
        }
        expect(await store.tokens()).toHaveLength(1);
        expect(await store.events()).toHaveLength(1);
      });

      it("revokes once, for good", async () => {
        await store.addToken({ id: "t", hash: "1", scopes: [], createdAt: at }, event("token-created"));
        expect(await store.revokeToken("t", event("token-revoked"))).toBe(true);
        expect(await store.revokeToken("t", event("token-revoked"))).toBe(false);
        expect(await store.revokeToken("u", event("token-revoked"))).toBe(false);
        expect((await store.tokens())[0]).toMatchObject({ id: "t", revokedAt: `${at}!` });
        expect(await store.events()).toHaveLength(2);
      });
    });

    describe("contracts", () => {
      const contract = (name: string, version: number, plugins: readonly string[] = []) => ({
        ...{ name, version, plugins, at, who: "admin" },
        bytes: bytesOf(`${name}@${version}`),
      });
      const event = (kind: string) => ({ at: `${at}!`, kind, who: "admin" });
      const kept = async () => (await store.contracts()).filter(({ bytes }) => bytes.byteLength > 0);
      const removed = async () =>
        (await store.contracts()).flatMap(({ name, version, bytes }) =>
          bytes.byteLength > 0 ? [] : [`${name}@${version}`],
        );

      it("keeps versions with their bytes and patterns, by name and number, and tells it in the log", async () => {
        const all = [contract("a", 1), contract("b", 2, ["p", "q-*"]), contract("b", 10)];
        for (const each of all.toReversed()) await store.putContract(each, event("contract-put"));
        expect(await store.contracts()).toEqual(all);
        expect((await store.events()).map(({ kind }) => kind)).toEqual(Array(3).fill("contract-put"));
      });

      it("puts other patterns in the place of a version's", async () => {
        await store.putContract(contract("a", 1), event("contract-put"));
        await store.putContract(contract("a", 1, ["p"]), event("contract-put"));
        expect(await store.contracts()).toEqual([contract("a", 1, ["p"])]);
      });

      it("keeps the bytes of a version that two hosts put", async () => {
        await store.putContract(contract("a", 1), event("contract-put"));
        const other = { ...contract("a", 1, ["p"]), bytes: bytesOf("other") };
        await expect(store.putContract(other, event("contract-put"))).rejects.toMatchObject({
          code: "stale-revision",
        });
        expect(await store.contracts()).toEqual([contract("a", 1)]);
        expect(await store.events()).toHaveLength(1);
      });

      it("removes a version, or all of a name, once", async () => {
        for (const each of [contract("a", 1), contract("a", 2), contract("a", 3), contract("b", 1)])
          await store.putContract(each, event("contract-put"));
        expect(await store.removeContract("a", 2, event("contract-removed"))).toBe(true);
        expect(await store.removeContract("a", 2, event("contract-removed"))).toBe(false);
        expect(await store.contracts()).toEqual([contract("a", 1), contract("a", 3), contract("b", 1)]);
        expect(await store.removeContract("a", undefined, event("contract-removed"))).toBe(true);
        expect(await store.removeContract("a", undefined, event("contract-removed"))).toBe(false);
        expect(await kept()).toEqual([contract("b", 1)]);
        expect(await store.events()).toHaveLength(6);
      });

      it("remembers the highest number of a name that was removed, and takes no other world under it", async () => {
        for (const version of [1, 2, 3])
          await store.putContract(contract("a", version), event("contract-put"));
        await store.removeContract("a", 3, event("contract-removed"));
        await store.removeContract("a", 2, event("contract-removed"));
        expect(await kept()).toEqual([contract("a", 1)]);
        expect(await removed()).toEqual(["a@3"]);
        for (const version of [3, 4]) {
          const put = store.putContract(contract("a", version), event("contract-put"));
          if (version === 4) await put;
          else await expect(put).rejects.toMatchObject({ code: "stale-revision" });
        }
        await store.removeContract("a", undefined, event("contract-removed"));
        expect(await kept()).toEqual([]);
        expect(await removed()).toEqual(["a@4"]);
      });

      it("remembers so many of those, and one number that stands for those before", async () => {
        const most = contractBounds.removed.value;
        const names = Array.from({ length: most + 3 }, (_, i) => `c-${String(i).padStart(4, "0")}`);
        for (const [i, name] of names.entries()) {
          await store.putContract(contract(name, i === 1 ? 7 : 1), event("contract-put"));
          const removing = { ...event("contract-removed"), at: new Date(i).toISOString() };
          expect(await store.removeContract(name, undefined, removing)).toBe(true);
        }
        expect(await kept()).toEqual([]);
        expect(await removed()).toEqual(["@7", ...names.slice(3).map((name) => `${name}@1`)]);
      });
    });

    describe("close", () => {
      it("ends what was begun and refuses what comes after", async () => {
        const begun = store.commit(deploying("p", 0, a));
        const closing = store.close();
        await expect(begun).resolves.toMatchObject({ revision: 1 });
        await closing;
        const after = [
          store.list(),
          store.plugin("p"),
          store.commit(deploying("p", 1, b)),
          store.deployments("p"),
          store.uses("p"),
          store.binary(digestOf(a)),
          store.verify(digestOf(a)),
          store.prune("p", { versions: 1, deployments: 1 }),
          store.collect(),
          store.append([note("1")]),
          store.events(),
          store.eventRange(),
          store.trimEvents(1),
          store.tokens(),
          store.addToken({ id: "t", hash: "1", scopes: [], createdAt: at }, note("1")),
          store.revokeToken("t", note("1")),
          store.contracts(),
          store.putContract({ name: "c", version: 1, bytes: a, plugins: [], at }, note("1")),
          store.removeContract("c", 1, note("1")),
          store.backup("nowhere"),
        ];
        for (const call of after) expect((await refusalOf(call)).code).toBe("closed");
        store.watch(() => {})();
        await store.close();
      });
    });
  });
}
