/** Backups of a data folder that several hosts share: states of its plugins are in them. */
import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { SqliteStates } from "../../host/nodes/sqlite-states.ts";
import { version } from "../guests/obedient.ts";
import { killRunning, Lines, startHotcell } from "../support/cli.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";
import { hostsOfFolder } from "./hosts-of-folder.ts";

afterAll(removeTemporaryFolders);
afterEach(killRunning);

const hosts = hostsOfFolder();

const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), "hotcell-restored-"));
  hosts.opened.defer(() => rm(made, { recursive: true }));
  return made;
};
const token = { authorization: "Bearer t" };

it("have states as they were kept last, for hosts that share the folder of the copy and begin on it at once", async () => {
  const host = await hosts.start();
  await host.registry.deploy("guest", await version(1), { settings: { state: { every: "1s" } } });
  expect(await host.registry.callJson("guest", "add", [7])).toBe(7);
  const kept = () => {
    const db = new DatabaseSync(join(hosts.data, "nodes", "states.db"), { readOnly: true });
    try {
      const row = db.prepare("SELECT bytes FROM states WHERE plugin = 'guest'").get() as
        | { bytes: Uint8Array | null }
        | undefined;
      return row?.bytes ? Buffer.from(row.bytes).toString() : undefined;
    } finally {
      db.close();
    }
  };
  await until(() => kept() === "7");
  const copy = join(await folder(), "copy.db");
  await host.store.backup(copy);

  const restored = await folder();
  await copyFile(copy, join(restored, "hotcell.db"));
  // As somebody has it who tries the copy in a folder that was used: no state of another time is taken.
  const other = new SqliteStates(restored);
  await other.take("guest", 9);
  await other.put("guest", 9, { version: "sha256:other", bytes: Buffer.from("99") });
  other[Symbol.dispose]();
  const starting = [0, 1, 2].map(async () => {
    const line = ["serve", "--port", "0", "--share-data", "--data", restored, "--token", "t"];
    const [url = ""] = /http:\S+/.exec((await new Lines(startHotcell(line)).until(/listens on/)).at(-1)!)!;
    return url;
  });
  const urls = await Promise.all(starting);
  let sum = 7;
  for (const url of urls) {
    const answer = await fetch(`${url}/call/guest/add?by=1`, { method: "GET", headers: token });
    sum++;
    expect([answer.status, await answer.text()]).toEqual([200, `${sum}`]);
  }
  const files = await readdir(join(restored, "nodes"));
  expect(files.filter((name) => name.startsWith("states.db.before-1")).length).toBeGreaterThan(0);
  expect((await stat(join(restored, "nodes", "states.db"))).mode & 0o077).toBe(0);
});

it("of a Hotcell that had no states in them are restored", async () => {
  const host = await hosts.start();
  await host.registry.deploy("guest", await version(1));
  const copy = join(await folder(), "copy.db");
  await host.store.backup(copy);
  const db = new DatabaseSync(copy);
  db.exec("DELETE FROM packed WHERE name = 'nodes/states.db'");
  db.close();
  const restored = await folder();
  await copyFile(copy, join(restored, "hotcell.db"));
  await using one = await createHost({ data: restored, shareData: true, log: () => {} });
  expect(await one.registry.callJson("guest", "add", [2])).toBe(2);
});
