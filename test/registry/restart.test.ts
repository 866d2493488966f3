import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import type { Store } from "../../host/store/store.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";
import { until } from "../support/processes.ts";

const data = await mkdtemp(join(tmpdir(), "hotcell-restart-"));
afterAll(() => rm(data, { recursive: true, force: true }));

const settings = { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } };
const open = () => createHost({ data, log: () => {} });

/** Calls as HTTP does: a plugin that has not run yet is woken first. */
async function call(host: Host, plugin: string, path: string, ...args: unknown[]): Promise<unknown> {
  await host.registry.wake(plugin);
  return awake(host.registry.callable(plugin, path)).call(args);
}

describe("after a restart", () => {
  it("serves the last live version with the same settings, and remembers what was before", async () => {
    {
      await using host = await open();
      await host.registry.deploy("time", exampleWasm("friendly-time-v1"), { settings });
      await host.registry.deploy("time", exampleWasm("friendly-time-v2"));
      await host.registry.deploy("gone", exampleWasm("greet"));
      await host.registry.remove("gone");
    }
    await using host = await open();
    expect(host.registry.list()).toEqual([
      expect.objectContaining({ name: "time", revision: 2, functions: ["get-friendly-time"] }),
    ]);
    expect(host.registry.details("time")).toMatchObject({
      settings,
      world: expect.stringContaining("wall-clock"),
    });
    expect(await call(host, "time", "get-friendly-time")).toBe("当前时间:2026-11-22 10:15:02");
    await host.registry.rollback("time");
    expect(await call(host, "time", "get-friendly-time")).toBe("2026-11-22T10:15:02Z");
    expect(
      (await host.registry.deployments("time")).map(({ revision, outcome }) => ({ revision, outcome })),
    ).toEqual([
      { revision: 3, outcome: "swapped" },
      { revision: 2, outcome: "swapped" },
      { revision: 1, outcome: "created" },
    ]);
    expect((await host.registry.deployments("gone")).map((d) => d.outcome)).toEqual(["removed"]);
    expect(await host.registry.deploy("gone", exampleWasm("greet"))).toMatchObject({ revision: 3 });
  });

  it("calls an upload of what is live unchanged, before it ran and after", async () => {
    await using host = await open();
    const again = () => host.registry.deploy("time", exampleWasm("friendly-time-v1"));
    expect(await again()).toMatchObject({ outcome: "unchanged", revision: 3 });
    await host.registry.wake("time");
    expect(await again()).toMatchObject({ outcome: "unchanged", revision: 3 });
  });

  it("compares with the live version without having run it", async () => {
    await using host = await open();
    await expect(host.registry.deploy("time", exampleWasm("counter"))).rejects.toMatchObject({
      code: "incompatible",
    });
  });

  it("makes one cell for many first calls at once", async () => {
    await using host = await open();
    await host.registry.deploy("count", exampleWasm("counter"));
    await host.close();
    await using restarted = await open();
    const increments = Array.from({ length: 20 }, () => call(restarted, "count", "increment", 1));
    expect(new Set(await Promise.all(increments)).size).toBe(20);
  });
});

it("reads the bytes of a plugin that nobody has called once to change its settings", async () => {
  const store = createMemoryStore();
  {
    await using host = await createHost({ store, log: () => {} });
    await host.registry.deploy("time", exampleWasm("friendly-time-v1"), { settings });
  }
  const read: string[] = [];
  const binary: Store["binary"] = (digest) => {
    read.push(digest);
    return store.binary(digest);
  };
  await using host = await createHost({ store: { ...store, binary }, log: () => {} });
  const { version } = await host.registry.configure("time", { limits: { queue: 5 } });
  expect(read).toEqual([version]);
});

describe("retention", () => {
  it("keeps as many versions as the host is told, and forgets the bytes of older ones", async () => {
    await using host = await createHost({ keepVersions: 2, log: () => {} });
    const names = ["friendly-time-v1", "friendly-time-v2", "greet"];
    const digests: string[] = [];
    for (const name of names) {
      const options = { settings: { grants: { clocks: true } }, allowBreaking: true };
      digests.push((await host.registry.deploy("p", exampleWasm(name), options)).version);
    }
    // The first version goes when the host has tidied up, which nobody waits for.
    const kept = async () => (await host.registry.versions("p")).map((v) => v.version);
    await until(async () => (await kept()).length === 2);
    expect(await kept()).toEqual([digests[2], digests[1]]);
    await expect(host.registry.rollback("p", digests[0])).rejects.toMatchObject({
      code: "version-not-found",
    });
    expect(await host.registry.rollback("p")).toMatchObject({ version: digests[1] });
  });
});
