/** Locks that a process has on a file of SQLite's: none is given up by opening the file once more. */
import { spawn } from "node:child_process";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, it } from "vitest";
import { makePrivate } from "../../host/sqlite/private-file.ts";
import { SqliteFile } from "../../host/sqlite/sqlite-file.ts";

const folder = await mkdtemp(join(tmpdir(), "hotcell-locks-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (file: string) =>
  new SqliteFile({
    ...{ file, maxBytes: undefined, busyTimeout: 1_000 },
    schema: { what: "a test's file", applicationId: 7, steps: ["CREATE TABLE t (n INTEGER) STRICT"] },
  });

/** Another process, which takes the file for itself where nobody has it open as far as the kernel knows: both would write to it then. */
async function visit(file: string): Promise<string> {
  const script = `
    const db = new (require("node:sqlite").DatabaseSync)(process.argv[1], { timeout: 0 });
    try {
      db.exec("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM t");
      console.log("alone");
    } catch (error) {
      console.log(error.message);
    }`;
  const child = spawn(process.execPath, ["-e", script, file], { stdio: ["ignore", "pipe", "inherit"] });
  return (await text(child.stdout)).trim();
}

it("keep others from having it alone while it is opened in the same process again", async () => {
  const file = join(folder, "twice.db");
  const first = open(file);
  const write = () => first.write({ durable: false }, () => first.run("INSERT INTO t VALUES (1)"));
  write();
  const second = open(file);
  expect(await visit(file)).toBe("database is locked");
  write();
  expect(second.all("SELECT n FROM t")).toHaveLength(2);
  second.close();
  expect(await visit(file)).toBe("database is locked");
  first.close();
  expect(await visit(file)).toBe("alone");
});

it("are nobody's when a file is made, which only its user can read, and nothing is left beside it", async () => {
  const file = join(folder, "made.db");
  makePrivate(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, "kept");
  chmodSync(file, 0o640);
  makePrivate(file);
  expect([statSync(file).size, statSync(file).mode & 0o777]).toEqual([4, 0o640]);
  expect((await readdir(folder)).filter((name) => name.startsWith("made"))).toEqual(["made.db"]);
});
