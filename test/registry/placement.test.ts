import { afterEach, describe, expect, test } from "vitest";
import type { LogLine } from "../../host/capabilities/capability.ts";
import { createHost, type Host } from "../../host/host.ts";
import { exampleWasm } from "../support/examples.ts";

const hosts: Host[] = [];
const lines: LogLine[] = [];

afterEach(async () => {
  lines.length = 0;
  for (const host of hosts.splice(0)) await host.close();
});

async function registryOf() {
  const host = await createHost({ log: (line) => lines.push(line) });
  hosts.push(host);
  return host.registry;
}

const process = { placement: "process" };

describe("a plugin in a process", () => {
  test("is deployed, called, given grants, replaced and moved back like any other", async () => {
    const registry = await registryOf();
    const clocks = { fixed: "2026-11-22T10:15:02Z" };
    await registry.deploy("time", exampleWasm("friendly-time-v1"), {
      settings: { ...process, grants: { clocks } },
    });
    const time = () => registry.callable("time", "get-friendly-time").call([]);
    expect(await time()).toBe("2026-11-22T10:15:02Z");
    await registry.deploy("time", exampleWasm("friendly-time-v2"));
    expect(await time()).toBe("当前时间:2026-11-22 10:15:02");
    expect(registry.details("time").settings.placement).toBe("process");
    await registry.configure("time", { placement: "inline" });
    expect(await time()).toBe("当前时间:2026-11-22 10:15:02");
  });

  test("says in answers what it used, and is metered by time", async () => {
    const registry = await registryOf();
    await registry.deploy("greet", exampleWasm("greet"), { settings: process });
    const usage = { fuel: 0 };
    expect(await registry.callable("greet", "greet").call(["Ada"], usage)).toContain("Ada");
    expect(usage.fuel).toBeGreaterThan(0);
    expect(registry.details("greet").counters.fuel).toBe(usage.fuel);
    expect(registry.details("greet").settings.limits.fuel).toBe(1e12);
  });

  test("hands its state over when it moves between placements", async () => {
    const registry = await registryOf();
    const add = (by: number) => registry.callable("tally", "add").call([by]);
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
