/** Buckets as plugins of a host have them: inline and in processes, by both drafts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusalOf } from "../../support/thrown.ts";
import { drafts } from "./kv-guest.ts";

afterAll(removeTemporaryFolders);
const host: Host = await createHost({ log: () => {} });
afterAll(() => host.close());
const { registry } = host;
const wasm = { "0.2.0-draft": await drafts["0.2.0-draft"](), "0.2.0-draft2": await drafts["0.2.0-draft2"]() };

const text = (value: string) => Buffer.from(value).toString("base64");
const call = (plugin: string, name: string, ...args: unknown[]) => registry.callJson(plugin, name, args);
const refused = async (plugin: string, name: string, ...args: unknown[]) =>
  (await refusalOf(call(plugin, name, ...args))).facts.extra?.payload;

const settingsOf = (placement: "inline" | "process", mode: "shared" | "fresh"): SettingsInput => ({
  placement,
  mode,
  grants: {
    kv: { buckets: { default: {}, other: {}, fixed: { readonly: true } }, bytes: 10_000, keys: 1_500 },
  },
});

const places = [
  ["inline", "shared", "0.2.0-draft"],
  ["inline", "fresh", "0.2.0-draft2"],
  ["process", "shared", "0.2.0-draft2"],
  ["process", "fresh", "0.2.0-draft"],
] as const;

describe.each(places)("a plugin placed %s, in mode %s, by %s", (placement, mode, draft) => {
  const plugin = `${placement}-${mode}`;

  it("is deployed", async () => {
    const settings = settingsOf(placement, mode);
    expect(await registry.deploy(plugin, wasm[draft], { settings })).toMatchObject({ outcome: "created" });
  });

  it("reads what it wrote, also from another cell, and no more once it is deleted", async () => {
    expect(await call(plugin, "get", "default", "a")).toBeNull();
    expect(await call(plugin, "exists", "default", "a")).toBe(false);
    await call(plugin, "set", "default", "a", text("one"));
    expect(await call(plugin, "get", "", "a")).toBe(text("one"));
    expect(await call(plugin, "exists", "default", "a")).toBe(true);
    expect(await call(plugin, "get", "other", "a")).toBeNull();
    await call(plugin, "remove", "default", "a");
    expect(await call(plugin, "get", "default", "a")).toBeNull();
  });

  it("is told which buckets there are not, and which it may not write to", async () => {
    expect(await refused(plugin, "get", "none", "a")).toBe("no-such-store");
    expect(await refused(plugin, "get", "__proto__", "a")).toBe("no-such-store");
    expect(await refused(plugin, "set", "fixed", "a", "")).toBe("access-denied");
    expect(await refused(plugin, "add", "fixed", "a", draft === "0.2.0-draft" ? 1 : 1)).toBe("access-denied");
    expect(await call(plugin, "get", "fixed", "a")).toBeNull();
  });

  it("adds, from many callers at once", async () => {
    const sums = await Promise.all(Array.from({ length: 50 }, () => call(plugin, "add", "default", "n", 2)));
    expect(sums.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i + 2));
    expect(await call(plugin, "get", "default", "n")).toBe(text("100"));
    await call(plugin, "set", "default", "t", text("ten"));
    expect(await refused(plugin, "add", "default", "t", 1)).toMatch(/no whole number/);
  });

  it("reads, writes and deletes many keys at once", async () => {
    const entries = Array.from({ length: 1_200 }, (_, i) => [`k${i}`, text(`${i}`)]);
    await call(plugin, "setAll", entries);
    expect(await call(plugin, "getAll", ["k7", "none", "k1199"])).toEqual([
      ["k7", text("7")],
      null,
      ["k1199", text("1199")],
    ]);
    expect(Number(await call(plugin, "countKeys", "default"))).toBe(1_202);
    await call(
      plugin,
      "deleteAll",
      entries.map(([key]) => key),
    );
    expect(Number(await call(plugin, "countKeys", "default"))).toBe(2);
  });

  it("is told of each limit what it is and what it came to", async () => {
    expect(await refused(plugin, "setLarge", "default", "l", 600_000)).toBe(
      "A value has 600000 bytes; it may have 524288 (grants.kv.valueBytes).",
    );
    expect(await refused(plugin, "setLargeKey", 2_000)).toBe(
      "A key has 2000 bytes; it may have 1024 (grants.kv.keyBytes).",
    );
    expect(await refused(plugin, "setLarge", "other", "l", 20_000)).toMatch(
      /^The plugin's buckets would have 20\d\d\d bytes; they may have 10000 \(grants\.kv\.bytes\)\.$/,
    );
    const many = Array.from({ length: 1_600 }, (_, i) => [`${i}`, ""]);
    expect(await refused(plugin, "setAll", many)).toMatch(
      /1602 keys; they may have 1500 \(grants\.kv\.keys\)/,
    );
    expect(Number(await call(plugin, "countKeys", "default"))).toBe(2);
  });

  it("is refused a cursor that no listing gave", async () => {
    const forged =
      draft === "0.2.0-draft" ? [1, "18446744073709551615"] : ["", "7", "x", "9".repeat(40), "-1"];
    for (const cursor of forged)
      expect(await refused(plugin, "listFrom", cursor), `${cursor}`).toMatch(/cursor is none/);
  });

  if (draft === "0.2.0-draft2") {
    it("swaps by what it has seen, and gets a handle to try again with", async () => {
      const tries = await Promise.all(
        Array.from({ length: 8 }, (_, i) => call(plugin, "append", "text", String(i))),
      );
      expect(tries).toHaveLength(8);
      const appended = Buffer.from((await call(plugin, "get", "", "text")) as string, "base64").toString();
      expect([...appended].sort().join("")).toBe("01234567");
      expect(await call(plugin, "overtaken", "o")).toBe(true);
      expect(Buffer.from((await call(plugin, "get", "", "o")) as string, "base64")).toHaveLength(3);
    });
  }

  it("keeps all that when its cells are replaced", async () => {
    await registry.configure(plugin, { limits: { memory: 32 << 20 } }, { allowStateLoss: true });
    expect(await call(plugin, "get", "default", "n")).toBe(text("100"));
  });

  it("tells its owner what it did", () => {
    const { reach } = registry.details(plugin).counters as { reach?: Record<string, Record<string, number>> };
    expect(reach?.kv).toEqual({
      reads: expect.any(Number),
      writes: expect.any(Number),
      refused: expect.any(Number),
    });
  });
});

it("is removed with its data, or they stay", async () => {
  const { "0.2.0-draft2": guest } = wasm;
  const options = { settings: settingsOf("inline", "shared") };
  await registry.deploy("leaving", guest, options);
  await call("leaving", "set", "default", "a", text("kept"));
  expect(await refusalOf(registry.remove("leaving"))).toMatchObject({
    code: "data-kept",
    message: "leaving has data: 1 key in 1 bucket.",
  });
  await registry.remove("leaving", { keepData: true });
  await registry.deploy("leaving", guest, options);
  expect(await call("leaving", "get", "default", "a")).toBe(text("kept"));
  await registry.remove("leaving", { keepData: false });
  await registry.deploy("leaving", guest, options);
  expect(await call("leaving", "get", "default", "a")).toBeNull();
  await registry.remove("leaving");
});

it("is refused where Node can't suspend a plugin", async () => {
  const { Suspending } = WebAssembly;
  Reflect.deleteProperty(WebAssembly, "Suspending");
  try {
    const refusal = await refusalOf(registry.deploy("old", wasm["0.2.0-draft"], { grant: ["kv"] }));
    expect(refusal).toMatchObject({
      code: "unsupported-feature",
      facts: {
        remedy: expect.stringContaining("Node 24 from 24.20 on"),
        subject: expect.stringContaining("wasi:keyvalue/store@0.2.0-draft#[method]bucket."),
      },
    });
  } finally {
    Object.assign(WebAssembly, { Suspending });
  }
});

it("is refused what takes more room than a host's owner gives all plugins together, and goes on with less", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-kv-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  await using small = await createHost({ data, kvDisk: 1024 * 1024, log: () => {} });
  const settings: SettingsInput = { grants: { kv: { buckets: { default: {} } } } };
  for (const name of ["one", "other"]) await small.registry.deploy(name, wasm["0.2.0-draft2"], { settings });
  const set = (plugin: string, key: string) =>
    small.registry.callJson(plugin, "setLarge", ["default", key, 400_000]);
  await set("one", "a");
  await set("other", "a");
  const { facts } = await refusalOf(set("other", "b"));
  expect(facts.extra?.payload).toBe("The host's key-value store has no room left.");
  await small.registry.callJson("one", "remove", ["default", "a"]);
  await set("other", "b");
});
