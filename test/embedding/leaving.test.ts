/** Callers in code that give a signal or a deadline with their calls. */
import { getEventListeners } from "node:events";
import { afterAll, describe, expect, it } from "vitest";
import { suspending } from "../../host/engine/engine.ts";
import type { HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { type OpenOptions, open } from "../../host/open.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { text } from "../guests/hostile-text.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

/** Plugins whose guests have said that a call waits now. */
const begun = new Set<string>();
const host = await createHost({
  log({ plugin, message }) {
    if (message === "begun") begun.add(plugin);
  },
});
afterAll(() => host.close());
const { registry } = host;

let made = 0;
async function plugin(settings: SettingsInput & { limits?: object }): Promise<string> {
  const name = `waits-${made++}`;
  const { limits = {}, ...others } = settings;
  await registry.deploy(name, waitingGuest(), {
    settings: { grants: { clocks: true, logging: true }, limits: { time: 600_000, ...limits }, ...others },
  });
  return name;
}
const counters = (name: string) => registry.details(name).counters;
const inFlight = (name: string, calls: number) => until(() => counters(name).inFlight === calls);
/** Resolves when a call of a plugin without a queue has its turn: then others are refused. */
async function hasItsTurn(name: string): Promise<void> {
  for (let code = ""; code !== "too-many-calls"; )
    code = await registry.callJson(name, "count").then(
      () => "",
      (error: HotcellError) => error.code,
    );
}
/** Resolves when a guest of the plugin has begun to wait. */
const hasBegun = (name: string) => until(() => begun.has(name));
const long = 500_000;
const reason = new Error("nobody looks at this page any more");

function expectLeft(error: HotcellError, began = true): void {
  expect(error).toMatchObject({ code: "cancelled", cause: reason });
  expect(error.facts.extra?.began).toBe(began ? undefined : false);
}

describe.each(["inline", "process"] as const)("placed %s, callJson with a signal", (placement) => {
  it("rejects at once with the signal's reason, and a fresh plugin's cell goes too", async () => {
    const name = await plugin({ placement, mode: "fresh", limits: { concurrency: 1 } });
    await registry.callJson(name, "count");
    const controller = new AbortController();
    const call = registry.callJson(name, "wait", [long], { signal: controller.signal });
    await hasBegun(name);
    controller.abort(reason);
    expectLeft(await refusalOf(call));
    expect(await registry.callJson(name, "wait", [0])).toBe(1);
    expect(counters(name)).toMatchObject({ inFlight: 0, cancelled: 1, traps: 0 });
  });

  it("rejects at once while a shared plugin's call runs on to its end", async () => {
    const name = await plugin({ placement, limits: { queue: 0 } });
    const controller = new AbortController();
    const call = registry.callJson(name, "wait", [500], { signal: controller.signal });
    await hasItsTurn(name);
    controller.abort(reason);
    expectLeft(await refusalOf(call));
    expect(counters(name)).toMatchObject({ inFlight: 1, cancelled: 0 });
    await inFlight(name, 0);
    expect(await registry.callJson(name, "count")).toBeGreaterThan(1);
    expect(counters(name)).toMatchObject({ inFlight: 0, cancelled: 1, traps: 0 });
  });

  it("makes no call where it is aborted already, or the deadline has been", async () => {
    const name = await plugin({ placement });
    const { counters: before } = registry.details(name);
    expectLeft(
      await refusalOf(registry.callJson(name, "count", [], { signal: AbortSignal.abort(reason) })),
      false,
    );
    const late = await refusalOf(registry.callJson(name, "count", [], { deadline: performance.now() }));
    expect(late).toMatchObject({ code: "timeout", facts: { extra: { began: false } } });
    expect(counters(name)).toEqual(before);
    expect(await registry.callJson(name, "count")).toBe(1);
  });

  it("leaves the queue at its deadline, and the cell with its state to others", async () => {
    const name = await plugin({ placement });
    const running = registry.callJson(name, "wait", [300]);
    await inFlight(name, 1);
    const late = await refusalOf(registry.callJson(name, "count", [], { deadline: performance.now() + 50 }));
    expect(late).toMatchObject({ code: "timeout", facts: { subject: "count" } });
    expect(late.message).toContain("did not begin");
    expect(await running).toBe(1);
    expect(await registry.callJson(name, "count")).toBe(2);
    expect(counters(name)).toMatchObject({ traps: 0, limits: { timeout: 1 } });
  });

  it("ends what runs at its deadline", async () => {
    const name = await plugin({ placement, mode: "fresh" });
    const late = await refusalOf(
      registry.callJson(name, "wait", [long], { deadline: performance.now() + 250 }),
    );
    expect(late).toMatchObject({ code: "timeout", facts: { subject: "wait", extra: { function: "wait" } } });
    expect(late.message).toContain("did not end before the deadline");
    expect(await registry.callJson(name, "wait", [0])).toBe(1);
    expect(counters(name).limits).toEqual({ timeout: 1 });
  });

  it("ends what computes at its deadline", async () => {
    const name = await plugin({ placement, mode: "fresh" });
    const late = await refusalOf(registry.callJson(name, "spin", [], { deadline: performance.now() + 250 }));
    expect(late).toMatchObject({ code: "timeout", facts: { subject: "spin", extra: { function: "spin" } } });
    expect(late.facts.setting).toBeUndefined();
    expect(counters(name)).toMatchObject({ traps: 1, limits: { timeout: 1 }, inFlight: 0 });
    expect(counters(name).fuel).toBeGreaterThan(0);
    expect(await registry.callJson(name, "count")).toBe(1);
  });

  it("listens no longer than a call lasts", async () => {
    const name = await plugin({ placement });
    const { signal } = new AbortController();
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => warnings.push(warning);
    process.on("warning", warn);
    const calls = placement === "inline" ? 2_000 : 200;
    for (let i = 0; i < calls; i++) await registry.callJson(name, "count", [], { signal });
    await Promise.all(Array.from({ length: 50 }, () => registry.callJson(name, "count", [], { signal })));
    process.off("warning", warn);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(warnings).toEqual([]);
    expect(counters(name)).toMatchObject({ calls: calls + 50, inFlight: 0, cancelled: 0 });
  });
});

type Caller = (name: string, path: string, signal: AbortSignal) => Promise<unknown>;
const callers: Record<string, Caller> = {
  "registry.callJson": (name, path, signal) => registry.callJson(name, path, [], { signal }),
  "callable.callJson": async (name, path, signal) =>
    (await registry.callable(name, path)).callJson([], { signal }),
  "callable.call": async (name, path, signal) =>
    (await registry.callable(name, path)).call([], { fuel: 0, signal }),
};
const kinds = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ placement, mode })),
);

