import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { labelOf, single, version } from "../guests/obedient.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake, hostOfEachTest } from "../support/hosts.ts";

const v1 = await version(1);
const v2 = await version(2);

const { host, registry } = hostOfEachTest();

const call = (name: string, ...args: unknown[]) => awake(registry.callable("guest", name)).call(args);
const deploy = (bytes: Uint8Array, env: Record<string, string> = {}) =>
  registry.deploy("guest", bytes, { settings: { env } });

describe("init", () => {
  it("is told the env of the settings, once, before anything else", async () => {
    await deploy(v1, { text: "hello" });
    expect(await call("describe")).toBe(`${labelOf(1)} hello 1`);
    expect(await call("describe")).toBe(`${labelOf(1)} hello 1`);
  });

  it("is told the new env when settings change", async () => {
    await deploy(v1, { text: "hello" });
    await registry.configure("guest", { env: { text: "bye" } });
    expect(await call("describe")).toBe(`${labelOf(1)} bye 1`);
  });

  it("refuses a first deployment, which leaves nothing behind", async () => {
    await expect(deploy(v1, { init: "err" })).rejects.toMatchObject({
      code: "init-failed",
      message: expect.stringContaining("init was told to fail"),
    });
    expect(registry.list()).toEqual([]);
  });

  it.each([
    ["err", "init-failed"],
    ["trap", "trial-failed"],
  ])("leaves the live version alone when it ends in %s", async (how, code) => {
    await deploy(v1, { text: "hello" });
    await call("add", 5);
    await expect(deploy(v2, { init: how })).rejects.toMatchObject({ code });
    await expect(registry.configure("guest", { env: { init: how } })).rejects.toMatchObject({ code });
    expect(registry.details("guest")).toMatchObject({ revision: 1, settings: { env: { text: "hello" } } });
    expect(await call("describe")).toBe(`${labelOf(1)} hello 1`);
    expect(await call("add", 1)).toBe(6n);
  });

  it("runs again for a cell that takes the place of one that trapped", async () => {
    await deploy(v1, { text: "hello" });
    await call("add", 5);
    await expect(call("crash")).rejects.toMatchObject({ code: "trap" });
    expect(await call("describe")).toBe(`${labelOf(1)} hello 1`);
    expect(await call("add", 1)).toBe(1n);
  });

  it("runs for every cell in fresh mode", async () => {
    await registry.deploy("guest", v1, { settings: { mode: "fresh", env: { text: "hello" } } });
    for (let i = 0; i < 3; i++) expect(await call("describe")).toBe(`${labelOf(1)} hello 1`);
  });
});

describe("health", () => {
  it.each(["err", "trap"])("refuses a version when it ends in %s", async (how) => {
    await deploy(v1);
    await call("add", 5);
    await expect(deploy(v2, { health: how })).rejects.toMatchObject({ code: "unhealthy" });
    expect(registry.details("guest").revision).toBe(1);
    expect(await call("add", 1)).toBe(6n);
  });

  it("is asked in a dry run too", async () => {
    await deploy(v1);
    const planned = registry.deploy("guest", v2, { dryRun: true, settings: { env: { health: "err" } } });
    await expect(planned).rejects.toMatchObject({ code: "unhealthy" });
  });
});

describe("state", () => {
  it("goes from version to version, with the digest of the one that saved it", async () => {
    const { version: first } = await deploy(v1);
    await call("add", 5);
    const { version: second } = await deploy(v2);
    expect(await call("heir-of")).toBe(first);
    expect(await call("add", 2)).toBe(7n);
    await registry.rollback("guest");
    expect(await call("describe")).toBe(`${labelOf(1)}  1`);
    expect(await call("heir-of")).toBe(second);
    expect(await call("add", 1)).toBe(8n);
    await registry.configure("guest", { env: { text: "new" } });
    expect(await call("add", 1)).toBe(9n);
  });

  it.each(["err", "trap"])("stays with the live version when restore ends in %s", async (how) => {
    await deploy(v1);
    await call("add", 5);
    const refused = deploy(v2, { restore: how });
    await expect(refused).rejects.toMatchObject({ code: "restore-failed", status: 409 });
    expect(registry.details("guest").revision).toBe(1);
    expect(await call("describe")).toBe(`${labelOf(1)}  1`);
    expect(await call("add", 1)).toBe(6n);
    await deploy(v2);
    expect(await call("add", 1)).toBe(7n);
  });

  it("that can't be saved refuses the deployment; one that takes none over goes through", async () => {
    await deploy(v1, { save: "trap" });
    await expect(deploy(v2)).rejects.toMatchObject({ code: "save-failed" });
    expect(registry.details("guest").revision).toBe(1);
    expect(await call("add", 1)).toBe(1n);
    await registry.deploy("guest", v2, { settings: { mode: "fresh" } });
    expect(await call("describe")).toBe(`${labelOf(2)}  1`);
  });

  it("is not handed over to or from fresh mode, or in a dry run", async () => {
    await deploy(v1);
    await call("add", 5);
    await registry.deploy("guest", v2, { dryRun: true });
    expect(await call("add", 1)).toBe(6n);
    await expect(registry.configure("guest", { mode: "fresh" })).rejects.toMatchObject({
      code: "state-loss",
    });
    await registry.configure("guest", { mode: "fresh" }, { allowStateLoss: true });
    expect(await call("add", 1)).toBe(1n);
    await registry.configure("guest", { mode: "shared" });
    expect(await call("add", 1)).toBe(1n);
    expect(await call("heir-of")).toBe("");
  });

  it("is handed over only where both versions take part", async () => {
    await deploy(v1);
    await call("add", 5);
    const replace = (bytes: Uint8Array) => registry.deploy("guest", bytes, { allowBreaking: true });
    await replace(exampleWasm("counter"));
    expect(await call("increment", 1)).toBe(1n);
    await replace(v1);
    expect(await call("add", 1)).toBe(1n);
  });

  it("is asked for after the checks have run, on cells of their own", async () => {
    await deploy(v1);
    await call("add", 5);
    const checks = { calls: [{ call: "add", args: [3], returns: 3 }] };
    await registry.deploy("guest", v2, { checks });
    expect(await call("add", 1)).toBe(6n);
  });
});

