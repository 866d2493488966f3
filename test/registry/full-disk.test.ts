/** A disk that is really full: a small file system of its own, in a namespace of its own. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import { bytesOf, deployAll, deploying, digestOf, removing } from "../support/commits.ts";
import { refusalOf } from "../support/thrown.ts";

const script = fileURLToPath(new URL("full-disk-process.ts", import.meta.url));

/** Root may mount where it is; everybody else as root of a user namespace. */
const namespaces = [["--mount"], ["--user", "--map-root-user", "--mount"]];

it.each([48, 12])(
  "lets calls, reads, removals, revocations and restarts go on, and uploads once there is room: %i MiB",
  async (mebibytes) => {
    const disk = await mkdtemp(join(tmpdir(), "hotcell-disk-"));
    const size = mebibytes * 1024 * 1024;
    const mount = `mount -t tmpfs -o size=${size} tmpfs "$1"`;
    const namespace = namespaces.find(
      (flags) => spawnSync("unshare", [...flags, "sh", "-c", mount, "sh", disk]).status === 0,
    );
    expect(namespace, "this machine lets nobody mount a file system").toBeDefined();
    const child = spawn(
      "unshare",
      [
        ...namespace!,
        "sh",
        "-c",
        `${mount} && exec "$2" "$3" "$1" ${size}`,
        "sh",
        disk,
        process.execPath,
        script,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await rm(disk, { recursive: true });
    expect(stdout, stderr).not.toBe("");
    expect(JSON.parse(stdout), stderr).toMatchObject({
      full: "store-full",
      uploaded: true,
      left: 0,
      upload: "store-full",
      call: "1",
      list: true,
      history: "done",
      binary: "done",
      revoke: "done",
      remove: "done",
      removeAnother: "done",
      uploadAfterwards: "done",
      leftAgain: 0,
      callAgain: "1",
      removeAgain: "done",
      damaged: 0,
      names: false,
      withRoom: "done",
    });
  },
);

it("leaves the same way out of a limit on the file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-limit-"));
  await using store = await openSqliteStore({ folder, maxBytes: 1_000_000 });
  const version = (i: number) => bytesOf(`v${i}`, 50_000 + i);
  const filling = async () => {
    for (let i = 0; ; i++) await deployAll(store, `p${i}`, [version(i)]);
  };
  const full = await refusalOf(filling());
  expect(full).toMatchObject({ code: "store-full", facts: { remedy: expect.stringContaining("DELETE") } });
  // To the last page.
  let events = 0;
  const noting = async () => {
    for (; ; events++) await store.append([{ at: "now", kind: "log", data: "x".repeat(3000) }]);
  };
  expect((await refusalOf(noting())).code).toBe("store-full");
  expect(await store.commit(removing("p0", 1))).toMatchObject({ revision: 2 });
  expect(await store.prune("p0", { versions: 0, deployments: 0 })).toBe(1);
  expect((await store.collect()).versions).toBe(1);
  expect(await store.trimEvents(0)).toBeGreaterThan(events);
  await store.commit(deploying("again", 0, version(0)));
  expect(await store.binary(digestOf(version(0)))).toEqual(version(0));
  // The limit holds again.
  expect((await refusalOf(filling())).code).toMatch(/store-full|stale-revision/);
  await rm(folder, { recursive: true });
});