describe.each(kinds)("placed $placement in mode $mode, a call whose caller leaves while it waits", (kind) => {
  const countNext = kind.mode === "shared" ? 2 : 1;

  it.each(Object.entries(callers))("for its turn did not begin, nor does it: %s", async (_, call) => {
    const name = await plugin({ ...kind, limits: { concurrency: 1, time: 600_000 } });
    const running = registry.callJson(name, "wait", [500]);
    await inFlight(name, 1);
    const controller = new AbortController();
    const left = call(name, "spin", controller.signal);
    await inFlight(name, 2);
    controller.abort(reason);
    const error = await refusalOf(left);
    expectLeft(error, false);
    expect(error.message).toBe("Who called spin left before it began.");
    expect(error.facts.extra).toEqual({ plugin: name, function: "spin", began: false });
    await running;
    expect(await registry.callJson(name, "count")).toBe(countNext);
    expect(counters(name)).toMatchObject({ calls: 3, inFlight: 0, cancelled: 1, traps: 0 });
  });

  it.each(Object.entries(callers))("for the thread did not begin, nor does it: %s", async (_, call) => {
    const name = await plugin(kind);
    const controller = new AbortController();
    const left = call(name, "spin", controller.signal);
    await Promise.resolve();
    controller.abort(reason);
    expectLeft(await refusalOf(left), false);
    expect(await registry.callJson(name, "count")).toBe(1);
    expect(counters(name)).toMatchObject({ inFlight: 0, traps: 0 });
  });
});

describe.each(kinds)("placed $placement in mode $mode, a call whose caller leaves while it runs", (kind) => {
  it.each(Object.entries(callers))("is told so with plugin and function: %s", async (_, call) => {
    const name = await plugin({ ...kind, limits: { concurrency: 1, queue: 0 } });
    await registry.callJson(name, "count");
    const controller = new AbortController();
    const left = call(name, "nap", controller.signal);
    await hasBegun(name);
    controller.abort(reason);
    const error = await refusalOf(left);
    expectLeft(error);
    expect(error.message).toBe("Who called nap left before it ended.");
    expect(error.facts.extra).toEqual({ plugin: name, function: "nap" });
    await inFlight(name, 0);
    expect(counters(name)).toMatchObject({ cancelled: 1, traps: 0 });
  });
});

describe("an option of callJson", () => {
  it.each([
    [{ signal: "none" }, "signal"],
    [{ deadline: Date.now() + 100 }, "deadline"],
    [{ deadline: Number.NaN }, "deadline"],
    [{ timeout: 100 }, "timeout"],
  ])("that is none is refused: %o", async (options, subject) => {
    await registry.deploy("greet", exampleWasm("greet"));
    const wrong = options as never;
    expect(await refusalOf(registry.callJson("greet", "greet", ["Ada"], wrong))).toMatchObject({
      code: "bad-settings",
      facts: { subject },
    });
    expect(
      await refusalOf((await registry.callable("greet", "greet")).callJson(["Ada"], wrong)),
    ).toMatchObject({
      code: "bad-settings",
    });
    await using opened = await open(exampleWasm("greet"));
    expect(await refusalOf(opened.callJson("greet", ["Ada"], wrong))).toMatchObject({ code: "bad-settings" });
  });
});

