import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../host/store/store.ts";
import { single, version } from "../guests/obedient.ts";
import { exampleChecks, exampleWasm } from "../support/examples.ts";
import { awake, hostOfEachTest } from "../support/hosts.ts";

const v1 = exampleWasm("friendly-time-v1");
const v2 = exampleWasm("friendly-time-v2");
const clocks = { grants: { clocks: true } };
const fixed = exampleChecks("friendly-time-v1");

const { host, registry } = hostOfEachTest();

/** The next event of that kind; those before it count too. */
function told(kind: string, after = 0): Promise<StoredEvent> {
  return new Promise((resolve) => {
    const stop = host.store.watch((event) => offer(event));
    const offer = (event: StoredEvent) => {
      if (event.kind !== kind || event.id <= after) return;
      stop();
      resolve(event);
    };
    host.store.events().then((events) => {
      for (const event of events) offer(event);
    });
  });
}

describe("checks", () => {
  it("run with the fixed clock they bring, on a plugin that is granted clocks and goes live with its own", async () => {
    expect(fixed.settings).toHaveProperty("grants.clocks.fixed");
    const deployed = await registry.deploy("time", v1, { settings: clocks, checks: fixed });
    expect(deployed.settings).toMatchObject(clocks);
    const { returns } = fixed.calls[0]!;
    expect(await awake(registry.callable("time", "get-friendly-time")).call([])).not.toBe(returns);
    expect(registry.details("time").checks).toEqual(fixed);
  });

  it("grant nothing: what the plugin is not granted stays refused", async () => {
    await expect(registry.deploy("time", v1, { checks: fixed })).rejects.toMatchObject({
      code: "import-not-granted",
    });
    const refused = registry.deploy("time", v1, { settings: { grants: { clocks: false } }, checks: fixed });
    await expect(refused).rejects.toMatchObject({ code: "import-not-granted" });
  });

  it("loosen nothing that is granted: a clock that stands still stays so", async () => {
    const stopped = { grants: { clocks: { fixed: "2020-01-02T03:04:05Z" } } };
    const calls = [{ call: "get-friendly-time", returns: "2020-01-02T03:04:05Z" }];
    const running = { settings: { grants: { clocks: true } }, calls };
    expect((await registry.deploy("time", v1, { settings: stopped, checks: running })).outcome).toBe(
      "created",
    );
  });

  it("that fail are told of, and leave what is live", async () => {
    await registry.deploy("time", v1, { settings: clocks });
    const calls = [
      { call: "get-friendly-time", returns: "then" },
      { call: "get-friendly-time", returns: "never" },
      { call: "no-such-function" },
      { call: "get-friendly-time", args: [1] },
      { call: "get-friendly-time", traps: true as const },
      fixed.calls[0]!,
    ];
    await expect(registry.deploy("time", v1, { checks: { ...fixed, calls } })).rejects.toMatchObject({
      code: "checks-failed",
      message: expect.stringContaining("5 of 6 checks failed"),
      facts: {
        actual: 5,
        extra: {
          failures: [
            expect.stringContaining('expected "then", got'),
            expect.stringContaining('expected "never", got'),
            expect.stringContaining("no-such-function"),
            expect.any(String),
            expect.stringContaining("expected a trap"),
          ],
        },
      },
    });
    expect(registry.details("time")).toMatchObject({ revision: 1, checks: null });
  });

  it("that fail in dozens are told of by ten", async () => {
    const calls = Array.from({ length: 30 }, () => ({ call: "get-friendly-time", returns: "never" }));
    const refused = registry.deploy("time", v1, { settings: clocks, checks: { calls } });
    await expect(refused).rejects.toMatchObject({ facts: { actual: 30 } });
    await expect(refused).rejects.toHaveProperty("facts.extra.failures.length", 10);
  });

  it("stay with the plugin: later uploads and settings changes have to pass them too", async () => {
    await registry.deploy("time", v1, { settings: clocks, checks: fixed });
    await expect(registry.deploy("time", v2)).rejects.toMatchObject({ code: "checks-failed" });
    expect(registry.details("time").revision).toBe(1);
    const checks = exampleChecks("friendly-time-v2");
    expect(await registry.deploy("time", v2, { checks })).toMatchObject({ outcome: "swapped", revision: 2 });
    expect(await registry.deploy("time", v2, { checks: fixed }).catch((error) => error)).toMatchObject({
      code: "checks-failed",
    });
    await registry.configure("time", { mode: "fresh" });
    expect(registry.details("time").checks).toEqual(checks);
  });

  it("don't stand in the way of a rollback, and stay", async () => {
    await registry.deploy("time", v1, { settings: clocks });
    const checks = exampleChecks("friendly-time-v2");
    await registry.deploy("time", v2, { checks });
    await registry.rollback("time");
    expect(registry.details("time")).toMatchObject({ revision: 3, checks });
    await expect(
      registry.deploy("time", v1, { settings: { ...clocks, mode: "fresh" } }),
    ).rejects.toMatchObject({ code: "checks-failed" });
  });

  it("go with an empty list", async () => {
    await registry.deploy("time", v1, { settings: clocks, checks: fixed });
    await registry.deploy("time", v2, { checks: { calls: [] } });
    expect(await registry.deploy("time", v1)).toMatchObject({ revision: 3 });
  });

  it("run in a dry run, and leave no trace in the live cell", async () => {
    await registry.deploy("count", exampleWasm("counter"));
    await awake(registry.callable("count", "increment")).call([5]);
    const checks = { calls: [{ call: "increment", args: [1], returns: 6 }] };
    await expect(
      registry.deploy("count", exampleWasm("counter"), { dryRun: true, checks }),
    ).rejects.toMatchObject({ code: "checks-failed" });
    expect(await awake(registry.callable("count", "increment")).call([1])).toBe(6n);
    expect(registry.details("count").counters.calls).toBe(2);
  });

  it.each([
    [{ calls: [{ cal: "x" }] }, "cal"],
    [{ calls: {} }, "calls"],
    [[], "calls.json"],
  ])("in another format are refused: %j", async (checks, what) => {
    await expect(registry.deploy("time", v1, { settings: clocks, checks })).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining(what),
    });
  });
});

