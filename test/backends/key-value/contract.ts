/** What every key-value store keeps to (`host/backends/key-value/key-value-store.ts`). */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BucketId, KeyChange, KeyValueStore } from "../../../host/backends/key-value/key-value-store.ts";
import { refusalOf } from "../../support/thrown.ts";

export const bucket: BucketId = { plugin: "guest", bucket: "default" };
export const plenty = { bytes: 1_000_000, keys: 10_000 };
const long = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
export const putting = (...entries: (readonly [string, string])[]): KeyChange => ({
  kind: "put",
  entries: entries.map(([key, value]) => [key, bytesOf(value)]),
});
const adding = (key: string, delta: bigint): KeyChange => ({ kind: "add", key, delta, ...long });

/** Keys that some store or language might take for another, or for something of its own. */
const keys = [
  "",
  " ",
  "a",
  "A",
  "a\0b",
  "a\0",
  "\0",
  "__proto__",
  "constructor",
  "toString",
  "é",
  "e\u0301",
  "ﬁ",
  "fi",
  "💡",
  "\u{10ffff}",
  "%",
  "_",
  "'; DROP TABLE entries; --",
  "a/../b",
  "k".repeat(4_096),
  "0",
  "00",
];

export function keyValueContract(name: string, open: () => Promise<KeyValueStore>): void {
  describe(`a key-value store ${name}`, () => {
    let store: KeyValueStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const put = (...entries: (readonly [string, string])[]) =>
      store.change(bucket, putting(...entries), plenty);
    const read = async (key: string, of = bucket) => {
      const [found] = (await store.get(of, [key], 1_000_000))!;
      return found && Buffer.from(found.value).toString();
    };
    const list = async (page = 1_000, of = bucket) => {
      const listed: string[] = [];
      for (let after: number | undefined = 0; after !== undefined; ) {
        const { keys, next } = await store.list(of, { after, keys: page, bytes: 1_000_000 });
        listed.push(...keys.map(({ key }) => key));
        after = next;
      }
      return listed;
    };

    it("keeps keys of all kinds apart", async () => {
      for (const [i, key] of keys.entries()) await put([key, `value ${i}`]);
      for (const [i, key] of keys.entries()) expect(await read(key), JSON.stringify(key)).toBe(`value ${i}`);
      expect((await list()).sort()).toEqual([...keys].sort());
      for (const key of keys) await store.change(bucket, { kind: "delete", keys: [key] }, plenty);
      expect(await list()).toEqual([]);
    });

    it("keeps values of all kinds, and gives them away as the reader's own", async () => {
      const value = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
      const put: KeyChange = {
        kind: "put",
        entries: [
          ["all", value],
          ["none", new Uint8Array()],
        ],
      };
      await store.change(bucket, put, plenty);
      value.fill(7);
      const [all, none] = (await store.get(bucket, ["all", "none"], 1_000_000))!;
      expect(all!.value[255]).toBe(255);
      expect(none!.value).toEqual(new Uint8Array());
      all!.value.fill(7);
      const [again] = (await store.get(bucket, ["all"], 1_000_000))!;
      expect(again!.value[255]).toBe(255);
    });

    it("keeps buckets and plugins apart", async () => {
      const others = [
        { plugin: "guest", bucket: "Default" },
        { plugin: "guest-2", bucket: "default" },
      ];
      await put(["a", "mine"]);
      for (const other of others) expect(await read("a", other)).toBeUndefined();
      await store.change(others[0]!, putting(["a", "another"]), plenty);
      expect(await read("a")).toBe("mine");
      expect(await store.usage("guest")).toEqual([
        { bucket: "Default", keys: 1, bytes: 8 },
        { bucket: "default", keys: 1, bytes: 5 },
      ]);
      await store.change(others[1]!, putting(["a", ""]), plenty);
      expect(await store.plugins()).toEqual(["guest", "guest-2"]);
      await store.forget("guest");
      expect(await store.usage("guest")).toEqual([]);
      expect(await store.plugins()).toEqual(["guest-2"]);
      expect(await read("a")).toBeUndefined();
      expect(await put(["a", "new"])).toMatchObject({ done: true });
      expect(await read("a")).toBe("new");
    });

    it("gives several keys in the order asked for, or none where that is too much", async () => {
      await put(["a", "12345"], ["b", "67890"]);
      const found = (await store.get(bucket, ["b", "x", "a", "b"], 15))!;
      expect(found.map((each) => each && Buffer.from(each.value).toString())).toEqual([
        "67890",
        undefined,
        "12345",
        "67890",
      ]);
      expect(await store.get(bucket, ["b", "x", "a", "b"], 14)).toBeUndefined();
    });

    it("gives each value a version of its own, higher than all before", async () => {
      expect(await store.version(bucket, "a")).toBe(0);
      await put(["a", "1"], ["b", "1"]);
      const [a, b] = [await store.version(bucket, "a"), await store.version(bucket, "b")];
      await put(["a", "1"]);
      const again = await store.version(bucket, "a");
      expect(a).toBeGreaterThan(0);
      expect(b).toBeGreaterThan(a);
      expect(again).toBeGreaterThan(b);
      await store.change(bucket, { kind: "delete", keys: ["a"] }, plenty);
      expect(await store.version(bucket, "a")).toBe(0);
      await put(["a", "1"]);
      expect(await store.version(bucket, "a")).toBeGreaterThan(again);
    });

    it("changes by version only what nobody has changed", async () => {
      const first = { ...putting(["a", "1"]), expected: 0 } as KeyChange;
      const { version } = (await store.change(bucket, first, plenty)) as { version: number };
      expect(await store.change(bucket, first, plenty)).toEqual({ refused: "stale", version });
      const second = { ...putting(["a", "2"]), expected: version } as KeyChange;
      const done = (await store.change(bucket, second, plenty)) as { version: number };
      const gone: KeyChange = { kind: "delete", keys: ["a"], expected: version };
      expect(await store.change(bucket, gone, plenty)).toEqual({ refused: "stale", version: done.version });
      expect(await read("a")).toBe("2");
      expect(await store.change(bucket, { ...gone, expected: done.version }, plenty)).toMatchObject({
        done: true,
      });
      expect(await read("a")).toBeUndefined();
    });

    it("lets one of many win who swap by the same version, and loses no sum", async () => {
      await put(["a", "1"]);
      const version = await store.version(bucket, "a");
      const swaps = await Promise.all(
        Array.from({ length: 32 }, (_, i) =>
          store.change(bucket, { ...putting(["a", `by ${i}`]), expected: version } as KeyChange, plenty),
        ),
      );
      expect(swaps.filter((outcome) => "done" in outcome)).toHaveLength(1);
      const sums = await Promise.all(
        Array.from({ length: 100 }, () => store.change(bucket, adding("n", 1n), plenty)),
      );
      expect(new Set(sums.map((outcome) => "done" in outcome && outcome.sum)).size).toBe(100);
      expect(await read("n")).toBe("100");
    });

    it("adds to whole numbers alone, within their range", async () => {
      expect(await store.change(bucket, adding("n", -5n), plenty)).toMatchObject({ done: true, sum: -5n });
      expect(await store.change(bucket, adding("n", 7n), plenty)).toMatchObject({ done: true, sum: 2n });
      await put(["n", `${2n ** 63n - 1n}`]);
      expect(await store.change(bucket, adding("n", 1n), plenty)).toEqual({ refused: "out-of-range" });
      expect(await read("n")).toBe("9223372036854775807");
      for (const text of ["", "1.5", "one", "1e3", " 1", "1\n", "0x1", "9".repeat(30)]) {
        await put(["t", text]);
        expect(await store.change(bucket, adding("t", 1n), plenty), text).toEqual({ refused: "no-integer" });
      }
      const unsigned: KeyChange = {
        kind: "add",
        key: "u",
        delta: 2n ** 64n - 1n,
        least: 0n,
        most: 2n ** 64n - 1n,
      };
      expect(await store.change(bucket, unsigned, plenty)).toMatchObject({ sum: 2n ** 64n - 1n });
      await put(["u", "-1"]);
      expect(await store.change(bucket, { ...unsigned, delta: 0n } as KeyChange, plenty)).toEqual({
        refused: "out-of-range",
      });
    });

    it("keeps quotas to the byte and the key, however many write at once", async () => {
      const quota = { bytes: 100, keys: 10 };
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          store.change(
            { plugin: "guest", bucket: `b${i % 3}` },
            putting([`k${String(i).padStart(2, "0")}`, "1234567"]),
            quota,
          ),
        ),
      );
      expect(outcomes.filter((outcome) => "done" in outcome)).toHaveLength(10);
      expect(await store.change(bucket, putting(["", ""]), quota)).toEqual({
        refused: "quota",
        of: "keys",
        limit: 10,
        actual: 11,
      });
      const more = { ...quota, keys: 11 };
      expect(await store.change(bucket, putting(["", "x"]), more)).toMatchObject({
        refused: "quota",
        of: "bytes",
        limit: 100,
        actual: 101,
      });
      expect(await store.change(bucket, putting(["", ""]), more)).toMatchObject({ done: true });
      const used = await store.usage("guest");
      expect(used.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(100);
    });

    it("lets who is beyond a quota write what does not grow", async () => {
      await put(["a", "12345"], ["b", "12345"]);
      const low = { bytes: 3, keys: 1 };
      expect(await store.change(bucket, putting(["a", "54321"]), low)).toMatchObject({ done: true });
      expect(await store.change(bucket, putting(["a", "543210"]), low)).toMatchObject({ of: "bytes" });
      expect(await store.change(bucket, { kind: "delete", keys: ["a"] }, low)).toMatchObject({ done: true });
      expect(await store.usage("guest")).toEqual([{ bucket: "default", keys: 1, bytes: 6 }]);
    });

    it("makes all of a change or nothing", async () => {
      const few = { bytes: 1_000, keys: 2 };
      const three = putting(["a", "1"], ["b", "2"], ["c", "3"]);
      expect(await store.change(bucket, three, few)).toMatchObject({ refused: "quota", of: "keys" });
      expect(await list()).toEqual([]);
      await put(["a", "1"], ["a", "2"]);
      expect(await read("a")).toBe("2");
      expect(await store.usage("guest")).toEqual([{ bucket: "default", keys: 1, bytes: 2 }]);
    });

    it("lists each key once, page by page, while others write", async () => {
      const all = Array.from({ length: 50 }, (_, i) => `key ${i}`);
      for (const key of all) await put([key, ""]);
      const listed: string[] = [];
      let page = 0;
      for (let after: number | undefined = 0; after !== undefined; page++) {
        const { keys, next } = await store.list(bucket, { after, keys: 7, bytes: 1_000_000 });
        expect(keys.length).toBeLessThanOrEqual(7);
        listed.push(...keys.map(({ key }) => key));
        after = next;
        await put([`new ${page}`, ""], ["key 3", "again"]);
        await store.change(bucket, { kind: "delete", keys: [`new ${page - 1}`] }, plenty);
      }
      expect(listed.filter((key) => key.startsWith("key")).sort()).toEqual([...all].sort());
    });

    it("bounds a page by bytes, and gives one key at least", async () => {
      await put(["aaaa", "1"], ["bbbb", "22"], ["cccc", "333"]);
      const first = await store.list(bucket, { after: 0, keys: 10, bytes: 8 });
      expect(first.keys.map(({ key, bytes }) => [key, bytes])).toEqual([
        ["aaaa", 1],
        ["bbbb", 2],
      ]);
      const last = await store.list(bucket, { after: first.next!, keys: 10, bytes: 1 });
      expect(last).toEqual({ keys: [{ key: "cccc", bytes: 3, version: expect.any(Number) }] });
    });

    it("does what a map does", async () => {
      const key = fc.constantFrom("a", "b", "c", "");
      const step = fc.oneof(
        fc.record({ put: fc.array(fc.tuple(key, fc.string({ maxLength: 5 })), { maxLength: 3 }) }),
        fc.record({ remove: fc.array(key, { maxLength: 3 }) }),
        fc.record({ add: key, delta: fc.bigInt(-3n, 3n) }),
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const own = { plugin: `map-${run++}`, bucket: "b" };
          const model = new Map<string, string>();
          for (const each of steps) {
            if ("put" in each) {
              await store.change(own, putting(...each.put), plenty);
              for (const [name, value] of each.put) model.set(name, value);
            } else if ("remove" in each) {
              await store.change(own, { kind: "delete", keys: each.remove }, plenty);
              for (const name of each.remove) model.delete(name);
            } else {
              const before = model.get(each.add) ?? "0";
              await store.change(own, adding(each.add, each.delta), plenty);
              if (/^-?\d{1,19}$/.test(before)) model.set(each.add, `${BigInt(before) + each.delta}`);
            }
          }
          const there = (await list(2, own)).sort();
          expect(there).toEqual([...model.keys()].sort());
          for (const [name, value] of model) expect(await read(name, own)).toBe(value);
          const sizes = [...model].map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
          const bytes = sizes.reduce((sum, each) => sum + each, 0);
          const used = { bucket: "b", keys: model.size, bytes };
          expect(await store.usage(own.plugin)).toEqual(model.size > 0 ? [used] : []);
        }),
        { numRuns: 30 },
      );
    });

    it("refuses what comes after its end", async () => {
      await store.close();
      expect((await refusalOf(put(["a", ""]))).code).toBe("closed");
      expect((await refusalOf(read("a"))).code).toBe("closed");
    });
  });
}
