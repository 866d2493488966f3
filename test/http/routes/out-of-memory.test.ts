/** Plugins that meet the limit of their memory, wherever they do: what clients are told, and what is counted. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { component } from "../../guests/small-plugins.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";
import { startTestHost } from "../../support/test-host.ts";

const host = await startTestHost();
afterAll(async () => {
  expect(host.faults).toEqual([]);
  await host.close();
  await removeTemporaryFolders();
});

const MiB = 1024 * 1024;
const memory = 4 * MiB;

/** Keeps what it is given, and makes what it is asked to. */
let keeper: Uint8Array;
/** The same, and more to begin with. */
let large: Uint8Array;
beforeAll(async () => {
  const source = (before: string) => `${before}
    const kept: Uint8Array[] = [];
    export function keep(bytes: Uint8Array): u32 { kept.push(bytes); return kept.length; }
    export function make(mebibytes: u32): u32 { kept.push(new Uint8Array(mebibytes << 20)); return kept.length; }
    export function most(): u32 { return new Uint8Array(0x40000000 - 4).length; }
    export function careful(index: i32): u8 { return memory.grow(4096) < 0 ? StaticArray.fromArray<u8>([1])[index] : 0; }`;
  const wit = `package t:keeper; world keeper {
    export keep: func(bytes: list<u8>) -> u32;
    export make: func(mebibytes: u32) -> u32;
    export most: func() -> u32;
    export careful: func(index: s32) -> u8;
  }`;
  const build = (before: string) =>
    buildComponent({
      files: { "wit/world.wit": wit, "assembly/index.ts": source(before) },
      options: ["-O1"],
    });
  keeper = await build("");
  large = await build(
    "const large = new Uint8Array(3 << 20); export function unused(): void { large.fill(1); }",
  );
});

async function deploy(bytes: Uint8Array, settings: object, checks?: object) {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(bytes)]), "keeper.wasm");
  form.set("settings", JSON.stringify(settings));
  if (checks) form.set("checks", JSON.stringify(checks));
  return host.send("PUT", "/plugins/keeper?allow-breaking&allow-state-loss", { body: form });
}

function withoutChecks(): FormData {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(keeper)]), "keeper.wasm");
  form.set("checks", "null");
  return form;
}

const patch = (settings: object) =>
  host.send("PATCH", "/plugins/keeper", {
    body: JSON.stringify(settings),
    headers: { "content-type": "application/json" },
  });

const counters = async () => (await host.send("GET", "/plugins/keeper")).json.counters;
const times = async () => (await counters()).limits["out-of-memory"] ?? 0;

