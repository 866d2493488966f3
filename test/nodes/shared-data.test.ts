/** Hosts on one data folder that share it: what is theirs besides the cells that hosts call of one another. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { buildFilingGuest } from "../guests/filing-guest.ts";
import { passing, tax } from "../guests/linked-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";
import { hostsOfFolder } from "./hosts-of-folder.ts";

afterAll(removeTemporaryFolders);

const hosts = hostsOfFolder();

const { start } = hosts;

it("have the files of plugins with one host, and values by key with all", async () => {
  const [one, other] = [await start(), await start()];
  const filing = (host: Host, name: string, ...args: unknown[]) =>
    host.registry.callJson("filing", name, args);
  await one.registry.deploy("filing", await buildFilingGuest(), { settings: { grants: { files: {} } } });
  const settings = { grants: { kv: {} } };
  await other.registry.deploy("counted", exampleWasm("counter-kv"), { settings });
  for (const name of ["filing", "counted"])
    for (const host of [one, other]) await until(() => host.registry.revision(name) === 1);
  await filing(one, "write", "a.txt", "one", 0);
  expect(await filing(other, "read", "a.txt")).toBe("one");
  await filing(other, "write", "b.txt", "two", 0);
  expect(await filing(one, "read", "b.txt")).toBe("two");
  const counts = [one, other, one, other].map((host) =>
    host.registry.callJson("counted", "increment", ["n", 1]),
  );
  expect((await Promise.all(counts)).map(Number).sort()).toEqual([1, 2, 3, 4]);
  await one.close();
  expect(await filing(other, "read", "b.txt")).toBe("two");
  await filing(other, "write", "c.txt", "three", 0);
  expect(await filing(other, "read", "a.txt")).toBe("one");
  expect(await filing(other, "read", "c.txt")).toBe("three");
});

it("let nobody else read what they keep for one another, whatever becomes of the folder's mode", async () => {
  await start();
  const folder = join(hosts.data, "nodes");
  const kept = (await readdir(folder)).filter((name) => name.includes(".db"));
  expect(kept).toEqual(expect.arrayContaining(["leases.db", "states.db", "states.db-wal"]));
  for (const name of kept) expect([name, (await stat(join(folder, name))).mode & 0o077]).toEqual([name, 0]);
});

it("start a plugin with files where the others' are, though nobody has called it there", async () => {
  const [one, other] = [await start(), await start()];
  const filing = (host: Host, plugin: string, name: string, ...args: unknown[]) =>
    host.registry.callJson(plugin, name, args);
  const settings = { grants: { files: {} } };
  await one.registry.deploy("first", await buildFilingGuest(), { settings });
  await filing(one, "first", "write", "a.txt", "one", 0);
  await other.registry.deploy("second", await buildFilingGuest(), { settings });
  await filing(other, "second", "write", "b.txt", "two", 0);
  expect(await filing(one, "second", "read", "b.txt")).toBe("two");
});

it("end calls that go round by links which both hosts made at once", async () => {
  const [one, other] = [await start(), await start()];
  const linkedTo = (plugin: string) =>
    ({ mode: "shared", grants: { plugins: { "acme:tax/rates": plugin } } }) as const;
  const agree = (plugin: string) =>
    until(() => one.registry.revision(plugin) === other.registry.revision(plugin));
  const link = (host: Host, plugin: string, to: string) =>
    host.registry.configure(plugin, linkedTo(to), { allowStateLoss: true });
  await one.registry.deploy("tax", await tax());
  await one.registry.deploy("a", await passing(), { settings: linkedTo("tax") });
  await agree("tax");
  await other.registry.deploy("b", await passing(), { settings: linkedTo("tax") });
  // Neither knows of the other's link when it makes its own.
  await until(async () => {
    await agree("a");
    await agree("b");
    const made = await Promise.allSettled([link(one, "a", "b"), link(other, "b", "a")]);
    if (made.every(({ status }) => status === "fulfilled")) return true;
    await Promise.all([link(one, "a", "tax"), link(other, "b", "tax")]);
    return false;
  });
  await agree("a");
  await agree("b");
  for (const host of [one, other])
    for (const plugin of ["a", "b"])
      expect((await refusalOf(host.registry.callJson(plugin, "rates/echo", ["hello"]))).code).toBe(
        "link-failed",
      );
});

it("is for hosts that all do so, in a folder on a disk of this machine", async () => {
  await using alone = await createHost({ data: hosts.data, log: () => {} });
  await expect(createHost({ data: hosts.data, shareData: true })).rejects.toMatchObject({
    code: "data-in-use",
  });
  await alone.close();
  const one = await start();
  await expect(createHost({ data: hosts.data })).rejects.toMatchObject({ code: "data-in-use" });
  await start();
  expect(hosts.said.mock.calls.flat().join()).toContain(`shared with process ${process.pid}`);
  await one.close();
  await expect(createHost({ data: hosts.data })).rejects.toMatchObject({ code: "data-in-use" });
  await expect(createHost({ shareData: true })).rejects.toMatchObject({ code: "bad-settings" });
  const long = join(hosts.data, "a".repeat(80));
  await expect(createHost({ data: long, shareData: true })).rejects.toMatchObject({ code: "bad-settings" });
});
