import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { FuelRate } from "../../host/registry/traffic/fuel-rate.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";

const greet = exampleWasm("greet");
const hosts: Host[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const host of hosts.splice(0)) await host.close();
});

async function host(options: HostOptions = {}): Promise<Host> {
  const made = await createHost({ log: () => {}, ...options });
  hosts.push(made);
  return made;
}

describe("limits", () => {
  test("are all shown in the details, with their defaults", async () => {
    const { registry } = await host();
    await registry.deploy("greet", greet, { settings: { limits: { queue: 5 } } });
    expect(registry.details("greet").settings.limits).toEqual({ ...defaultLimits, queue: 5 });
  });

  test("that are misspelt are refused, with what was meant", async () => {
    const { registry } = await host();
    await expect(
      registry.deploy("greet", greet, { settings: { limits: { memori: 1 } as object } }),
    ).rejects.toMatchObject({
      code: "bad-settings",
      facts: { subject: "settings.limits.memori", remedy: "Did you mean memory?" },
    });
    await expect(
      registry.deploy("greet", greet, { settings: { limit: {} } as object }),
    ).rejects.toMatchObject({
      facts: { remedy: "Did you mean limits?" },
    });
  });

  test("above their range are refused, naming it", async () => {
    const { registry } = await host();
    await expect(
      registry.deploy("greet", greet, { settings: { limits: { typeNesting: 101 } } }),
    ).rejects.toMatchObject({ code: "bad-settings", facts: { subject: "settings.limits.typeNesting" } });
  });

  test.each(["grants", "env"])("and %s don't lose a member because of its name", async (member) => {
    const { registry } = await host();
    const settings = JSON.parse(`{"${member}":{"constructor":"x"}}`) as Record<string, unknown>;
    await expect(registry.deploy("greet", greet, { settings })).rejects.toMatchObject({
      code: "bad-settings",
      facts: { subject: `settings.${member}.constructor` },
    });
  });

  test("on what a component holds refuse it before anything of it is kept", async () => {
    const { registry } = await host();
    const settings = { limits: { componentBytes: 1_000 } };
    await expect(registry.deploy("greet", greet, { settings })).rejects.toMatchObject({
      code: "component-limit",
      facts: { limit: 1_000, actual: greet.length, remedy: expect.stringContaining("limits.componentBytes") },
    });
    expect(registry.list()).toEqual([]);
  });

  test("that the live version does not keep can't be set; it serves on", async () => {
    const { registry } = await host();
    await registry.deploy("greet", greet);
    await expect(registry.configure("greet", { limits: { componentBytes: 100 } })).rejects.toMatchObject({
      code: "component-limit",
    });
    expect(registry.details("greet").revision).toBe(1);
    await expect(awake(registry.callable("greet", "greet")).call(["Ada"])).resolves.toContain("Ada");
    expect(registry.details("greet").counters.limits).toEqual({ "component-limit": 1 });
  });
});