describe("a hand-over", () => {
  it("lets calls wait and has the new version answer them: each counts once", async () => {
    await deploy(v1);
    let calls = 0;
    const answers: Promise<unknown>[] = [];
    const described: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      const swap = deploy(i % 2 === 0 ? v2 : v1);
      let over = false;
      swap.finally(() => {
        over = true;
      });
      // Calls in every turn of the event loop, so some come while state is on its way.
      while (!over) {
        answers.push(call("add", 1));
        described.push(call("describe"));
        calls++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const totals = (await Promise.all(answers)) as bigint[];
    expect(totals.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: calls }, (_, i) => i + 1));
    for (const answer of await Promise.all(described)) {
      expect([`${labelOf(1)}  1`, `${labelOf(2)}  1`]).toContain(answer);
    }
    expect(registry.details("guest").counters).toMatchObject({ calls: 2 * calls, inFlight: 0, traps: 0 });
  });

  it("that the store refuses lets the waiting calls run where they are", async () => {
    await deploy(v1);
    await call("add", 5);
    const { live, revision, settings } = (await host.store.plugin("guest"))!;
    const swap = deploy(v2);
    // Another host's deployment, of which this one hears too late.
    await host.store.commit({
      plugin: "guest",
      expected: revision,
      live: live!.digest,
      settings,
      at: new Date().toISOString(),
      outcome: "swapped",
      event: { kind: "deployed" },
    });
    const answers: Promise<unknown>[] = [];
    let over = false;
    const refused = expect(swap).rejects.toMatchObject({ code: "stale-revision" });
    refused.finally(() => {
      over = true;
    });
    while (!over) {
      answers.push(call("add", 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await refused;
    const totals = ((await Promise.all(answers)) as bigint[]).map(Number);
    expect(totals).toEqual(totals.map((_, i) => 6 + i));
    expect(await call("describe")).toBe(`${labelOf(1)}  1`);
    expect(await deploy(v2)).toMatchObject({ revision: 3 });
  });
});

describe("the host's own functions", () => {
  const owners = ["hotcell:plugin/lifecycle@0.1.0", "hotcell:plugin/state@0.1.0"];

  it("are neither listed nor callable", async () => {
    await deploy(v1);
    expect(registry.details("guest").functions).toEqual(["describe", "add", "heir-of", "crash"]);
    for (const path of [
      "init",
      "save",
      "lifecycle/init",
      "state/restore",
      ...owners.map((o) => `${o}/save`),
      ...owners.map((o) => `${o}/health`),
    ]) {
      expect(() => registry.callable("guest", path)).toThrow(
        expect.objectContaining({ code: "function-not-found" }),
      );
    }
  });

  it.each([
    [owners[0]!, "health"],
    [owners[1]!, "save"],
    [owners[0]!, "unheard-of"],
    ["hotcell:plugin/other@0.1.0", "health"],
  ])("refuse a component whose %s has another %s", async (owner, name) => {
    await expect(registry.deploy("guest", await single(owner, name))).rejects.toMatchObject({
      code: "lifecycle-mismatch",
      facts: { subject: `${owner}#${name}` },
    });
    expect(registry.list()).toEqual([]);
  });

  it("are called under their names alone: others may have functions of the same name", async () => {
    await registry.deploy("guest", await single("test:other/lifecycle@0.1.0", "health"));
    expect(await call("lifecycle/health")).toBe(1);
  });
});

describe("the example tally", () => {
  const tally = exampleWasm("tally");
  const total = () => awake(registry.callable("tally", "total")).call([]);

  it("is built against the host's own interfaces", () => {
    const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    expect(text("guest-plugins/tally/wit/deps/plugin/plugin.wit")).toBe(text("wit/plugin.wit"));
  });

  it("begins where it is told to, and goes on from there over new settings", async () => {
    await registry.deploy("tally", tally, { settings: { env: { start: "100" } } });
    await awake(registry.callable("tally", "add")).call([5]);
    await registry.configure("tally", { env: { start: "7" } });
    expect(await total()).toBe(105n);
    await expect(registry.configure("tally", { env: { start: "seven" } })).rejects.toMatchObject({
      code: "init-failed",
      message: expect.stringContaining("start is seven, which is no number"),
    });
    expect(await total()).toBe(105n);
  });
});
