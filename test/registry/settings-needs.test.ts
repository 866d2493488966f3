/** The table of what a change of each setting keeps: the same in the documentation, in the code, and for users. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packages } from "../../host/capabilities/interfaces.ts";
import { createHost, type Host } from "../../host/host.ts";
import type { DeployOptions, Registry } from "../../host/registry/api.ts";
import { needs, type SettingName } from "../../host/registry/deploy/settings-needs.ts";
import { defaultLimits, limitNames } from "../../host/registry/plugin-limits.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { awake } from "../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");
const documented = new Map(
  [
    ...page
      .split("## What a change keeps")[1]!
      .split("\n## ")[0]!
      .matchAll(/^\| `([\w.]+)` \| (.*) \|$/gm),
  ].map(([, name = "", when = ""]) => [name, when]),
);

const state = await readFile(new URL("../../wit/plugin.wit", import.meta.url), "utf8");
const world = `import wasi:logging/logging@0.1.0-draft;
  import wasi:config/store@0.2.0-rc.1;
  export add: func(by: u32) -> u64;
  export configured: func(key: string) -> option<string>;
  export note: func(text: string);`;
const source = `import { Result, Unit } from "wit-types";
  import { get } from "wasi:config/store@0.2.0-rc.1";
  import { log, Level } from "wasi:logging/logging@0.1.0-draft";
  let total: u64 = 0;
  export function add(by: u32): u64 { total += by; return total; }
  export function configured(key: string): string | null { return get(key).unwrap(); }
  export function note(text: string): void { log(Level.Info, "", text); }`;
const keeping = `
  export function save(): Uint8Array { return Uint8Array.wrap(String.UTF8.encode(total.toString())); }
  export function restore(from: string, state: Uint8Array): Result<Unit, string> {
    total = U64.parseInt(String.UTF8.decode(state.buffer));
    return Result.ok<Unit, string>();
  }`;

function guest(more: { world?: string; source?: string } = {}): Promise<Uint8Array> {
  const wit = Object.entries(packages).map(
    ([name, text]) => [`wit/deps/${name.replace(":", "-")}/package.wit`, text] as const,
  );
  return buildComponent({
    files: {
      ...Object.fromEntries(wit),
      "wit/deps/plugin/plugin.wit": state,
      "wit/world.wit": `package t:guest@1.0.0;\nworld guest { ${world} ${more.world ?? ""} }`,
      "assembly/index.ts": `${source}\n${more.source ?? ""}`,
    },
  });
}

const plugins = {
  plain: await guest(),
  stateful: await guest({ world: "export hotcell:plugin/state@0.1.0;", source: keeping }),
};
let host: Host;
let registry: Registry;
const lines: string[] = [];

beforeAll(async () => {
  host = await createHost({ log: ({ message }) => lines.push(message), registries: ["ghcr.io/acme"] });
  registry = host.registry;
  const adding = "package t:adding; world adding { export add: func(by: u32) -> u64; }";
  await registry.contracts.put("adding", componentTypeOf(dummyModule(adding)));
});
afterAll(async () => {
  await host.close();
  await removeTemporaryFolders();
});

const call = (name: string, path: string, ...args: unknown[]) =>
  awake(registry.callable(name, path)).call(args);
const asked = { allowStateLoss: true };

interface Case {
  readonly setting: SettingName;
  /** What makes the table's condition hold, or not. */
  readonly about?: string;
  readonly patch?: SettingsInput;
  readonly checks?: DeployOptions["checks"];
  readonly newCell: (placement: string) => boolean;
}

const settings = {
  mode: { mode: "fresh" },
  engine: { engine: "jco" },
} as const;
const said = (setting: string) => documented.get(setting) ?? "";
/** As the documentation's words have it. */
const cases: Case[] = [
  ...limitNames.map((name): Case => {
    const setting = `limits.${name}` as const;
    const newCell = (placement: string) =>
      said(setting) === "always" || (said(setting) === "in a process" && placement === "process");
    return { setting, patch: { limits: { [name]: Math.floor(defaultLimits[name] / 2) } }, newCell };
  }),
  { setting: "checks", checks: { calls: [{ call: "add", args: [1], returns: 1 }] }, newCell: () => false },
  { setting: "routes", patch: { routes: [{ path: "/a" }] }, newCell: () => false },
  {
    setting: "schedule",
    patch: { schedule: [{ cron: "0 0 1 1 *", call: "add", arguments: [1] }] },
    newCell: () => false,
  },
  { setting: "source", patch: { source: { oci: "ghcr.io/acme/p:1" } }, newCell: () => false },
  { setting: "state", patch: { state: { every: "30s" } }, newCell: () => false },
  { setting: "rollout", patch: { rollout: { time: "30s" } }, newCell: () => false },
  { setting: "mcp", patch: { mcp: true }, newCell: () => false },
  { setting: "linkable", patch: { linkable: ["other"] }, newCell: () => false },
  { setting: "contract", patch: { contract: "adding" }, newCell: () => false },
  { setting: "rate", patch: { rate: { requests: 1_000 } }, newCell: () => false },
  { setting: "access", patch: { access: "token" }, newCell: () => false },
  { setting: "grants", about: "not imported", patch: { grants: { random: true } }, newCell: () => false },
  { setting: "grants", about: "withdrawn", patch: { grants: { random: null } }, newCell: () => false },
  { setting: "grants", about: "imported", patch: { grants: { logging: {} } }, newCell: () => true },
  { setting: "env", about: "plain", patch: { env: { plain: "text" } }, newCell: () => false },
  {
    setting: "env",
    about: "secret",
    patch: { env: { key: { secret: "first-s3cret" } } },
    newCell: () => false,
  },
  {
    setting: "env",
    about: "rotated",
    patch: { env: { key: { secret: "other-s3cret" } } },
    newCell: () => false,
  },
  { setting: "mode", patch: settings.mode, newCell: () => true },
  { setting: "engine", patch: settings.engine, newCell: () => true },
  // The last one: what comes after would be somewhere else. Which one is meant is the other one.
  { setting: "placement", patch: { placement: "process" }, newCell: () => true },
];

