import { describe, expect, it } from "vitest";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake, hostOfEachTest } from "../support/hosts.ts";

const v1 = exampleWasm("friendly-time-v1");
const v2 = exampleWasm("friendly-time-v2");
const settings = { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } };
const old = "2026-11-22T10:15:02Z";
const friendly = "当前时间:2026-11-22 10:15:02";

const lines: LogLine[] = [];
const { registry } = hostOfEachTest({ log: (line) => lines.push(line) });

const time = () => awake(registry.callable("time", "get-friendly-time")).call([]);
const increment = (by: number) => awake(registry.callable("counter", "increment")).call([by]);

describe("deploy", () => {
  it("makes the first upload live at revision 1, with its world and timings", async () => {
    const deployment = await registry.deploy("time", v1, { settings });
    expect(deployment).toMatchObject({
      plugin: "time",
      outcome: "created",
      revision: 1,
      changes: [],
      size: v1.length,
    });
    expect(deployment.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(deployment.world).toContain("export get-friendly-time: func() -> string;");
    expect(Object.keys(deployment.timings)).toEqual([
      "inspect",
      "grants",
      "diff",
      "compile",
      "start",
      "handover",
      "persist",
      "swap",
    ]);
    expect(await time()).toBe(old);
  });

  it("replaces the live version, keeping its settings", async () => {
    await registry.deploy("time", v1, { settings });
    expect(await registry.deploy("time", v2)).toMatchObject({ outcome: "swapped", revision: 2, settings });
    expect(await time()).toBe(friendly);
  });

  it("leaves everything as it is when digest and settings are the live ones", async () => {
    await registry.deploy("counter", exampleWasm("counter"));
    await increment(7);
    expect(await registry.deploy("counter", exampleWasm("counter"))).toMatchObject({
      outcome: "unchanged",
      revision: 1,
    });
    expect(await increment(1)).toBe(8n);
  });

  it("swaps the same bytes when the settings differ", async () => {
    await registry.deploy("time", v1, { settings });
    expect(await registry.deploy("time", v1, { settings: { grants: { clocks: true } } })).toMatchObject({
      outcome: "swapped",
      revision: 2,
    });
    expect(await time()).not.toBe(old);
  });

  it("plans without changing anything in a dry run", async () => {
    await registry.deploy("time", v1, { settings });
    const plan = await registry.deploy("time", v2, { dryRun: true });
    expect(plan).toMatchObject({ outcome: "planned", revision: 2 });
    expect(registry.details("time")).toMatchObject({ revision: 1 });
    expect(await registry.versions("time")).toHaveLength(1);
    expect(await time()).toBe(old);
  });

  it("leaves nothing behind after a refused first upload", async () => {
    await expect(registry.deploy("time", v1)).rejects.toMatchObject({ code: "import-not-granted" });
    await expect(registry.deploy("time", new Uint8Array(9))).rejects.toMatchObject({ code: "not-wasm" });
    expect(registry.list()).toEqual([]);
    expect(() => registry.details("time")).toThrow(expect.objectContaining({ code: "plugin-not-found" }));
  });

  it("leaves the live version alone after any refused upload", async () => {
    await registry.deploy("time", v1, { settings });
    await expect(registry.deploy("time", exampleWasm("greet"))).rejects.toMatchObject({
      code: "incompatible",
      status: 409,
    });
    await expect(registry.deploy("time", v2, { settings: { grants: null } })).rejects.toMatchObject({
      code: "import-not-granted",
    });
    await expect(registry.deploy("time", v2.subarray(0, 99))).rejects.toMatchObject({ status: 400 });
    expect(registry.details("time").revision).toBe(1);
    expect(await time()).toBe(old);
  });

  it("accepts an incompatible version when asked to", async () => {
    await registry.deploy("time", v1, { settings });
    const { changes } = await registry.deploy("time", exampleWasm("greet"), { allowBreaking: true });
    expect(changes.map(({ path, verdict }) => ({ path, verdict }))).toContainEqual({
      path: "get-friendly-time",
      verdict: "breaking",
    });
    expect(await awake(registry.callable("time", "greet")).call(["Eve"])).toContain("Eve");
  });

  it("lets only one of two uploads with the same precondition through", async () => {
    await registry.deploy("time", v1, { settings });
    const outcomes = await Promise.allSettled([
      registry.deploy("time", v2, { ifRevision: 1 }),
      registry.deploy("time", v2, { ifRevision: 1, settings: { grants: { clocks: true } } }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected"]);
    await expect(registry.deploy("time", v1, { ifAbsent: true })).rejects.toMatchObject({
      code: "already-exists",
    });
  });

  it.each(["", "Time", "-x", "a b", "x".repeat(64), "__proto__", "../x"])(
    "refuses the name %j",
    async (name) => {
      await expect(registry.deploy(name, v1, { settings })).rejects.toMatchObject({
        code: "bad-plugin-name",
      });
    },
  );

  it.each([
    [{ grant: {} }, "settings.grant"],
    [{ mode: "pooled" }, "settings.mode"],
    [{ grants: { clock: true } }, "grants.clock"],
    [{ grants: { clocks: { fixed: "yesterday" } } }, "grants.clocks"],
    [{ grants: { random: { seed: -1 } } }, "grants.random"],
  ])("refuses the settings %j", async (wrong: object, subject) => {
    await expect(registry.deploy("time", v1, { settings: wrong })).rejects.toMatchObject({
      code: "bad-settings",
    });
    await expect(registry.deploy("time", v1, { settings: wrong })).rejects.toHaveProperty(
      "facts.subject",
      expect.stringContaining(subject),
    );
  });
});

describe("rollback", () => {
  it("returns to the version live before, and back again", async () => {
    await registry.deploy("time", v1, { settings });
    await registry.deploy("time", v2);
    expect(await registry.rollback("time")).toMatchObject({ outcome: "swapped", revision: 3 });
    expect(await time()).toBe(old);
    await registry.rollback("time");
    expect(await time()).toBe(friendly);
    expect((await registry.versions("time")).map(({ live, revisions }) => ({ live, revisions }))).toEqual([
      { live: true, revisions: [2, 4] },
      { live: false, revisions: [1, 3] },
    ]);
  });

  it("returns to a named version, breaking changes or not", async () => {
    const { version } = await registry.deploy("time", v1, { settings });
    await registry.deploy("time", v2);
    await registry.deploy("time", exampleWasm("greet"), { allowBreaking: true });
    await registry.rollback("time", version);
    expect(await time()).toBe(old);
    await expect(registry.rollback("time", "sha256:0")).rejects.toMatchObject({ code: "version-not-found" });
  });

  it("does not give back a grant that was withdrawn", async () => {
    await registry.deploy("time", v1, { settings });
    await registry.deploy("time", exampleWasm("greet"), { allowBreaking: true, settings: { grants: null } });
    await expect(registry.rollback("time")).rejects.toMatchObject({ code: "import-not-granted" });
    expect(registry.details("time").revision).toBe(2);
  });

  it("says when there is nothing to return to", async () => {
    await registry.deploy("time", v1, { settings });
    await expect(registry.rollback("time")).rejects.toMatchObject({ code: "nothing-to-roll-back" });
  });
});

describe("configure", () => {
  it("is a merge patch and a new revision", async () => {
    await registry.deploy("time", v1, { settings });
    const { revision, settings: merged } = await registry.configure("time", {
      mode: "fresh",
      grants: { random: true },
    });
    expect({ revision, merged }).toEqual({
      revision: 2,
      merged: {
        ...settings,
        grants: { ...settings.grants, random: true },
        mode: "fresh",
        engine: expect.any(String),
        env: {},
        placement: "inline",
        limits: defaultLimits,
      },
    });
    await expect(registry.configure("time", { grants: { clocks: null } })).rejects.toMatchObject({
      code: "import-not-granted",
    });
    expect(await time()).toBe(old);
  });
});

describe("remove", () => {
  it("forgets the plugin but never gives a revision twice", async () => {
    await registry.deploy("time", v1, { settings });
    await registry.remove("time");
    expect(() => registry.callable("time", "get-friendly-time")).toThrow(
      expect.objectContaining({ status: 404 }),
    );
    expect(await registry.deploy("time", v2, { settings })).toMatchObject({
      outcome: "created",
      revision: 3,
    });
  });

  it("forgets the versions from before at once, so none from after can go with them", async () => {
    await registry.deploy("time", v1, { settings });
    await registry.configure("time", { mode: "fresh" });
    await registry.remove("time");
    const outcomes = async () => (await registry.deployments("time")).map(({ outcome }) => outcome);
    expect(await outcomes()).toEqual(["removed"]);
    await registry.deploy("time", v2, { settings });
    await registry.configure("time", { mode: "fresh" });
    await registry.deploy("time", v1);
    expect(await outcomes()).toEqual(["swapped", "swapped", "created", "removed"]);
    expect(await registry.rollback("time")).toMatchObject({ revision: 7 });
  });
});

describe("a shared cell", () => {
  it("keeps its state between calls, until the next version", async () => {
    await registry.deploy("counter", exampleWasm("counter"));
    await increment(2);
    expect(await increment(3)).toBe(5n);
    await registry.configure("counter", { grants: { random: true } });
    expect(await increment(1)).toBe(6n);
    await registry.deploy("counter", exampleWasm("greet"), { allowBreaking: true });
    await registry.rollback("counter");
    expect(await increment(1)).toBe(1n);
  });

  it("keeps its state after arguments that don't fit", async () => {
    await registry.deploy("counter", exampleWasm("counter"));
    await increment(2);
    await expect(increment(-1)).rejects.toMatchObject({ code: "bad-argument" });
    expect(await increment(1)).toBe(3n);
  });
});

describe("a fresh cell", () => {
  it("remembers nothing", async () => {
    await registry.deploy("counter", exampleWasm("counter"), { settings: { mode: "fresh" } });
    expect([await increment(2), await increment(2)]).toEqual([2n, 2n]);
  });
});

describe("names", () => {
  it.each(["stats/words", "words", "example:text-stats/stats/words", "example:text-stats/stats@1.0.0/words"])(
    "finds a function as %s",
    async (path) => {
      await registry.deploy("text", exampleWasm("text-stats"));
      expect(await awake(registry.callable("text", path)).call(["a b"])).toEqual(["a", "b"]);
    },
  );

  it("suggests near ones", async () => {
    await registry.deploy("text", exampleWasm("text-stats"));
    expect(() => registry.callable("text", "stats/analyze")).toThrow(
      expect.objectContaining({
        code: "function-not-found",
        facts: expect.objectContaining({ remedy: expect.stringContaining("stats/analyse") }),
      }),
    );
    expect(() => registry.details("txet")).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ remedy: "Did you mean text?" }) }),
    );
  });
});