/** Calls a host function `pause`, and says how often it has been called. */
const pausing = text(`
  (import "pause" (func $pause))
  (core func $paused (canon lower (func $pause)))
  (core module $M (import "e" "pause" (func $pause)) (global $count (mut i32) (i32.const 0))
    (func (export "go") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (call $pause) (global.get $count))
    (func (export "spin") (call $pause) (loop $l (br $l))))
  (core instance $m (instantiate $M (with "e" (instance (export "pause" (func $paused))))))
  (func (export "go") (result u32) (canon lift (core func $m "go")))
  (func (export "spin") (canon lift (core func $m "spin")))`);

describe("an opened plugin, called with a signal", () => {
  const opened = (mode: OpenOptions["mode"] & string, pause: () => unknown) =>
    open(pausing(), { mode, imports: { pause }, limits: { time: 600_000 } });

  it("ends the fresh cell that waits for a host function", async () => {
    const controller = new AbortController();
    let calls = 0;
    const forever = suspending(() => (calls++ === 0 ? new Promise(() => {}) : undefined));
    await using plugin = await opened("fresh", forever);
    const call = plugin.callJson("go", [], { signal: controller.signal });
    controller.abort(reason);
    expectLeft(await refusalOf(call));
    expect(await plugin.callJson("go", [], { signal: new AbortController().signal })).toBe(1);
  });

  it.each(["shared", "fresh"] as const)("makes no call that has left its queue: %s", async (mode) => {
    const controller = new AbortController();
    const pause = Promise.withResolvers<void>();
    let calls = 0;
    const imports = {
      pause: suspending(() => {
        calls++;
        return pause.promise;
      }),
    };
    await using plugin = await open(pausing(), { mode, imports, limits: { concurrency: 1 } });
    const running = plugin.callJson("go");
    const left = plugin.callJson("go", [], { signal: controller.signal });
    const alsoLeft = plugin.lookup("go").callJson([], { signal: controller.signal });
    controller.abort(reason);
    expectLeft(await refusalOf(left), false);
    expectLeft(await refusalOf(alsoLeft), false);
    pause.resolve();
    expect(await running).toBe(1);
    expect(await plugin.callJson("go")).toBe(mode === "shared" ? 2 : 1);
    expect(calls).toBe(2);
  });

  it("is told that its own call ran, whatever a host function waited for with the same signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pause = Promise.withResolvers<void>();
    await using asked = await opened(
      "shared",
      suspending(() => pause.promise),
    );
    const running = asked.callJson("go");
    await using asking = await opened(
      "shared",
      suspending(() => asked.callJson("go", [], { signal }).then(() => {})),
    );
    const call = asking.callJson("go", [], { signal });
    await Promise.resolve();
    controller.abort(reason);
    expectLeft(await refusalOf(call));
    pause.resolve();
    expect(await running).toBe(1);
  });

  it("lets a shared one run on, and the next call wait for it", async () => {
    const controller = new AbortController();
    const pause = Promise.withResolvers<void>();
    await using plugin = await opened(
      "shared",
      suspending(() => pause.promise),
    );
    const call = plugin.callJson("go", [], { signal: controller.signal });
    controller.abort(reason);
    expectLeft(await refusalOf(call));
    const next = plugin.lookup("go").callJson([], { signal: new AbortController().signal });
    pause.resolve();
    expect(await next).toBe(2);
  });

  it("ends at its deadline while it computes, and says so", async () => {
    await using plugin = await opened("shared", () => {});
    const late = await refusalOf(plugin.callJson("spin", [], { deadline: performance.now() + 20 }));
    expect(late).toMatchObject({ code: "timeout", facts: { subject: "spin" } });
    expect(late.message).toBe("spin did not end before the deadline that its call was given.");
    expect(await plugin.callJson("go")).toBe(1);
  });

  it("ends the fresh cell that computes after a host function has aborted it", async () => {
    const controller = new AbortController();
    await using plugin = await opened("fresh", () => controller.abort(reason));
    expectLeft(await refusalOf(plugin.callJson("spin", [], { signal: controller.signal })));
    expect(await plugin.callJson("go")).toBe(1);
  });

  it("hears of one that a host function aborts, in both modes", async () => {
    for (const mode of ["shared", "fresh"] as const) {
      const controller = new AbortController();
      await using plugin = await opened(mode, () => controller.abort(reason));
      expectLeft(await refusalOf(plugin.callJson("go", [], { signal: controller.signal })));
      expect(await plugin.callJson("go")).toBe(mode === "shared" ? 2 : 1);
    }
  });
});
