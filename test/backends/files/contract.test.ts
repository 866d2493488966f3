/** What holds of plugins' files whichever way they are kept. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { UnexpectedData } from "../../../host/backends/backend.ts";
import type { Data } from "../../../host/backends/data.ts";
import type { ServedFiles } from "../../../host/backends/files/file-service.ts";
import { filesDriver } from "../../../host/backends/files/files-driver.ts";
import { MemoryFiles } from "../../../host/backends/files/memory-files.ts";
import { SqliteFiles } from "../../../host/backends/files/sqlite-files.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { refusalOf } from "../../support/thrown.ts";
import { ask, fileServices, plenty, temporaryFolder } from "./services.ts";

const [create, read, write] = [1, 1, 2];

async function opened(files: ServedFiles, path: string, how = create, mode = read | write): Promise<number> {
  const answer = await ask(files, "open", 0, path, how, mode);
  if (!Array.isArray(answer)) throw new Error(String(answer));
  return answer[0] as number;
}

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value);

async function names(files: ServedFiles, path: string): Promise<string[]> {
  const directory = await opened(files, path, 0, read);
  const [lister] = (await ask(files, "list", directory)) as [number];
  const all: string[] = [];
  for (;;) {
    const some = (await ask(files, "next", lister)) as [string, boolean][];
    if (some.length === 0) break;
    all.push(...some.map(([name]) => name));
  }
  await ask(files, "close", lister);
  await ask(files, "close", directory);
  return all.sort();
}

async function sizeOf(files: ServedFiles, path: string): Promise<Data> {
  const facts = await ask(files, "statAt", 0, path);
  return Array.isArray(facts) ? (facts as Data[])[2]! : facts;
}

describe.each(Object.entries(fileServices))("files %s", (_, service) => {
  it("take no room for what nobody wrote, and are zeros there", async () => {
    const files = service().open(plenty);
    const file = await opened(files, "sparse");
    expect(await ask(files, "resize", file, 900_000_000n)).toBe(null);
    expect(await ask(files, "write", file, 800_000_000n, bytes(3))).toBe(3);
    expect(await ask(files, "read", file, 799_999_998n, 8)).toEqual([
      new Uint8Array([0, 0, 7, 7, 7, 0, 0, 0]),
      false,
    ]);
    expect(await ask(files, "resize", file, 800_000_001n)).toBe(null);
    expect(await ask(files, "resize", file, 800_000_004n)).toBe(null);
    expect(await ask(files, "read", file, 800_000_000n, 100)).toEqual([new Uint8Array([7, 0, 0, 0]), true]);
    expect(await ask(files, "resize", file, 2n ** 63n)).toBe("file-too-large");
    expect(await ask(files, "write", file, 2n ** 64n - 1n, bytes(2))).toBe("file-too-large");
    expect(await ask(files, "read", file, 2n ** 64n - 1n, 2)).toEqual([new Uint8Array(0), true]);
  });

  it("refuse what goes beyond their quota, to the byte and to the file", async () => {
    const files = service().open({ ...plenty, quota: { bytes: 100_000, files: 3 } });
    const file = await opened(files, "a");
    const other = await opened(files, "b");
    expect(await ask(files, "write", file, 99_000n, bytes(1_000))).toBe(1_000);
    expect(await ask(files, "append", other, bytes(1))).toBe("quota");
    expect(await ask(files, "write", file, 99_999n, bytes(2))).toBe("quota");
    expect(await ask(files, "read", file, 99_999n, 2)).toEqual([bytes(1), true]);
    expect(await ask(files, "makeDirectory", 0, "d")).toBe(null);
    expect(await ask(files, "makeDirectory", 0, "e")).toBe("quota");
    expect(await ask(files, "open", 0, "f", create, read)).toBe("quota");
    expect(await names(files, ".")).toEqual(["a", "b", "d"]);
    // What is removed while it is open counts until it is closed.
    await ask(files, "unlink", 0, "a");
    expect(await ask(files, "append", other, bytes(1))).toBe("quota");
    await ask(files, "close", file);
    expect(await ask(files, "append", other, bytes(48_000))).toBe(48_000);
    expect(await ask(files, "rename", 0, "d", 0, "c")).toBe(null);
    expect(await ask(files, "makeDirectory", 0, "e")).toBe(null);
  });

  it("give back what was removed while it was open when its cell ends", async () => {
    const kept = service();
    const access = { ...plenty, quota: { bytes: 10, files: 1 } };
    const one = kept.open(access);
    const file = await opened(one, "a");
    await ask(one, "append", file, bytes(10));
    await ask(one, "unlink", 0, "a");
    const two = kept.open(access);
    expect(await ask(two, "open", 0, "b", create, write)).toBe("quota");
    one.end();
    const other = await opened(two, "b");
    expect(await ask(two, "append", other, bytes(10))).toBe(10);
  });

  it("have ids that stay, and don't tell how many others there are", async () => {
    const kept = service();
    const [one, two] = [kept.open(plenty), kept.open({ ...plenty, plugin: "other" })];
    const told = async (files: ServedFiles, path: string) => {
      const [handle, id] = (await ask(files, "open", 0, path, create, read)) as [number, bigint];
      const facts = [await ask(files, "stat", handle), await ask(files, "statAt", 0, path)];
      for (const fact of facts) expect((fact as Data[])[0]).toBe(id);
      return id;
    };
    const [first, foreign, last] = [await told(one, "a"), await told(two, "a"), await told(one, "b")];
    expect(await told(one, "a")).toBe(first);
    // Not by 1 or 2, as they are kept.
    for (const other of [foreign, last])
      expect(other > first ? other - first : first - other).toBeGreaterThan(1_000_000n);
  });

  it("are each plugin's own", async () => {
    const kept = service();
    const one = kept.open({ ...plenty, plugin: "one" });
    const two = kept.open({ ...plenty, plugin: "two" });
    await opened(one, "mine");
    expect(await names(two, ".")).toEqual([]);
    expect(await ask(two, "stat", 1)).toBe("bad-descriptor");
    expect(await kept.kept("one")).toEqual({ bytes: 0, files: 1 });
    expect(await kept.kept("three")).toBe(undefined);
    expect(await kept.forget("one")).toBe(true);
    expect(await kept.kept("one")).toBe(undefined);
    expect(await kept.forget("one")).toBe(false);
    expect(await ask(one, "statAt", 0, "mine")).toBe("no-entry");
    expect(await names(kept.open({ ...plenty, plugin: "one" }), ".")).toEqual([]);
  });

  it("are met once while a directory changes under who lists it", async () => {
    const files = service().open(plenty);
    for (let i = 0; i < 300; i++) await ask(files, "close", await opened(files, `f${1000 + i}`));
    const [lister] = (await ask(files, "list", 0)) as [number];
    const met: string[] = [];
    for (let batch = 0; ; batch++) {
      const some = (await ask(files, "next", lister)) as [string, boolean][];
      if (some.length === 0) break;
      met.push(...some.map(([name]) => name));
      if (batch === 0) for (let i = 150; i < 200; i++) await ask(files, "unlink", 0, `f${1000 + i}`);
    }
    expect(new Set(met).size).toBe(met.length);
    expect(met.length).toBe(250);
  });

  it("lie so deep, and no deeper, however they got there", async () => {
    const files = service().open(plenty);
    const path = (depth: number) => Array.from({ length: depth }, () => "d").join("/");
    for (let depth = 1; depth <= 128; depth++)
      expect(await ask(files, "makeDirectory", 0, path(depth))).toBe(null);
    expect(await ask(files, "makeDirectory", 0, path(129))).toBe("name-too-long");
    expect(await ask(files, "open", 0, `${path(128)}/f`, create, write)).toBe("name-too-long");
    await ask(files, "makeDirectory", 0, "other");
    expect(await ask(files, "rename", 0, "other", 0, `${path(128)}/o`)).toBe("name-too-long");
    expect(await ask(files, "rename", 0, "d", 0, `${path(50)}/o`)).toBe("invalid");
  });

  it("stay where they are mounted, and are not changed where they are mounted to be read", async () => {
    const kept = service();
    const mounts = [
      { at: "/data", readonly: false },
      { at: "/docs/all", readonly: true },
    ];
    await ask(
      kept.open({ ...plenty, mounts: [{ at: "/docs/all", readonly: false }] }),
      "open",
      0,
      "x",
      create,
      write,
    );
    const files = kept.open({ ...plenty, mounts });
    expect(await ask(files, "open", 1, "x", 0, write)).toBe("read-only");
    expect(await ask(files, "open", 1, "x", 0, read | 4)).toBe("read-only");
    expect(await ask(files, "open", 1, "y", create, read)).toBe("read-only");
    expect(await ask(files, "touchAt", 1, "x", true, true)).toBe("read-only");
    expect(await ask(files, "unlink", 1, "x")).toBe("read-only");
    expect(await ask(files, "rename", 1, "x", 0, "x")).toBe("read-only");
    expect(await ask(files, "open", 1, "../../data", 0, read)).toBe("not-permitted");
    expect(await ask(files, "removeDirectory", 0, ".")).toBe("invalid");
    await opened(files, "a");
    expect(await names(kept.open(plenty), ".")).toEqual(["data", "docs"]);
  });

  it("take nothing that their capability would not send", async () => {
    const files = service().open(plenty);
    const wrong: Data[] = [
      null,
      [],
      [1],
      ["toString"],
      ["constructor"],
      ["open"],
      ["open", -1, "a", 0, 0],
      ["open", 0.5, "a", 0, 0],
      ["open", 0, 5, 0, 0],
      ["read", 0, -1n, 5],
      ["read", 0, 5, 5],
      ["write", 0, 0n, "text"],
      ["write", 0, 0n, bytes(48 * 1024 + 1)],
      ["touch", 0, 2n ** 63n, true],
    ];
    for (const request of wrong) await expect(files.perform(request)).rejects.toBeInstanceOf(UnexpectedData);
    expect(await names(files, ".")).toEqual([]);
  });
});

describe("files in memory", () => {
  it("are drawn from the host's heap, given back, and refused where it has no room", async () => {
    const heap = new HeapAccount(100_000);
    const kept = new MemoryFiles(heap);
    const files = kept.open(plenty);
    const file = await opened(files, "a");
    expect(await ask(files, "append", file, bytes(48_000))).toBe(48_000);
    expect(heap.inUse).toBeGreaterThan(48_000);
    expect(await ask(files, "append", file, bytes(48_000))).toBe(48_000);
    expect(await ask(files, "append", file, bytes(48_000))).toBe("insufficient-space");
    expect(await sizeOf(files, "a")).toBe(96_000);
    expect(await ask(files, "resize", file, 0n)).toBe(null);
    expect(heap.inUse).toBeLessThan(10_000);
    await kept.close();
    expect(heap.inUse).toBe(0);
  });
});

/** Keeps what is said on standard error. */
function silenced(said: string[]): Disposable {
  const spy = vi.spyOn(console, "error").mockImplementation((text) => void said.push(String(text)));
  return { [Symbol.dispose]: () => spy.mockRestore() };
}