describe("preconditions", () => {
  it("let one of many at the same revision through, whatever they do", async () => {
    await registry.deploy("guest", await version(1));
    await registry.deploy("guest", await version(2));
    const ifRevision = 2;
    const outcomes = await Promise.allSettled([
      registry.configure("guest", { env: { text: "a" } }, { ifRevision }),
      registry.deploy("guest", await version(3), { ifRevision }),
      registry.rollback("guest", undefined, { ifRevision }),
      registry.remove("guest", { ifRevision }),
      registry.configure("guest", { env: { text: "b" } }, { ifRevision }),
    ]);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(4).fill("stale-revision"));
    expect(refused[0]!.reason.facts).toMatchObject({ expected: "2", actual: 3 });
    expect(registry.details("guest")).toMatchObject({ revision: 3, settings: { env: { text: "a" } } });
  });

  it("let one of many create, and give every later deployment a revision of its own", async () => {
    const creations = await Promise.allSettled(
      [1, 2, 3].map(async (n) => registry.deploy("guest", await version(n), { ifAbsent: true })),
    );
    expect(creations.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    const all = await Promise.all([4, 5, 6, 7].map(async (n) => registry.deploy("guest", await version(n))));
    expect(all.map(({ revision }) => revision)).toEqual([2, 3, 4, 5]);
  });

  it("don't match a plugin that was removed", async () => {
    await registry.deploy("guest", await version(1));
    await registry.remove("guest");
    const again = registry.deploy("guest", await version(1), { ifRevision: 2 });
    await expect(again).rejects.toMatchObject({ code: "stale-revision", facts: { actual: "none" } });
    expect(await registry.deploy("guest", await version(1), { ifAbsent: true })).toMatchObject({
      revision: 3,
    });
  });
});

describe("the event log", () => {
  it("tells of every deployment and removal, by whom", async () => {
    const { version: digest } = await registry.deploy("guest", await version(1), { who: "ada" });
    await registry.configure("guest", { env: { text: "a" } }, { who: "bob" });
    await registry.remove("guest", { who: "eve" });
    const events = await host.store.events();
    expect(events.map(({ kind, who, revision, data }) => ({ kind, who, revision, data }))).toEqual([
      { kind: "deployed", who: "ada", revision: 1, data: { version: digest, outcome: "created" } },
      { kind: "deployed", who: "bob", revision: 2, data: { version: digest, outcome: "swapped" } },
      { kind: "removed", who: "eve", revision: 3, data: null },
    ]);
  });

  const garbage = new Uint8Array(8);
  it.each([
    ["received", "not-wasm", () => registry.deploy("guest", garbage, { who: "ada" })],
    ["inspected", "import-not-granted", () => registry.deploy("guest", v1, { who: "ada" })],
    ["compared", "incompatible", () => registry.deploy("guest", exampleWasm("greet"), { who: "ada" })],
    [
      "built",
      "lifecycle-mismatch",
      async () =>
        registry.deploy("guest", await single("hotcell:plugin/state@0.1.0", "save"), {
          who: "ada",
          allowBreaking: true,
        }),
    ],
    [
      "tried",
      "restore-failed",
      () => registry.configure("guest", { env: { restore: "err" } }, { who: "ada" }),
    ],
    ["received", "stale-revision", () => registry.configure("guest", {}, { who: "ada", ifRevision: 9 })],
  ])("tells of a refusal, and that the deployment got as far as %s", async (reached, code, attempt) => {
    await registry.deploy("guest", await version(1));
    const told1 = told("refused");
    await expect(attempt()).rejects.toMatchObject({ code });
    expect(await told1).toMatchObject({
      plugin: "guest",
      who: "ada",
      data: { code, reached, detail: expect.any(String) },
    });
    expect(registry.details("guest").revision).toBe(1);
  });
});
