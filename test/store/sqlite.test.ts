/** What only a store in a file can do, and what can only happen to one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../../host/sqlite/file-schema.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { storeSchema } from "../../host/store/sqlite/migrations.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../host/store/sqlite/sqlite-store.ts";
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
const root = new URL("../..", import.meta.url);

/** Everything a store gives. */
async function dump(store: Store): Promise<unknown> {
  const plugins = await store.list();
  const deployments = await Promise.all(plugins.map(({ name }) => store.deployments(name)));
  const digests = new Set([
    ...plugins.flatMap(({ live }) => live?.digest ?? []),
    ...deployments.flat().flatMap(({ version }) => version?.digest ?? []),
  ]);
  return {
    plugins,
    deployments,
    binaries: await Promise.all([...digests].sort().map((digest) => store.binary(digest))),
    events: await store.events({ limit: 1_000_000 }),
    range: await store.eventRange(),
    tokens: await store.tokens(),
    contracts: await store.contracts(),
  };
}

let folder: string;
let file: string;
let opened: Store[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-store-"));
  file = join(folder, "hotcell.db");
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await rm(folder, { recursive: true });
});

async function open(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ folder, ...options });
  opened.push(store);
  return store;
}

/** Something of everything. */
async function filled(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const store = await open(options);
  await deployAll(store, "p", [a, b, a]);
  await deployAll(store, "q", [b]);
  await deployAll(store, "r", [bytesOf("large", 3_000_000)]);
  await store.commit(removing("q", 1));
  await store.append([note("1", "p"), note("2")]);
  await store.addToken(
    { id: "ci", hash: "ab", scopes: ["read"], plugins: ["p"], createdAt: at },
    { at, kind: "token-created" },
  );
  await store.putContract(
    { name: "discount", version: 1, bytes: a, plugins: ["p"], at, who: "ci" },
    { at, kind: "contract-put" },
  );
  return store;
}