it("is documented as it is", () => {
  const coded = Object.entries(needs).map(([name, { when }]) => [name, when]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(coded));
  expect(new Set(cases.map(({ setting }) => setting))).toEqual(new Set(Object.keys(needs)));
});

describe.each(["inline", "process"] as const)("placement %s", (placement) => {
  const other = ({ inline: "process", process: "inline" } as const)[placement];
  const change = (name: string, bytes: Uint8Array, { patch, checks }: Case, more = {}) =>
    checks !== undefined
      ? registry.deploy(name, bytes, { checks, ...more })
      : registry.configure(name, patch?.placement ? { placement: other } : patch!, more);

  for (const kind of ["plain", "stateful", "fresh"] as const) {
    it.each(cases)(`$setting $about, ${kind}`, async (each) => {
      const name = `${placement}-${kind}`;
      const bytes = plugins[kind === "stateful" ? "stateful" : "plain"];
      const mode = kind === "fresh" ? "fresh" : "shared";
      const { setting } = each;
      const start: SettingsInput = { placement, mode, engine: "direct", grants: { logging: true } };
      if (!registry.list().some((plugin) => plugin.name === name))
        await registry.deploy(name, bytes, { settings: start });
      let total = BigInt((await call(name, "add", 5)) as bigint);
      const replaces = each.newCell(placement);
      const fresh = kind === "fresh" && setting === "mode";
      // A fresh plugin has no mode to change to where it would lose something.
      const patched: Case = fresh ? { ...each, patch: { mode: "shared" } } : each;
      const lost = kind !== "fresh" && replaces && (kind === "plain" || setting === "mode");
      if (lost) {
        const refusal = {
          code: "state-loss",
          status: 409,
          facts: { extra: { settings: expect.any(Array) } },
        };
        for (const dryRun of [true, false])
          await expect(change(name, bytes, patched, { dryRun })).rejects.toMatchObject(refusal);
        total += 1n;
        expect(await call(name, "add", 1)).toBe(total);
      }
      const fate = kind === "fresh" ? "none" : lost ? "lost" : replaces ? "handed-over" : "kept";
      const outcome = replaces ? "swapped" : "configured";
      // To plan a process is to start one.
      const plan = placement === "inline" && (await change(name, bytes, patched, { ...asked, dryRun: true }));
      const done = await change(name, bytes, patched, lost ? asked : {});
      expect(done).toMatchObject({ outcome, state: fate });
      if (plan) {
        const { revision, settingsChanges } = done;
        expect(plan).toMatchObject({ outcome: "planned", state: fate, revision, settingsChanges });
      }
      expect(done.settingsChanges.length).toBeGreaterThan(0);
      const expected = kind === "fresh" || lost ? 1n : total + 1n;
      expect(await call(name, "add", 1)).toBe(fresh ? 1n : expected);
      // What comes next would have to pass them, each time in a process of its own.
      if (setting === "checks") await registry.deploy(name, bytes, { checks: null });
      // The next plugin wants the same.
      if (setting === "schedule") await registry.configure(name, { schedule: null });
      if (setting === "routes") await registry.configure(name, { routes: null });
      if (setting === "mode" || setting === "engine") await registry.configure(name, start, asked);
    });
  }
});

