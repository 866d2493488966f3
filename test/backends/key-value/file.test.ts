/** What only buckets in a file can do, and what can only happen to one. */
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { KeyValueDriver } from "../../../host/backends/key-value/key-value-driver.ts";
import { SqliteKeyValue } from "../../../host/backends/key-value/sqlite/sqlite-key-value.ts";
import type { Soon } from "../../../host/platform/soon.ts";
import { refusalOf } from "../../support/thrown.ts";
import { bucket, plenty, putting } from "./contract.ts";

let folder: string;
let file: string;
const opened: SqliteKeyValue[] = [];
const open = (maxBytes?: number) => {
  const store = new SqliteKeyValue({ file, ...(maxBytes !== undefined && { maxBytes }) });
  opened.push(store);
  return store;
};
const read = async (store: SqliteKeyValue, key: string) => {
  const [found] = (await store.get(bucket, [key], 1_000_000))!;
  return found && Buffer.from(found.value).toString();
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-kv-"));
  file = join(folder, "hotcell-kv.db");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(folder, { recursive: true, force: true });
});

it("is not made before something is kept", async () => {
  const store = open();
  expect(await store.usage("guest")).toEqual([]);
  expect(await store.plugins()).toEqual([]);
  await store.forget("guest");
  await store.close();
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

it("has what was acknowledged, its counts and its versions when it is opened again", async () => {
  const first = open();
  await first.change(bucket, putting(["a", "1"], ["b", "22"]), plenty);
  const version = await first.version(bucket, "b");
  await first.close();
  const second = open();
  expect(await read(second, "b")).toBe("22");
  expect(await second.usage("guest")).toEqual([{ bucket: "default", keys: 2, bytes: 5 }]);
  expect(await second.version(bucket, "b")).toBe(version);
  const put = await second.change(bucket, putting(["a", "1"]), plenty);
  expect(put).toMatchObject({ done: true, version: version + 1 });
});

it("counts as one where several hosts write to it, so that no change is lost and no version given twice", async () => {
  const stores = [open(), open(), open()];
  const changes = stores.map(async (store, i) => {
    const versions: number[] = [];
    for (let round = 0; round < 30; round++) {
      const added = await store.change(
        bucket,
        { kind: "add", key: "n", delta: 1n, least: -(2n ** 63n), most: 2n ** 63n - 1n },
        plenty,
      );
      const put = await store.change({ ...bucket, bucket: `b${round}` }, putting([`k${i}`, "1"]), plenty);
      for (const outcome of [added, put]) versions.push((outcome as { version: number }).version);
      if (round % 10 === 9) await store.forget(`other-${i}`);
    }
    return versions;
  });
  const versions = (await Promise.all(changes)).flat();
  expect(new Set(versions).size).toBe(3 * 60);
  for (const store of stores) {
    expect(await read(store, "n")).toBe("90");
    const usage = await store.usage("guest");
    expect(usage.reduce((sum, { keys }) => sum + keys, 0)).toBe(1 + 3 * 30);
  }
  // A quota holds for all of them together.
  const few = { bytes: 1_000_000, keys: 92 };
  const put = (store: SqliteKeyValue, key: string) => store.change(bucket, putting([key, "1"]), few);
  expect(await put(stores[0]!, "x")).toMatchObject({ done: true });
  expect(await put(stores[1]!, "y")).not.toMatchObject({ done: true });
});

/** What is answered at once, sooner or later: not where the machine has just let others run for long. */
async function atOnce<T>(ask: () => Soon<T>): Promise<T> {
  for (;;) {
    const answer = ask();
    if (!(answer instanceof Promise)) return answer;
    await answer;
  }
}
const readAtOnce = async (store: SqliteKeyValue, key: string, of = bucket) => {
  const [found] = (await atOnce(() => store.get(of, [key], 1_000_000)))!;
  return found && Buffer.from(found.value).toString();
};

it("answers at once for single values that are small, and what it has of them is its own", async () => {
  const store = open();
  expect(store.get(bucket, ["a"], 1_000)).toBeInstanceOf(Promise);
  await store.change(bucket, putting(["a", "1"], ["large", "x".repeat(100_000)]), plenty);
  expect(await readAtOnce(store, "a")).toBe("1");
  expect(await readAtOnce(store, "none")).toBeUndefined();
  expect(await readAtOnce(store, "a", { plugin: "guest", bucket: "other" })).toBeUndefined();
  expect(await atOnce(() => store.version(bucket, "a"))).toBe(await store.version(bucket, "a"));
  expect(await atOnce(() => store.version(bucket, "none"))).toBe(0);
  expect(store.get(bucket, ["large"], 1_000_000)).toBeInstanceOf(Promise);
  expect(store.get(bucket, ["a", "large"], 1_000_000)).toBeInstanceOf(Promise);
  expect(await store.get(bucket, ["large"], 1_000)).toBeUndefined();
  const [kept] = (await atOnce(() => store.get(bucket, ["a"], 1_000)))!;
  kept!.value.fill(0);
  expect(await readAtOnce(store, "a")).toBe("1");
});

it("answers at once with whatever is committed, also by another host", async () => {
  const [one, other] = [open(), open()];
  await other.version(bucket, "a");
  for (const value of ["1", "2"]) {
    await one.change(bucket, putting(["a", value]), plenty);
    expect(await readAtOnce(one, "a")).toBe(value);
    expect(await readAtOnce(other, "a")).toBe(value);
  }
  await one.change(bucket, { kind: "delete", keys: ["a"] }, plenty);
  expect(await readAtOnce(one, "a")).toBeUndefined();
  expect(await readAtOnce(other, "a")).toBeUndefined();
});

it("has no value of a plugin that was forgotten, whoever has buckets by then", async () => {
  const store = open();
  await store.change(bucket, putting(["a", "1"]), plenty);
  expect(await readAtOnce(store, "a")).toBe("1");
  await store.forget(bucket.plugin);
  await store.change({ ...bucket, plugin: "next" }, putting(["a", "2"]), plenty);
  expect(await readAtOnce(store, "a")).toBeUndefined();
  expect(await readAtOnce(store, "a", { ...bucket, plugin: "next" })).toBe("2");
});

it("reads the file that it writes to, whatever has come to stand in its place", async () => {
  const store = open();
  await store.change(bucket, putting(["a", "1"]), plenty);
  await rename(file, join(folder, "moved.db"));
  await writeFile(file, "");
  expect(await read(store, "a")).toBe("1");
  expect((await refusalOf(store.change(bucket, putting(["a", "2"]), plenty))).code).toBe("store-unavailable");
});

it("leaves no log beside the file when it is closed", async () => {
  const store = open();
  await store.change(bucket, putting(["a", "1"]), plenty);
  await readAtOnce(store, "a");
  await store.close();
  expect((await readdir(folder)).filter((name) => name.endsWith("-wal"))).toEqual([]);
});

it("says what is wrong with a file that is none of its own, and takes up work when it is mended", async () => {
  await writeFile(file, "no database at all, though it is long enough to look for a header in it");
  const store = open();
  expect(await refusalOf(read(store, "a"))).toMatchObject({
    code: "store-corrupt",
    facts: { subject: file },
  });
  const again = await refusalOf(store.change(bucket, putting(["a", "1"]), plenty));
  expect(again.code).toBe("store-corrupt");
  await store.close();
  await rm(file);
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE t (a); PRAGMA user_version = 1");
  db.close();
  expect((await refusalOf(read(open(), "a"))).message).toContain("not Hotcell's key-value buckets");
  await rm(file);
  expect(await read(open(), "a")).toBeUndefined();
});

it("refuses a file of a newer Hotcell, and leaves it as it is", async () => {
  const store = open();
  await store.change(bucket, putting(["a", "1"]), plenty);
  await store.close();
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 999");
  db.close();
  const refusal = await refusalOf(read(open(), "a"));
  expect(refusal).toMatchObject({
    code: "store-too-new",
    facts: { actual: 999, remedy: expect.any(String) },
  });
});

it("fails those alone who find no room, and lets them make some", async () => {
  const store = open(300_000);
  const value = "x".repeat(20_000);
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => store.change(bucket, putting([`k${i}`, value]), plenty)),
  );
  const failed = all.filter((each) => each.status === "rejected");
  expect(failed.length).toBeGreaterThan(10);
  expect(failed.length).toBeLessThan(40);
  for (const { reason } of failed) expect(reason).toMatchObject({ code: "store-full" });
  const { keys } = (await store.usage("guest"))[0]!;
  expect(keys).toBe(40 - failed.length);
  const { keys: listed } = await store.list(bucket, { after: 0, keys: 100, bytes: 1_000_000 });
  expect(listed).toHaveLength(keys);
  await store.change(bucket, { kind: "delete", keys: listed.map(({ key }) => key) }, plenty);
  expect(await store.usage("guest")).toEqual([]);
  expect(await store.change(bucket, putting(["again", value]), plenty)).toMatchObject({ done: true });
});