/** Runs SQL on the file, as another process would. */
function outside<T>(work: (db: DatabaseSync) => T, path = file): T {
  const db = new DatabaseSync(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

describe("the file", () => {
  it("holds everything for the next start", async () => {
    const store = await filled();
    const before = await dump(store);
    await store.close();
    expect((await readdir(folder)).sort()).toEqual(["hotcell.db", "hotcell.reserve"]);
    expect(await dump(await open())).toEqual(before);
  });

  it("is readable by its owner only, and so is a folder made for it", async () => {
    folder = join(folder, "deep", "data");
    file = join(folder, "hotcell.db");
    await deployAll(await open(), "p", [a]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) {
      expect([name, (await stat(join(folder, name))).mode & 0o077]).toEqual([name, 0]);
    }
    folder = join(folder, "..", "..");
  });

  it("does not keep a process alive", async () => {
    const module = new URL("host/store/sqlite/sqlite-store.ts", root);
    const script = `
      const { openSqliteStore } = await import(${JSON.stringify(module.href)});
      const store = await openSqliteStore({ folder: ${JSON.stringify(folder)} });
      store.watch(() => {});
      await store.append([{ at: "now", kind: "log" }]);
      console.log("idle");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "pipe" });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(output).toBe("idle\n");
  });

  it("opens with a thousand plugins", async () => {
    let store = await open();
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        store.commit(deploying(`plugin-${i}`, 0, bytesOf(`${i}`, 15_000))),
      ),
    );
    await store.close();
    const start = performance.now();
    store = await open();
    const plugins = await store.list();
    console.log(`open and list 1,000 plugins of 15 kB: ${(performance.now() - start).toFixed(1)} ms`);
    expect(plugins).toHaveLength(1000);
  });
});

describe("migrations", () => {
  const extra = "ALTER TABLE plugins ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody'";

  it("opens a file that schema 1 wrote", async () => {
    const sql = await readFile(new URL("test/store/fixtures/schema-1.sql", root), "utf8");
    outside((db) => db.exec(sql));
    const store = await open();
    expect(await dump(store)).toMatchSnapshot();
    await store.commit(deploying("greeter", 3, a));
    expect((await store.plugin("greeter"))?.revision).toBe(4);
    expect((await store.eventRange()).last).toBe(10);
  });

  it("takes an old file through each step it lacks, in order, keeping what it holds", async () => {
    await (await filled()).close();
    const steps = [...storeSchema.steps, extra, "UPDATE plugins SET owner = owner || ' yet'"];
    const owners = () =>
      outside((db) => {
        migrate(db, file, { ...storeSchema, steps });
        return db.prepare("SELECT name, owner FROM plugins ORDER BY name").all();
      });
    const expected = ["p", "q", "r"].map((name) => ({ name, owner: "nobody yet" }));
    expect(owners()).toEqual(expected);
    expect(owners()).toEqual(expected);
  });

  it("leaves the file as it was when a step fails", async () => {
    const before = await dump(await filled());
    await opened.pop()!.close();
    outside((db) => {
      expect(() =>
        migrate(db, file, {
          ...storeSchema,
          steps: [...storeSchema.steps, extra, "UPDATE nowhere SET a = 1"],
        }),
      ).toThrow("nowhere");
    });
    expect(await dump(await open())).toEqual(before);
  });

  it("refuses a file of a newer schema, and leaves it alone", async () => {
    await (await filled()).close();
    outside((db) => db.exec("PRAGMA user_version = 999"));
    const before = await readFile(file);
    const error = await refusalOf(open());
    expect(error).toMatchObject({
      code: "store-too-new",
      facts: { subject: file, limit: storeSchema.steps.length, actual: 999 },
    });
    expect(error.message).toContain(file);
    expect(await readFile(file)).toEqual(before);
  });

  it("lets several hosts start on a new folder at once", async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
    await Promise.all(stores.map((store, i) => store.commit(deploying(`p${i}`, 0, a))));
    for (const store of stores) expect(await store.list()).toHaveLength(6);
  });
});

describe("a damaged file", () => {
  it("is refused when it is something else", async () => {
    for (const content of ["not a database ".repeat(1000), Buffer.alloc(5000, 1)]) {
      await writeFile(file, content);
      const error = await refusalOf(open());
      expect(error).toMatchObject({ code: "store-corrupt", facts: { subject: file } });
      expect(error.message).toContain(file);
      expect(error.facts.remedy).toContain("backup");
      expect(await readFile(file)).toEqual(Buffer.from(content));
    }
  });

  it("is refused when it is another program's database", async () => {
    outside((db) => db.exec("CREATE TABLE notes (text)"));
    const before = await readFile(file);
    expect(await refusalOf(open())).toMatchObject({ code: "store-corrupt", facts: { subject: file } });
    expect(await readFile(file)).toEqual(before);
  });

  it("is refused when it is cut short", async () => {
    await (await filled()).close();
    const { size } = await stat(file);
    for (const rest of [size - 4096, Math.floor(size / 2), 5000, 100]) {
      await truncate(file, rest);
      expect(await refusalOf(open())).toMatchObject({ code: "store-corrupt", facts: { subject: file } });
    }
  });

  it("never gives other bytes than the digest's; the rest goes on, and an upload mends it", async () => {
    const store = await filled();
    outside((db) =>
      db.prepare("UPDATE versions SET bytes = ? WHERE digest = ?").run(bytesOf("x"), digestOf(a)),
    );
    const error = await refusalOf(store.binary(digestOf(a)));
    expect(error).toMatchObject({ code: "store-corrupt", facts: { subject: digestOf(a) } });
    expect(await store.binary(digestOf(b))).toEqual(b);
    await store.commit(deploying("p", 3, a));
    expect(await store.binary(digestOf(a))).toEqual(a);
  });

  it("says so when a record can't be read, and gives the others", async () => {
    const store = await filled();
    outside((db) => db.exec("UPDATE plugins SET settings = '{' WHERE name = 'p'"));
    expect(await store.plugin("p")).toMatchObject({
      name: "p",
      revision: 3,
      live: { digest: digestOf(a) },
      settings: undefined,
      damaged: expect.stringContaining("plugin p"),
    });
    expect((await store.list()).map(({ name, damaged }) => [name, damaged !== undefined])).toEqual([
      ["p", true],
      ["q", false],
      ["r", false],
    ]);
  });

  it("is found out without giving the bytes", async () => {
    const store = await filled();
    await store.verify(digestOf(a));
    outside((db) =>
      db.prepare("UPDATE versions SET bytes = ? WHERE digest = ?").run(bytesOf("x"), digestOf(a)),
    );
    for (const digest of [digestOf(a), digestOf(bytesOf("never stored"))]) {
      expect(await refusalOf(store.verify(digest))).toMatchObject({
        code: "store-corrupt",
        facts: { subject: digest },
      });
    }
    await store.verify(digestOf(b));
  });

  it("is noticed when it is taken away from a running host", async () => {
    const store = await filled();
    const away = join(folder, "away.db");
    await rename(file, away);
    const error = await refusalOf(store.commit(deploying("p", 3, b)));
    expect(error).toMatchObject({ code: "store-unavailable", facts: { subject: file } });
    expect(error.message).toContain("removed or replaced");
    await rename(away, file);
    await store.commit(deploying("p", 3, b));
  });
});

describe("a place that can't be written to", () => {
  it("is refused by name", async () => {
    const places: [string, () => Promise<unknown>][] = [
      ["file-for-a-folder", () => writeFile(join(folder, "file-for-a-folder"), "")],
      [
        "folder-for-a-file",
        () => mkdir(join(folder, "folder-for-a-file", "hotcell.db"), { recursive: true }),
      ],
    ];
    // Nothing is unwritable for root.
    if (process.getuid?.() !== 0) {
      places.push([
        "unwritable",
        async () => {
          await mkdir(join(folder, "unwritable"));
          await chmod(join(folder, "unwritable"), 0o500);
        },
      ]);
    }
    for (const [name, make] of places) {
      await make();
      const error = await refusalOf(open({ folder: join(folder, name) }));
      expect(error).toMatchObject({
        code: "store-unavailable",
        facts: { subject: join(folder, name, "hotcell.db") },
      });
      expect(error.message).toContain(name);
      expect(error.facts.remedy).toContain("HOTCELL_DATA");
    }
  });
});

describe("a full disk", () => {
  it("refuses the commit, loses nothing, and goes on when there is room", async () => {
    const maxBytes = 1_000_000;
    const store = await open({ maxBytes });
    await deployAll(store, "p", [a]);
    let revision = 1;
    const version = (i: number) => bytesOf(`v${i}`, 100_000 + i);
    const filling = async () => {
      for (;;) revision = (await store.commit(deploying("p", revision, version(revision)))).revision;
    };
    const error = await refusalOf(filling());
    expect(error).toMatchObject({ code: "store-full", facts: { subject: file } });
    expect(error.status).toBe(507);
    expect(error.message).toContain(file);
    expect(revision).toBeGreaterThan(5);

    const intact = async (store: Store) => {
      expect((await store.plugin("p"))?.revision).toBe(revision);
      expect((await store.deployments("p")).map((d) => d.revision)[0]).toBe(revision);
      expect(await store.events({ limit: 1000 })).toHaveLength(revision);
      for (let i = 1; i < revision; i++) expect(await store.binary(digestOf(version(i)))).toEqual(version(i));
      expect(await store.binary(digestOf(version(revision)))).toBeUndefined();
    };
    await intact(store);
    await store.close();
    await intact(await open());
    await opened.pop()!.close();

    const again = await open({ maxBytes });
    expect(await again.prune("p", { versions: 2, deployments: 100 })).toBeGreaterThan(0);
    expect((await again.collect()).versions).toBeGreaterThan(0);
    await again.commit(deploying("p", revision, version(revision)));
    expect(await again.binary(digestOf(version(revision)))).toEqual(version(revision));
  });

  it("is refused at the start as well", async () => {
    expect(await refusalOf(open({ maxBytes: 8192 }))).toMatchObject({
      code: "store-full",
      facts: { subject: file },
    });
    await deployAll(await open(), "p", [a]);
  });
});

describe("several processes on one file", () => {
  it("wait for each other's lock, but not for ever", async () => {
    const store = await filled({ busyTimeout: 50 });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const error = await refusalOf(store.commit(deploying("p", 3, b)));
    expect(error).toMatchObject({ code: "store-unavailable", facts: { subject: file } });
    expect(error.message).toContain("locked by another process");
    expect((await store.plugin("p"))?.revision).toBe(3);
    other.exec("COMMIT");
    other.close();
    expect((await store.commit(deploying("p", 3, b))).revision).toBe(4);
  });

  it("are told when one keeps the whole file to itself", async () => {
    await (await filled()).close();
    const other = new DatabaseSync(file);
    other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE");
    expect(await refusalOf(open({ busyTimeout: 50 }))).toMatchObject({ code: "store-unavailable" });
    other.close();
    await open();
  });

  it.runIf(process.platform === "linux")(
    "hear each other's events as soon as the system says so",
    async () => {
      const one = await open({ pollInterval: 3_600_000 });
      const two = await open({ pollInterval: 3_600_000 });
      for (let i = 0; i < 5; i++) {
        const heard = Promise.withResolvers<void>();
        const unwatch = one.watch(({ kind }) => kind === `kind ${i}` && heard.resolve());
        // Answered after the watch has begun.
        await one.eventRange();
        await two.append([{ at: "now", kind: `kind ${i}` }]);
        await heard.promise;
        unwatch();
      }
      await one.close();
      await two.close();
    },
  );

  it("hear each other's events, and can't overwrite each other's revisions", async () => {
    const one = await open({ pollInterval: 10 });
    const two = await open({ pollInterval: 10 });
    const heard: StoredEvent[][] = [[], []];
    const all = Promise.withResolvers<void>();
    for (const [i, store] of [one, two].entries()) {
      store.watch((event) => {
        heard[i]!.push(event);
        if (heard.every(({ length }) => length === 30)) all.resolve();
      });
      // Answered after it watches: the other one's first change would come too early.
      await store.eventRange();
    }
    // Both change one plugin as fast as they can; who is late looks again.
    const work = async (store: Store, name: string) => {
      for (let done = 0; done < 15; ) {
        const expected = (await store.plugin("p"))?.revision ?? 0;
        try {
          await store.commit(deploying("p", expected, bytesOf(`${name}${done}`)));
          done++;
        } catch (error) {
          expect(error).toMatchObject({ code: "stale-revision" });
        }
      }
    };
    await Promise.all([work(one, "one"), work(two, "two")]);
    await all.promise;
    const revisions = Array.from({ length: 30 }, (_, i) => i + 1);
    for (const events of heard) expect(events.map(({ revision }) => revision)).toEqual(revisions);
    expect(await dump(one)).toEqual(await dump(two));
  });
});

describe("backup", () => {
  it("is a store itself, equal to the original", async () => {
    const store = await filled();
    const before = await dump(store);
    await mkdir(join(folder, "copy"));
    const copy = join(folder, "copy", "hotcell.db");
    await writeFile(copy, "an older backup");
    await store.backup(copy);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await dump(await open({ folder: join(folder, "copy") }))).toEqual(before);
    expect((await readdir(folder)).sort()).toEqual([
      "copy",
      "hotcell.db",
      "hotcell.db-shm",
      "hotcell.db-wal",
      "hotcell.reserve",
    ]);
  });

  it("is of one moment, while commits go on", async () => {
    const store = await filled();
    let copying = true;
    const committing = (async () => {
      let revision = 0;
      while (copying)
        revision = (await store.commit(deploying("s", revision, bytesOf(`${revision}`)))).revision;
      return revision;
    })();
    for (const name of ["1", "2"]) {
      await mkdir(join(folder, name));
      await store.backup(join(folder, name, "hotcell.db"));
    }
    copying = false;
    expect(await committing).toBeGreaterThan(0);
    for (const name of ["1", "2"]) {
      const copy = await open({ folder: join(folder, name) });
      const plugin = await copy.plugin("s");
      const revision = plugin?.revision ?? 0;
      expect(await copy.deployments("s")).toHaveLength(revision);
      expect((await copy.events({ plugin: "s" })).at(-1)?.revision ?? 0).toBe(revision);
      if (plugin?.live) expect(await copy.binary(plugin.live.digest)).toBeDefined();
    }
  });

  it("is finished before the store is closed", async () => {
    const store = await filled();
    let copied = false;
    const copying = store.backup(join(folder, "copy.db")).then(() => {
      copied = true;
    });
    await store.close();
    expect(copied).toBe(true);
    await copying;
  });

  it("refuses a place it can't write to and a store in use, and leaves nothing behind", async () => {
    const store = await filled();
    const names = await readdir(folder);
    const nowhere = join(folder, "nowhere", "copy.db");
    expect(await refusalOf(store.backup(nowhere))).toMatchObject({
      code: "store-unavailable",
      facts: { subject: nowhere },
    });
    await mkdir(join(folder, "taken"));
    expect((await refusalOf(store.backup(join(folder, "taken")))).code).toBe("store-unavailable");
    for (const target of [file, join(folder, "taken", "..", "hotcell.db")]) {
      expect((await refusalOf(store.backup(target))).code).toBe("bad-request");
    }
    await open({ folder: join(folder, "taken") });
    expect((await refusalOf(store.backup(join(folder, "taken", "hotcell.db")))).code).toBe("bad-request");
    expect((await readdir(folder)).sort()).toEqual([...names, "taken"].sort());
  });
});

it("does what the store in memory does, whatever is asked of them", async () => {
  const binaries = [a, b, bytesOf("c", 1), new Uint8Array()];
  const step = fc.record({
    what: fc.constantFrom("deploy", "deploy", "redeploy", "remove", "prune", "collect", "append", "trim"),
    plugin: fc.constantFrom("p", "q"),
    binary: fc.nat(binaries.length - 1),
    stale: fc.integer({ min: -1, max: 8 }),
    n: fc.nat(4),
    m: fc.nat(6),
  });
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
  const take = async (store: Store, { what, plugin, binary, stale, n, m }: Step): Promise<unknown> => {
    const revision = (await store.plugin(plugin))?.revision ?? 0;
    const expected = stale === -1 ? revision + 1 : revision;
    const bytes = binaries[binary]!;
    if (what === "deploy") return store.commit(deploying(plugin, expected, bytes));
    if (what === "redeploy") return store.commit(redeploying(plugin, expected, bytes));
    if (what === "remove") return store.commit(removing(plugin, expected));
    if (what === "prune") return store.prune(plugin, { versions: n, deployments: m });
    if (what === "collect") return store.collect();
    if (what === "append") return store.append(Array.from({ length: n }, () => note(`${m}`, plugin)));
    return store.trimEvents(m);
  };
  const outcome = (work: Promise<unknown>) =>
    work.catch((error: { code?: string; message: string }) => ({ code: error.code, message: error.message }));

  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const place = join(folder, `${++run}`);
      await using memory = createMemoryStore();
      await using sqlite = await openSqliteStore({ folder: place });
      for (const taken of steps) {
        expect(await outcome(take(sqlite, taken))).toEqual(await outcome(take(memory, taken)));
      }
      expect(await dump(sqlite)).toEqual(await dump(memory));
    }),
    { numRuns: 60 },
  );
});
