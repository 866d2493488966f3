import { afterEach, describe, expect, test } from "vitest";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import { component } from "../guests/engine-components.ts";
import { logImports } from "../guests/log-imports.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";

const hosts: Host[] = [];
const lines: LogLine[] = [];

afterEach(async () => {
  lines.length = 0;
  for (const host of hosts.splice(0)) await host.close();
});

async function registryOf(options: HostOptions = {}) {
  const host = await createHost({ log: (line) => lines.push(line), ...options });
  hosts.push(host);
  return host.registry;
}

const process = { placement: "process" } as const;
/** They have been called, and hand no state over. */
const asked = { allowStateLoss: true };

describe("a plugin in a process", () => {
  test("is deployed, called, given grants, replaced and moved back like any other", async () => {
    const registry = await registryOf();
    const clocks = { fixed: "2026-11-22T10:15:02Z" };
    await registry.deploy("time", exampleWasm("friendly-time-v1"), {
      settings: { ...process, grants: { clocks } },
    });
    const time = () => awake(registry.callable("time", "get-friendly-time")).call([]);
    expect(await time()).toBe("2026-11-22T10:15:02Z");
    await registry.deploy("time", exampleWasm("friendly-time-v2"));
    expect(await time()).toBe("当前时间:2026-11-22 10:15:02");
    expect(registry.details("time").settings.placement).toBe("process");
    await registry.configure("time", { placement: "inline" }, asked);
    expect(await time()).toBe("当前时间:2026-11-22 10:15:02");
  });

  test("says in answers what it used, and is metered by time", async () => {
    const registry = await registryOf();
    await registry.deploy("greet", exampleWasm("greet"), { settings: process });
    const usage = { fuel: 0 };
    expect(await awake(registry.callable("greet", "greet")).call(["Ada"], usage)).toContain("Ada");
    expect(usage.fuel).toBeGreaterThan(0);
    expect(registry.details("greet").counters.fuel).toBe(usage.fuel);
    expect(registry.details("greet").settings.limits.fuel).toBe(1e12);
  });

  test("hands its state over when it moves between placements", async () => {
    const registry = await registryOf();
    const add = (by: number) => awake(registry.callable("tally", "add")).call([by]);
    await registry.deploy("tally", exampleWasm("tally"), { settings: { env: { start: "0" } } });
    expect(await add(3)).toBe(3n);
    await registry.configure("tally", process);
    expect(await add(4)).toBe(7n);
    await registry.configure("tally", { placement: "inline" });
    expect(await add(5)).toBe(12n);
  });

  test("that is refused its imports leaves nothing behind", async () => {
    const registry = await registryOf();
    await expect(
      registry.deploy("time", exampleWasm("friendly-time-v1"), { settings: process }),
    ).rejects.toMatchObject({ code: "import-not-granted" });
    expect(registry.list()).toEqual([]);
  });
});

describe("the engine jco", () => {
  const jco = { engine: "jco" } as const;

  test("runs in a process, whose plugin is deployed, called and moved to the other engine and back", async () => {
    const registry = await registryOf();
    const settings = { ...jco, grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } };
    await registry.deploy("time", exampleWasm("friendly-time-v1"), { settings });
    expect(registry.details("time").settings).toMatchObject({ engine: "jco", placement: "process" });
    const usage = { fuel: 0 };
    const time = () => awake(registry.callable("time", "get-friendly-time")).call([], usage);
    expect(await time()).toBe("2026-11-22T10:15:02Z");
    expect(usage.fuel).toBeGreaterThan(0);
    await registry.configure("time", { engine: "direct" }, asked);
    expect(registry.details("time").settings.placement).toBe("process");
    expect(await time()).toBe("2026-11-22T10:15:02Z");
    await registry.configure("time", { placement: "inline" }, asked);
    await registry.configure("time", jco, asked);
    expect(registry.details("time").settings.placement).toBe("process");
    expect(await time()).toBe("2026-11-22T10:15:02Z");
  });

  test("never runs inline", async () => {
    const registry = await registryOf();
    const refusal = {
      code: "bad-settings",
      facts: { subject: "settings.placement", remedy: expect.stringContaining("process") },
    };
    const settings = { ...jco, placement: "inline" } as const;
    await expect(registry.deploy("greet", exampleWasm("greet"), { settings })).rejects.toMatchObject(refusal);
    await registry.deploy("greet", exampleWasm("greet"), { settings: jco });
    await expect(registry.configure("greet", { placement: "inline" })).rejects.toMatchObject(refusal);
    expect(await awake(registry.callable("greet", "greet")).call(["Ada"])).toContain("Ada");
  });
});

test("processes beyond the host's budget are refused, and what is live goes on", async () => {
  const registry = await registryOf({ processMemory: 300 * 1024 * 1024 });
  await registry.deploy("first", exampleWasm("greet"), { settings: process });
  await expect(registry.deploy("second", exampleWasm("greet"), { settings: process })).rejects.toMatchObject({
    code: "no-capacity",
    facts: { limit: 300 * 1024 * 1024, actual: 512 * 1024 * 1024 },
  });
  expect(registry.list().map(({ name }) => name)).toEqual(["first"]);
  expect(await awake(registry.callable("first", "greet")).call(["Ada"])).toContain("Ada");
  await registry.configure("first", { placement: "inline" }, asked);
  await registry.deploy("second", exampleWasm("greet"), { settings: process });
});

describe("lines that a plugin logs beyond its limit", () => {
  test.each(["inline", "process"] as const)("are counted, %s", async (placement) => {
    const registry = await registryOf();
    const settings = { placement, grants: { logging: true }, limits: { logBytes: 500 } };
    await registry.deploy("talker", talker.bytes, { settings });
    await awake(registry.callable("talker", "say")).call([1_000]);
    const own = () => lines.filter(({ context }) => context === "").length;
    const counted = () => registry.details("talker").counters.droppedLogLines;
    while (own() + counted() < 1_000) await new Promise((resolve) => setImmediate(resolve));
    expect(own()).toBeGreaterThan(0);
    expect(own()).toBeLessThan(500);
    expect(own() + counted()).toBe(1_000);
  });
});

/** `say(n)` logs an empty line n times. */
const talker = component(`
  ${logImports()}
  (core module $main
    (import "env" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func (export "say") (param $n i32)
      (loop
        (call $log (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $main (instantiate $main (with "env" (instance (export "log" (func $lowered))))))
  (func (export "say") (param "times" u32) (canon lift (core func $main "say")))`);