describe.each([
  { placement: "inline", engine: "direct", mode: "shared" },
  { placement: "inline", engine: "direct", mode: "fresh" },
  { placement: "process", engine: "direct", mode: "shared" },
  { placement: "process", engine: "jco", mode: "shared" },
])("$placement, $engine, $mode: a plugin that meets limits.memory", (settings) => {
  it("in a call is told so, with the limit and what it asked for, and it is counted", async () => {
    await deploy(keeper, { ...settings, limits: { memory } });
    const before = await counters();
    const answer = await host.call("keeper/make", [8]);
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      code: "out-of-memory",
      title: "The plugin ran out of memory",
      subject: "make",
      setting: "limits.memory",
      limit: memory,
      plugin: "keeper",
      function: "make",
      had: expect.any(Number),
      asked: expect.any(Number),
      remedy: "Use less in one call, or raise limits.memory in its settings.",
    });
    expect(answer.json.detail).toMatch(
      /^keeper ran out of memory while calling "make": it had \d+ bytes and asked for \d+ more, but limits\.memory is 4194304\. Then it ended: unreachable, in make \(assembly\/index\.ts:\d+\)\.$/,
    );
    expect(answer.json.asked).toBeGreaterThan(8 * MiB);
    expect(answer.json.actual).toBe(answer.json.had + answer.json.asked);
    const after = await counters();
    expect([after.limits["out-of-memory"], after.traps]).toEqual([
      (before.limits["out-of-memory"] ?? 0) + 1,
      before.traps + 1,
    ]);
    // The remedy works.
    expect((await patch({ limits: { memory: 32 * MiB } })).status).toBe(200);
    expect((await host.call("keeper/make", [8])).json).toBe(1);
  });

  it("with its arguments too", async () => {
    await deploy(keeper, { ...settings, limits: { memory } });
    const answer = await host.call("keeper/keep", [Buffer.alloc(5 * MiB).toString("base64")]);
    expect(answer.json).toMatchObject({ code: "out-of-memory", subject: "keep", limit: memory });
  });

  it("when it starts is refused with the setting that helps, and it is counted", async () => {
    await deploy(keeper, settings);
    const before = await times();
    const refused = await deploy(large, { ...settings, limits: { memory: 2 * MiB } });
    expect(refused).toMatchObject({
      status: 400,
      json: {
        code: "trial-failed",
        reason: "out-of-memory",
        setting: "limits.memory",
        limit: 2 * MiB,
        remedy: expect.stringContaining("or raise limits.memory in its settings"),
      },
    });
    expect(refused.json.detail).toContain("ran out of memory while starting");
    expect(await times()).toBe(before + 1);
    expect((await deploy(large, { ...settings, limits: { memory: 8 * MiB } })).status).toBe(200);
    const lowered = await patch({ limits: { memory: 2 * MiB } });
    expect(lowered.json).toMatchObject({ code: "trial-failed", reason: "out-of-memory", limit: 2 * MiB });
    expect(await times()).toBe(before + 2);
  });

  it("in checks", async () => {
    const checks = { calls: [{ call: "make", args: [8], returns: 1 }] };
    const before = await times();
    const refused = await deploy(keeper, { ...settings, limits: { memory } }, checks);
    expect(refused.json).toMatchObject({
      code: "checks-failed",
      reason: "out-of-memory",
      setting: "limits.memory",
      remedy: expect.stringContaining("raise limits.memory in its settings"),
    });
    expect(refused.json.detail).toContain("limits.memory is 4194304");
    expect(await times()).toBe(before + 1);
    const awaited = { calls: [{ call: "make", args: [8], traps: true }] };
    expect((await deploy(keeper, { ...settings, limits: { memory } }, awaited)).status).toBe(200);
    await host.send("PUT", "/plugins/keeper", { body: withoutChecks() });
  });

  it("and goes on, is told of what it really ended over", async () => {
    await deploy(keeper, { ...settings, limits: { memory } });
    expect((await host.call("keeper/careful", [0])).json).toBe(1);
    const answer = await host.call("keeper/careful", [7]);
    expect(answer.json).toMatchObject({
      code: "trap",
      detail: expect.stringContaining("Index out of range"),
    });
  });

  it("asks for more than AssemblyScript gives at once", async () => {
    await deploy(keeper, { ...settings, limits: { memory } });
    const answer = await host.call("keeper/most", []);
    expect(answer.json).toMatchObject({ code: "out-of-memory", actual: "more than 1073741820" });
  });
});

it("is told to use less where the host allows no more", async () => {
  const bounded = await startTestHost({ ceilings: { memory } });
  try {
    await bounded.put("keeper", keeper);
    expect((await bounded.call("keeper/make", [8])).json).toMatchObject({
      code: "out-of-memory",
      remedy:
        "Use less in one call: limits.memory is as high as this host allows, whose owner sets the ceiling (HOTCELL_CEILINGS).",
    });
    const refused = await bounded.put(
      "large",
      component(`
      (core module $M (memory 1) (func $start (drop (memory.grow (i32.const 100))) unreachable) (start $start))
      (core instance (instantiate $M))`),
    );
    expect(refused.json).toMatchObject({
      code: "trial-failed",
      remedy:
        "Let its start function, top-level code or init take less: limits.memory is as high as this host allows, whose owner sets the ceiling (HOTCELL_CEILINGS).",
    });
  } finally {
    await bounded.close();
  }
});