function madeBy(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

/** Beginning of a program that has files of its own. */
function beginning(file: string): string {
  const module = new URL("../../../host/backends/files/sqlite-files.ts", import.meta.url).href;
  return `
      import { SqliteFiles } from ${JSON.stringify(module)};
      const kept = new SqliteFiles({ file: ${JSON.stringify(file)} });
      const files = kept.open(${JSON.stringify(plenty)});`;
}

function run(program: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
}

describe("files in SQLite", () => {
  it("are there again when the host is, without what was removed while it was open", async () => {
    const file = join(temporaryFolder(), "files.db");
    const first = new SqliteFiles({ file });
    const files = first.open({ ...plenty, quota: { bytes: 100_000, files: 2 } });
    const a = await opened(files, "a");
    await ask(files, "append", a, bytes(40_000));
    const b = await opened(files, "b");
    await ask(files, "append", b, bytes(40_000));
    await ask(files, "unlink", 0, "b");
    await first.close();
    const second = new SqliteFiles({ file });
    const again = second.open({ ...plenty, quota: { bytes: 100_000, files: 2 } });
    expect(await names(again, ".")).toEqual(["a"]);
    expect(await ask(again, "read", await opened(again, "a"), 39_999n, 10)).toEqual([bytes(1), true]);
    expect(await ask(again, "append", await opened(again, "c"), bytes(48_000))).toBe(48_000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await second.close();
  });

  it("go on being read and removed on a full disk, and written once there is room", async () => {
    const file = join(temporaryFolder(), "files.db");
    const kept = new SqliteFiles({ file, maxBytes: 1_000_000 });
    const files = kept.open(plenty);
    await opened(files, "whole");
    expect(existsSync(file.replace(".db", ".reserve"))).toBe(true);
    const large = await opened(files, "large");
    let refused: Data = null;
    for (let i = 0; i < 100 && refused === null; i++) {
      const answer = await ask(files, "append", large, bytes(40_000));
      if (answer !== 40_000) refused = answer;
      else if ((await ask(files, "sync", large)) !== null) refused = "insufficient-space";
    }
    expect(refused).toBe("insufficient-space");
    expect(await names(files, ".")).toEqual(["large", "whole"]);
    expect(await ask(files, "read", large, 0n, 5)).toEqual([bytes(5), false]);
    expect(await kept.forget("p")).toBe(true);
    expect(await kept.kept("p")).toBeUndefined();
    const again = kept.open(plenty);
    const next = await opened(again, "next");
    expect(await ask(again, "append", next, bytes(40_000))).toBe(40_000);
    expect(await ask(again, "sync", next)).toBe(null);
    await kept.close();
  });

  it("leave nobody the files of another plugin where the disk has failed", async () => {
    const file = join(temporaryFolder(), "files.db");
    const first = new SqliteFiles({ file });
    for (const plugin of ["a", "b"]) await opened(first.open({ ...plenty, plugin }), "there");
    await first.close();
    // As SQLite does it by itself, when it can't write to its log: all that is not durable is undone.
    const failing = "WHEN NEW.name = 'failing' BEGIN SELECT RAISE(ROLLBACK, 'failing'); END";
    madeBy(file, `CREATE TRIGGER failing BEFORE INSERT ON entries ${failing}`);
    const second = new SqliteFiles({ file });
    const [files, others] = ["a", "b"].map((plugin) => second.open({ ...plenty, plugin }));
    await ask(files!, "sync", 0);
    await ask(others!, "sync", 0);
    const lost = await opened(files!, "lost");
    await expect(ask(files!, "open", 0, "failing", create, write)).rejects.toThrow("failed");
    const secret = await opened(others!, "secret");
    await ask(others!, "append", secret, bytes(5));
    expect(await ask(files!, "read", lost, 0n, 5)).toBe("no-entry");
    expect(await ask(files!, "append", lost, bytes(5))).toBe("no-entry");
    await ask(files!, "close", lost);
    expect(await ask(others!, "read", secret, 0n, 9)).toEqual([bytes(5), true]);
    expect(await names(files!, ".")).toEqual(["there"]);
    await second.close();
  });

  it.each([
    ["is something else", (file: string) => writeFileSync(file, "x".repeat(10_000)), "store-corrupt"],
    ["is another database", (file: string) => madeBy(file, "CREATE TABLE t (x)"), "store-corrupt"],
    [
      "is a newer Hotcell's",
      (file: string) => madeBy(file, `PRAGMA application_id = ${0x48_6f_74_46}; PRAGMA user_version = 999`),
      "store-too-new",
    ],
    ["is a folder", (file: string) => mkdirSync(file), "store-unavailable"],
  ])("are refused where their file %s, and stay as they are", async (_, make, code) => {
    const file = join(temporaryFolder(), "files.db");
    make(file);
    const kept = new SqliteFiles({ file });
    for (let i = 0; i < 2; i++) {
      const refusal = await refusalOf(kept.open(plenty).perform(["stat", 0]));
      expect([refusal.code, refusal.facts.subject, typeof refusal.facts.remedy]).toEqual([
        code,
        file,
        "string",
      ]);
    }
    expect((await refusalOf(kept.kept("p"))).code).toBe(code);
    await kept.close();
  });

  it("tell a guest no more than a code where their file is damaged", async () => {
    const file = join(temporaryFolder(), "files.db");
    writeFileSync(file, "x".repeat(10_000));
    const driver = filesDriver(new SqliteFiles({ file }));
    const settings = { quota: plenty.quota, mounts: plenty.mounts };
    const said: string[] = [];
    using _ = silenced(said);
    const backend = driver.bind({ plugin: "p", settings, sent: undefined, count() {} } as never);
    const answers: Data[] = [];
    const asked: Data[] = [
      ["stat", 0],
      ["statAt", 0, "a"],
    ];
    await backend.open!("files", null, {
      receive: async () => asked.shift(),
      send: async (answer: Data) => void answers.push(answer),
    } as never);
    expect(answers).toEqual([{ error: "io" }, { error: "io" }]);
    expect(said.join("")).toContain(file);
    await driver.close!();
  });

  it("have the same ids after a restart, and other ones in another file", async () => {
    const [file, elsewhere] = [join(temporaryFolder(), "files.db"), join(temporaryFolder(), "files.db")];
    const ids: Data[] = [];
    for (const each of [file, file, elsewhere]) {
      const kept = new SqliteFiles({ file: each });
      ids.push(((await ask(kept.open(plenty), "stat", 0)) as Data[])[0]!);
      await kept.close();
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    // A file of before there was a key.
    const db = new DatabaseSync(file);
    db.exec("DROP TABLE id_key; PRAGMA user_version = 1");
    db.close();
    const migrated = new SqliteFiles({ file });
    expect(await ask(migrated.open(plenty), "stat", 0)).toEqual([
      expect.any(BigInt),
      ...Array(6).fill(expect.anything()),
    ]);
    await migrated.close();
  });

  it("end with their host, which has nothing else to wait for", () => {
    const program = `${beginning(join(temporaryFolder(), "files.db"))}
      await files.perform(["stat", 0]);
      await kept.close();
      console.log("closed");`;
    expect(run(program)).toBe("closed\n");
  });

  it("have what was made durable after their process was killed", async () => {
    const file = join(temporaryFolder(), "files.db");
    const program = `${beginning(file)}
      const [handle] = await files.perform(["open", 0, "a", 1, 3]);
      for (let i = 0; i < 50; i++) await files.perform(["append", handle, new Uint8Array(40_000).fill(i)]);
      await files.perform(["open", 0, "removed", 1, 3]);
      await files.perform(["unlink", 0, "removed"]);
      await files.perform(["sync", handle]);
      process.kill(process.pid, "SIGKILL");`;
    expect(() => run(program)).toThrow("SIGKILL");
    const kept = new SqliteFiles({ file });
    const files = kept.open(plenty);
    expect(await names(files, ".")).toEqual(["a"]);
    expect(await sizeOf(files, "a")).toBe(2_000_000);
    expect(await ask(files, "read", await opened(files, "a"), 1_999_999n, 1)).toEqual([bytes(1, 49), true]);
    await kept.close();
  });
});
