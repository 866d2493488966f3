/** Link passes of a deployment: how often the imports of a world are looked at, counted by the engine that runs our code. */

import { mkdtemp, rm } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { exampleWasm } from "../support/examples.ts";

const session = new Session();
let data: string;
let host: Host;

beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  data = await mkdtemp(join(tmpdir(), "hotcell-links-"));
  host = await createHost({ data, log: () => {} });
});
afterAll(async () => {
  session.disconnect();
  await host.close();
  await rm(data, { recursive: true, force: true });
});

/** Calls of `Linker.world` since this was asked last. */
async function passes(): Promise<number> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => url.endsWith("/host/capabilities/link.ts"))
    .flatMap(({ functions }) => functions.filter(({ functionName }) => functionName === "world"))
    .reduce((sum, { ranges }) => sum + ranges[0]!.count, 0);
}

const v1 = exampleWasm("friendly-time-v1");
const v2 = exampleWasm("friendly-time-v2");
const fixed = { fixed: "2026-11-22T10:15:02Z" };
const checks = {
  settings: { grants: { clocks: fixed } },
  calls: [{ call: "get-friendly-time", returns: "2026-11-22T10:15:02Z" }],
};

describe("an import is linked once", () => {
  it("by an upload, with the trial of its checks under narrower grants", async () => {
    await passes();
    await host.registry.deploy("time", v1, { settings: { grants: { clocks: true } }, checks });
    expect(await passes()).toBe(1);
    expect(await host.registry.callJson("time", "get-friendly-time")).not.toBe("2026-11-22T10:15:02Z");
  });

  it("by the next version, a rollback and a dry run", async () => {
    await host.registry.deploy("time", v2, { checks: null });
    expect(await passes()).toBe(1);
    await host.registry.rollback("time");
    expect(await passes()).toBe(1);
    await host.registry.deploy("time", v2, { dryRun: true });
    expect(await passes()).toBe(1);
  });

  it("by a change of grants, of which it is known then whether it takes a new cell", async () => {
    const changed = await host.registry.configure("time", { grants: { clocks: fixed } });
    expect(changed.outcome).toBe("swapped");
    expect(await passes()).toBe(1);
    const unused = await host.registry.configure("time", { grants: { random: true } });
    expect(unused.outcome).toBe("configured");
    expect(await passes()).toBe(1);
  });

  it("by none of the calls, however many cells they take", async () => {
    await host.registry.configure("time", { mode: "fresh" });
    await passes();
    for (let i = 0; i < 10; i++) await host.registry.callJson("time", "get-friendly-time");
    expect(await passes()).toBe(0);
  });

  it("by the host, for a plugin that runs in processes", async () => {
    await host.registry.configure("time", { placement: "process" });
    expect(await passes()).toBe(1);
    expect(await host.registry.callJson("time", "get-friendly-time")).toBe("2026-11-22T10:15:02Z");
    expect(await passes()).toBe(0);
  });

  it("by who wakes it after a restart", async () => {
    await host.close();
    host = await createHost({ data, log: () => {} });
    await passes();
    expect(await host.registry.callJson("time", "get-friendly-time")).toBe("2026-11-22T10:15:02Z");
    expect(await passes()).toBe(1);
  });
});

it("checks whose settings take a needed grant away are refused, and it is said where to leave it out", async () => {
  const without = { settings: { grants: { clocks: false } }, calls: checks.calls };
  const settings = { grants: { clocks: true } };
  await expect(host.registry.deploy("other", v1, { settings, checks: without })).rejects.toMatchObject({
    code: "import-not-granted",
    facts: { remedy: expect.stringContaining("calls.json") },
  });
  await host.registry.deploy("other", v1, { settings, checks });
  expect(host.registry.revision("other")).toBe(1);
});
