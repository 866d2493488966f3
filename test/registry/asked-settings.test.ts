/** What is asked for is stored; what holds follows from it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import type { Registry } from "../../host/registry/api.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { exampleWasm } from "../support/examples.ts";

const MiB = 1024 * 1024;
const greet = exampleWasm("greet");
const folders: string[] = [];
const hosts: Host[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "hotcell-asked-"));
  folders.push(made);
  return made;
}

async function open(options: HostOptions = {}): Promise<Registry> {
  for (const host of hosts.splice(0)) await host.close();
  const host = await createHost({ log: () => {}, ...options });
  hosts.push(host);
  return host.registry;
}

describe("a ceiling", () => {
  it("holds a limit down for as long as it is there, whatever is changed meanwhile", async () => {
    const data = await folder();
    let registry = await open({ data });
    await registry.deploy("greet", greet, { settings: { limits: { memory: 512 * MiB, queue: 5 } } });
    registry = await open({ data, ceilings: { memory: 128 * MiB, time: 500 } });
    const { settings, asked } = registry.details("greet");
    expect(settings.limits).toEqual({ ...defaultLimits, memory: 128 * MiB, time: 500, queue: 5 });
    expect(asked).toEqual({ limits: { memory: 512 * MiB, queue: 5 } });
    await registry.configure("greet", { limits: { logBytes: 1000 } });
    await registry.deploy("greet", exampleWasm("counter"), { allowBreaking: true });
    await registry.rollback("greet");
    // Read and sent back, as a form does.
    const shown = { ...registry.details("greet").settings };
    expect(await registry.configure("greet", shown)).toMatchObject({ outcome: "unchanged" });
    expect(await registry.configure("greet", { ...shown, env: { A: "1" } })).toMatchObject({
      settingsChanges: [{ path: "env.A" }],
    });
    await expect(registry.configure("greet", { limits: { memory: 256 * MiB } })).rejects.toMatchObject({
      code: "bad-settings",
      facts: { limit: 128 * MiB },
    });
    registry = await open({ data });
    expect(registry.details("greet").settings.limits).toEqual({
      ...defaultLimits,
      memory: 512 * MiB,
      queue: 5,
      logBytes: 1000,
    });
    const { settings: reset, settingsChanges } = await registry.configure("greet", { limits: null });
    expect(reset.limits).toEqual(defaultLimits);
    expect(settingsChanges).toEqual([
      { path: "limits.memory", kind: "configure", from: 512 * MiB, to: 64 * MiB },
      { path: "limits.logBytes", kind: "configure", from: 1000, to: 65_536 },
      { path: "limits.queue", kind: "configure", from: 5, to: 1000 },
    ]);
  });

  it("that was there in a store of before leaves no trace where it held down a default", async () => {
    const data = await folder();
    // Hosts of then served no HTTP and took no files with an upload.
    const { streamTime: _, requestBytes: __, responseBytes: ___, ...others } = defaultLimits;
    const { uploadFiles: ____, uploadFileBytes: _____, ...known } = others;
    const usedToBe = { ...known, fuel: 1_000_000_000, fuelPerSecond: 1_000_000_000 };
    const before = {
      grants: {},
      mode: "shared",
      engine: "direct",
      env: { KEY: { secret: "hunter22" }, A: "1" },
      placement: "inline",
      limits: { ...usedToBe, memory: 16 * MiB, queue: 7 },
    };
    const registry = await open({ data });
    await registry.deploy("greet", greet);
    await registry.deploy("jailed", greet);
    await hosts.pop()?.close();
    const db = new DatabaseSync(join(data, "hotcell.db"));
    const put = db.prepare("UPDATE plugins SET settings = ? WHERE name = ?");
    put.run(JSON.stringify(before), "greet");
    const unmetered = { fuel: 1e12, fuelPerSecond: 1e12 };
    const jailed = { ...before, placement: "process", limits: { ...usedToBe, ...unmetered, time: 20 } };
    put.run(JSON.stringify(jailed), "jailed");
    // What later steps make was not there.
    db.exec(
      "DROP TABLE parts; DROP TABLE packs; DROP TABLE contracts; ALTER TABLE plugins DROP COLUMN hotcell; PRAGMA user_version = 3",
    );
    db.close();
    const asked = { env: { KEY: { secret: true }, A: "1" }, limits: { queue: 7 } };
    const lowered = await open({ data, ceilings: { memory: 16 * MiB } });
    expect(lowered.details("greet").asked).toEqual(asked);
    expect(lowered.details("jailed").asked).toEqual({
      env: asked.env,
      placement: "process",
      limits: { time: 20 },
    });
    await lowered.configure("greet", { env: { A: "2" } });
    const later = await open({ data });
    expect(later.details("greet").settings.limits).toEqual({ ...defaultLimits, queue: 7 });
    // Where nobody says that it was a ceiling, it counts as asked for.
    expect((await open({ data })).details("jailed").settings.limits.time).toBe(20);
  });
});

describe("an upload's settings", () => {
  const first: SettingsInput = {
    placement: "process",
    env: { KEY: { secret: "hunter22" }, PLAIN: "x" },
    limits: { time: 2000 },
    grants: { clocks: { resolution: 5 } },
  };

  it("are merged into those there are: nothing is loosened or dropped unasked, and the answer says what changes", async () => {
    const registry = await open();
    await registry.deploy("greet", greet, { settings: first });
    const sent = {
      settings: { grants: { random: true }, limits: { queue: 5 } },
      grant: ["clocks", "logging"],
    };
    const changes = [
      { path: "limits.queue", kind: "configure", from: 1000, to: 5 },
      { path: "grants.random", kind: "grant", to: true },
      { path: "grants.logging", kind: "grant", to: true },
    ];
    const plan = await registry.deploy("greet", greet, { ...sent, dryRun: true });
    expect(plan).toMatchObject({ outcome: "planned", settingsChanges: changes });
    expect(registry.details("greet").settings).toMatchObject({ grants: first.grants });
    const { settings, settingsChanges } = await registry.deploy("greet", greet, sent);
    expect(settingsChanges).toEqual(changes);
    expect(settings).toMatchObject({
      placement: "process",
      env: { KEY: { secret: true }, PLAIN: "x" },
      limits: { time: 2000, queue: 5 },
      grants: { clocks: { resolution: 5 }, random: true, logging: true },
    });
    const secret = await registry.configure("greet", { env: { KEY: { secret: "hunter33" }, PLAIN: null } });
    expect(secret.settingsChanges).toEqual([
      { path: "env.KEY", kind: "configure", from: { secret: true }, to: { secret: true } },
      { path: "env.PLAIN", kind: "configure", from: "x" },
    ]);
  });

  it("keep a plugin in its process that is there for its engine's sake, until it is told to leave", async () => {
    const registry = await open();
    const placed = async (settings: Record<string, unknown>) =>
      (await registry.deploy("greet", greet, { settings })).settings.placement;
    expect(await placed({ engine: "jco" })).toBe("process");
    expect(await placed({ engine: "direct" })).toBe("process");
    expect(await placed({ placement: null })).toBe("inline");
  });

  it("checks stay until others come, or null in their place", async () => {
    const registry = await open();
    const checks = { calls: [{ call: "greet", args: ["Ada"], returns: "Hello, Ada!" }] };
    expect(await registry.deploy("greet", greet, { checks })).toMatchObject({
      settingsChanges: [{ path: "checks", kind: "deploy", to: 1 }],
    });
    expect((await registry.deploy("greet", greet, { settings: { limits: { queue: 5 } } })).outcome).toBe(
      "configured",
    );
    expect(registry.details("greet").checks).toMatchObject(checks);
    expect(await registry.deploy("greet", greet, { checks: null })).toMatchObject({
      outcome: "configured",
      settingsChanges: [{ path: "checks", kind: "deploy", from: 1 }],
    });
    expect(registry.details("greet").checks).toBe(null);
  });
});

describe("requests at the same time", () => {
  it("are merged in their order: what was withdrawn stays so unless it is granted later", async () => {
    const registry = await open();
    await registry.deploy("greet", greet, { grant: ["clocks", "random"] });
    const withdraw = () => registry.configure("greet", { grants: { clocks: null } });
    const grants = () => Object.keys(registry.details("greet").settings.grants).sort();
    await Promise.all([withdraw(), registry.deploy("greet", greet, { grant: ["logging"] })]);
    expect(grants()).toEqual(["logging", "random"]);
    await Promise.all([registry.deploy("greet", greet, { grant: ["clocks"] }), withdraw()]);
    expect(grants()).toEqual(["logging", "random"]);
    await Promise.all([
      registry.configure("greet", { env: { A: { secret: "hunter22" } } }),
      registry.deploy("greet", greet, { settings: { env: { A: { secret: true }, B: "1" } } }),
      registry.configure("greet", { limits: { queue: 5 } }),
      registry.rollback("greet").catch(({ code }) => code),
    ]);
    expect(registry.details("greet")).toMatchObject({
      revision: 8,
      settings: { env: { A: { secret: true }, B: "1" }, limits: { queue: 5 } },
    });
  });

  it("conditions on the revision are judged when their turn has come", async () => {
    const registry = await open();
    const creation = registry.deploy("greet", greet);
    await Promise.all([
      creation,
      registry.deploy("greet", greet, { settings: { limits: { queue: 5 } }, ifRevision: "any" }),
      registry.deploy("greet", greet, { settings: { limits: { queue: 6 } }, ifRevision: [9, 2] }),
    ]);
    expect(registry.details("greet")).toMatchObject({ revision: 3, settings: { limits: { queue: 6 } } });
    const stale = { code: "stale-revision", facts: { expected: "1 or 2", actual: 3 } };
    await expect(registry.configure("greet", {}, { ifRevision: [1, 2] })).rejects.toMatchObject(stale);
  });
});

it("history and events tell of each revision, with the settings that held", async () => {
  const registry = await open();
  await registry.deploy("greet", greet);
  await registry.configure("greet", { limits: { queue: 5 } });
  const [latest] = await registry.deployments("greet");
  expect(latest).toMatchObject({
    revision: 2,
    outcome: "configured",
    settings: { mode: "shared", limits: { ...defaultLimits, queue: 5 } },
    details: { settings: ["limits.queue"], state: "none" },
  });
  const events = (await hosts[0]?.store.events()) ?? [];
  expect(events.map(({ data }) => data)).toMatchObject([{ outcome: "created" }, { outcome: "configured" }]);
});