describe("ceilings", () => {
  test("lower the defaults, and refuse what is asked beyond them", async () => {
    const { registry } = await host({ ceilings: { memory: 4 * 1024 * 1024, queue: 10 } });
    await registry.deploy("greet", greet, { settings: { limits: { queue: 10 } } });
    expect(registry.details("greet").settings.limits).toMatchObject({ memory: 4 * 1024 * 1024, queue: 10 });
    await expect(registry.configure("greet", { limits: { queue: 11 } })).rejects.toMatchObject({
      code: "bad-settings",
      facts: { subject: "settings.limits.queue", limit: 10, actual: 11 },
    });
  });

  test("hold for amounts of grants too: they lower the defaults, and refuse what is asked beyond them", async () => {
    const { registry } = await host({
      ceilings: { "kv.bytes": 10, "kv.valueBytes": 8, "files.quota.files": 5 },
    });
    await registry.deploy("greet", greet, { settings: { grants: { kv: true } } });
    const values = registry.values("greet");
    await values.put("default", "a", Buffer.from("12345678"));
    await expect(values.put("default", "b", Buffer.from("123"))).rejects.toMatchObject({
      code: "over-quota",
      facts: {
        setting: "grants.kv.bytes",
        limit: 10,
        actual: 13,
        remedy: expect.stringMatching(/as high as this host allows.*HOTCELL_CEILINGS/),
      },
    });
    await expect(values.put("default", "b", Buffer.alloc(9))).rejects.toMatchObject({
      code: "too-large",
      facts: { limit: 8, remedy: expect.stringMatching(/as high as this host allows.*HOTCELL_CEILINGS/) },
    });
    await expect(registry.configure("greet", { grants: { kv: { bytes: 11 } } })).rejects.toMatchObject({
      code: "bad-settings",
      facts: {
        subject: "settings.grants.kv.bytes",
        limit: 10,
        actual: 11,
        remedy: expect.stringMatching(/HOTCELL_CEILINGS/),
      },
    });
    await expect(
      registry.configure("greet", { grants: { files: { quota: { files: 6 } } } }),
    ).rejects.toMatchObject({ facts: { subject: "settings.grants.files.quota.files", limit: 5, actual: 6 } });
    await registry.configure("greet", { grants: { kv: { bytes: 9 } } });
    await expect(values.put("default", "b", Buffer.from("1"))).rejects.toMatchObject({
      facts: {
        limit: 9,
        remedy: "Delete what is not needed, or set grants.kv.bytes of the plugin, up to 10.",
      },
    });
  });

  test("of grants leave what was asked for when they were higher, and hold it down", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "hotcell-ceilings-"));
    const data = folder.path;
    await using first = await createHost({ data });
    await first.registry.deploy("greet", greet, { settings: { grants: { kv: { bytes: 1_000 } } } });
    await first.close();
    await using second = await createHost({ data, ceilings: { "kv.bytes": 10 } });
    const { registry } = second;
    await expect(registry.values("greet").put("default", "a", Buffer.alloc(10))).rejects.toMatchObject({
      facts: { limit: 10 },
    });
    await registry.configure("greet", { grants: { kv: { keys: 5 } } });
    expect(registry.details("greet").asked.grants).toEqual({ kv: { bytes: 1_000, keys: 5 } });
  });
});

describe("fuel per second", () => {
  test("once spent, calls are refused until it has come back, and counted", async () => {
    vi.useFakeTimers();
    const { registry } = await host();
    await registry.deploy("greet", greet, { settings: { limits: { fuel: 100_000, fuelPerSecond: 50_000 } } });
    const call = () => awake(registry.callable("greet", "greet")).call(["a".repeat(1_000)]);
    const outcomes: unknown[] = [];
    for (let i = 0; i < 100; i++) outcomes.push(await call().catch((error: unknown) => error));
    const refusal = outcomes.at(-1);
    expect(refusal).toMatchObject({
      code: "fuel-rate",
      facts: { subject: "limits.fuelPerSecond", limit: 50_000, retryAfter: expect.any(Number) },
    });
    const refused = outcomes.filter((outcome) => typeof outcome !== "string").length;
    expect(outcomes[0]).toContain("aaa");
    expect(registry.details("greet").counters.limits).toEqual({ "fuel-rate": refused });

    const { retryAfter } = (refusal as { facts: { retryAfter: number } }).facts;
    vi.advanceTimersByTime(1_000 * retryAfter);
    await expect(call()).resolves.toContain("aaa");
  });

  test("saves up two seconds of it, or one call's", () => {
    vi.useFakeTimers();
    const rate = new FuelRate();
    rate.require(1_000, 500, "greet");
    rate.spend(1_999);
    rate.require(1_000, 500, "greet");
    rate.spend(1_001);
    expect(() => rate.require(1_000, 500, "greet")).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({ retryAfter: 1, actual: "1000 units more" }),
      }),
    );
    vi.advanceTimersByTime(1_001);
    expect(() => rate.require(1_000, 500, "greet")).not.toThrow();
  });
});