it("counts once what is deleted on a full disk, which takes a second attempt", async () => {
  const first = open();
  await first.change(bucket, putting(["a", "1"], ["b", "22"], ["c", "333"]), plenty);
  await first.close();
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE filler (bytes BLOB);
    CREATE TRIGGER filling AFTER DELETE ON entries WHEN OLD.key = x'62' BEGIN INSERT INTO filler VALUES (zeroblob(100000)); END`);
  db.close();
  const second = open((await stat(file)).size + 10_000);
  const remove = (key: string) => second.change(bucket, { kind: "delete", keys: [key] }, plenty);
  for (const outcome of await Promise.all(["a", "b"].map(remove)))
    expect(outcome).toMatchObject({ done: true });
  expect(await second.usage("guest")).toEqual([{ bucket: "default", keys: 1, bytes: 4 }]);
});

it("tells guests of a damaged file without a word of the machine", async () => {
  const store = open();
  await store.change(
    bucket,
    putting(...Array.from({ length: 200 }, (_, i) => [`k${i}`, "v".repeat(500)] as const)),
    plenty,
  );
  await store.close();
  await truncate(file, 9_000);
  const driver = new KeyValueDriver(open());
  const settings = {
    buckets: { default: { readonly: false } },
    bytes: 1_000,
    keys: 10,
    keyBytes: 10,
    valueBytes: 10,
  };
  const backend = driver.bind({ plugin: "guest", settings, count() {} });
  const answer = await backend.ask!("get", { bucket: "default", keys: ["k7"] }, new AbortController().signal);
  expect(answer).toEqual({ error: { tag: "other", val: "The host's key-value store is damaged." } });
});
