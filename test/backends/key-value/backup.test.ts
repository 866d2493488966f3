/** A backup of a host that runs, and a host that starts from it: what plugins keep is in it. */
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createHost } from "../../../host/host.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { drafts } from "./kv-guest.ts";

const folder = await mkdtemp(join(tmpdir(), "hotcell-backup-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
afterAll(removeTemporaryFolders);
const wasm = await drafts["0.2.0-draft2"]();
const text = (value: string) => Buffer.from(value).toString("base64");

/** A folder with nothing but the copy, as the store's file. */
async function restored(copy: string, name: string): Promise<string> {
  const data = join(folder, name);
  await mkdir(data);
  await rename(copy, join(data, "hotcell.db"));
  return data;
}

it("has the values that were kept when it was made, in one file", async () => {
  const data = join(folder, "first");
  const copy = join(folder, "copy.db");
  const host = await createHost({ data, log: () => {} });
  await host.registry.deploy("guest", wasm, { grant: ["kv"] });
  const set = (key: string) => host.registry.callJson("guest", "set", ["default", key, text(key)]);
  for (let i = 0; i < 20; i++) await set(`k${i}`);
  await host.registry.callJson("guest", "setLarge", ["default", "large", 500_000]);
  const writing = Promise.all(Array.from({ length: 50 }, (_, i) => set(`during ${i}`)));
  await host.store.backup(copy);
  await writing;
  await set("afterwards");
  await host.close();

  const again = await createHost({ data: await restored(copy, "second"), log: () => {} });
  const get = (key: string) => again.registry.callJson("guest", "get", ["default", key]);
  expect(await get("k7")).toBe(text("k7"));
  expect(Buffer.from((await get("large")) as string, "base64")).toHaveLength(500_000);
  expect(await get("afterwards")).toBeNull();
  await again.registry.callJson("guest", "set", ["default", "new", ""]);
  await again.close();
  // What was packed is packed no more: the next start finds the file as it is then.
  const third = await createHost({ data: join(folder, "second"), log: () => {} });
  expect(await third.registry.callJson("guest", "exists", ["default", "new"])).toBe(true);
  const other = join(folder, "other.db");
  await third.store.backup(other);
  await third.close();

  const fourth = await createHost({ data: await restored(other, "third"), log: () => {} });
  expect(await fourth.registry.callJson("guest", "exists", ["default", "new"])).toBe(true);
  await fourth.close();
});

it("is of a folder without values too: those that stand there are kept aside, and are nobody's", async () => {
  const data = join(folder, "without");
  const host = await createHost({ data, log: () => {} });
  await host.registry.deploy("guest", wasm, { grant: ["kv", "files"] });
  const empty = join(folder, "empty.db");
  await host.store.backup(empty);
  await host.registry.callJson("guest", "set", ["default", "a", text("later")]);
  await host.close();
  expect(await readdir(data)).toContain("key-value.db");
  writeFileSync(join(data, "files.db"), "of another time");
  await rename(empty, join(data, "hotcell.db"));
  const again = await createHost({ data, log: () => {} });
  expect(await again.registry.callJson("guest", "exists", ["default", "a"])).toBe(false);
  await again.registry.callJson("guest", "set", ["default", "b", text("new")]);
  await again.close();
  const there = await readdir(data);
  expect(there).toEqual(expect.arrayContaining(["key-value.db.before-1", "files.db.before-1"]));
  // Once, and not at each start.
  await (await createHost({ data, log: () => {} })).close();
  expect((await readdir(data)).filter((name) => name.includes(".before-")).sort()).toEqual(
    there.filter((name) => name.includes(".before-")).sort(),
  );
});

it("takes the place of values that stand there, and these are kept aside", async () => {
  const data = join(folder, "aside");
  const host = await createHost({ data, log: () => {} });
  await host.registry.deploy("guest", wasm, { grant: ["kv"] });
  await host.registry.callJson("guest", "set", ["default", "a", text("before")]);
  await host.store.backup(join(folder, "before.db"));
  await host.registry.callJson("guest", "set", ["default", "a", text("after")]);
  await host.close();
  await rename(join(folder, "before.db"), join(data, "hotcell.db"));
  const again = await createHost({ data, log: () => {} });
  expect(await again.registry.callJson("guest", "get", ["default", "a"])).toBe(text("before"));
  await again.close();
  expect(await readdir(data)).toContain("key-value.db.before-1");
});