describe.each(["inline", "process"] as const)("without a new cell, placement %s:", (placement) => {
  const start = { placement, grants: { logging: true }, env: { key: { secret: "first-s3cret" } } };
  const name = `live-${placement}`;
  const logged = async (text: string) => {
    await call(name, "note", text);
    // Lines of a process come before the answer of the call.
    return lines.splice(0);
  };

  it("secrets are told from the next call on, and former ones stay out of the log", async () => {
    await registry.deploy(name, plugins.plain, { settings: start });
    expect(await call(name, "configured", "key")).toBe("first-s3cret");
    expect(await call(name, "add", 5)).toBe(5n);
    await registry.configure(name, { env: { key: { secret: "other-s3cret" }, more: "x" } });
    expect(await call(name, "configured", "key")).toBe("other-s3cret");
    expect(await call(name, "configured", "more")).toBe("x");
    lines.length = 0;
    expect(await logged("first-s3cret other-s3cret")).toEqual(["[secret] [secret]"]);
    await registry.configure(name, { env: { key: null } });
    expect(await call(name, "configured", "key")).toBe(undefined);
    expect(await logged("first-s3cret other-s3cret")).toEqual(["[secret] [secret]"]);
    expect(await call(name, "add", 1)).toBe(6n);
  });

  it("limits hold for the next call, down and up", async () => {
    lines.length = 0;
    await registry.configure(name, { limits: { logBytes: 0 } });
    expect(await logged("dropped")).toEqual([]);
    await registry.configure(name, { limits: { logBytes: null } });
    expect(await logged("kept")).toContain("kept");
    await registry.configure(name, { limits: { resultBytes: 0 } });
    await registry.configure(name, { limits: { resultBytes: null, argumentBytes: 2 } });
    expect(() => awake(registry.callable(name, "add")).requireArgumentBytes(3)).toThrow(
      expect.objectContaining({ code: "argument-too-large" }),
    );
    await registry.configure(name, { limits: { argumentBytes: null } });
    expect(await call(name, "add", 1)).toBe(7n);
    await registry.configure(name, { limits: { fuel: 2_000_000 } });
    await expect(call(name, "note", "x".repeat(1_000_000))).rejects.toMatchObject({ code: "out-of-fuel" });
    await registry.configure(name, { limits: { fuel: null } });
    await call(name, "note", "x".repeat(1_000_000));
  });

  it("calls go on while settings change, and none fails", async () => {
    let calls = 0;
    let changing = true;
    const caller = async () => {
      while (changing) {
        await call(name, "add", 0);
        calls++;
        await new Promise(setImmediate);
      }
    };
    const callers = [caller(), caller(), caller()];
    const before = await call(name, "add", 3);
    for (let i = 1; i <= 20; i++) {
      await registry.configure(name, { limits: { queue: 100 + i, time: 5000 + i } });
      // A store in memory waits for nothing, and would let no call come between.
      await new Promise(setImmediate);
    }
    await registry.configure(name, { env: { i: "20" } });
    changing = false;
    await Promise.all(callers);
    expect(calls).toBeGreaterThan(20);
    expect(await call(name, "add", 0)).toBe(before);
    expect(await call(name, "configured", "i")).toBe("20");
  });

  it("a cell that was told at its start is replaced, and asked about", async () => {
    const told = `${name}-told`;
    const source = `const key = get("key").unwrap();
      export function known(): string | null { return key; }`;
    const bytes = await guest({ world: "export known: func() -> option<string>;", source });
    await registry.deploy(told, bytes, { settings: start });
    const env = { key: "new" };
    // Not called yet: there is nothing to lose.
    expect(await registry.configure(told, { env: { key: "newer" } })).toMatchObject({
      outcome: "swapped",
      state: "none",
    });
    expect(await call(told, "known")).toBe("newer");
    await expect(registry.configure(told, { env })).rejects.toMatchObject({
      code: "state-loss",
      message: expect.stringContaining("env.key"),
    });
    expect(await registry.configure(told, { env }, asked)).toMatchObject({ state: "lost" });
    expect(await call(told, "known")).toBe("new");
  });
});

it("a call that comes while a new cell is made leaves its state nowhere but where it stays", async () => {
  for (let i = 1; i <= 10; i++) {
    const name = `race-${i}`;
    await registry.deploy(name, plugins.plain, { settings: { grants: { logging: true } } });
    const change = registry
      .configure(name, { limits: { memory: 16 * 1024 * 1024 } })
      .then(({ state }) => state)
      .catch(({ code }) => code);
    for (let turn = 0; turn < i; turn++) await new Promise(setImmediate);
    await call(name, "add", 1);
    expect(["none", "state-loss"]).toContain(await change);
    expect(await call(name, "add", 1)).toBe(2n);
  }
});

it("a former secret is remembered for as long as its cell may know it", async () => {
  await registry.deploy("rotated", plugins.plain, { settings: { grants: { logging: true } } });
  await call("rotated", "add", 1);
  const rotate = (i: number) => registry.configure("rotated", { env: { key: { secret: `s3cret-${i}.` } } });
  for (let i = 1; i < 32; i++) expect(await rotate(i)).toMatchObject({ outcome: "configured" });
  lines.length = 0;
  await call("rotated", "note", "s3cret-1. s3cret-31.");
  expect(lines).toEqual(["[secret] [secret]"]);
  await expect(rotate(32)).rejects.toMatchObject({ code: "state-loss" });
});
