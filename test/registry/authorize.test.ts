import { beforeEach, expect, test } from "vitest";
import type { SettingsChange } from "../../host/registry/settings/settings-changes.ts";
import { exampleWasm } from "../support/examples.ts";
import { hostOfEachTest } from "../support/hosts.ts";

const greet = exampleWasm("greet");

const { registry } = hostOfEachTest();
let asked: (readonly SettingsChange[])[];

beforeEach(() => {
  asked = [];
});

const authorize = (changes: readonly SettingsChange[]) => void asked.push(changes);
const refuse = () => {
  throw new Error("refused");
};

test("who decides hears what a first upload asks for, and what later requests change", async () => {
  const settings = { grants: { clocks: true }, env: { key: { secret: "hunter22" }, plain: "x" } };
  await registry.deploy("greet", greet, { settings, grant: ["random"], authorize });
  await registry.configure("greet", { grants: { clocks: { resolution: 5 }, random: null } }, { authorize });
  await registry.configure(
    "greet",
    { env: { plain: { secret: "x" } }, limits: { fuel: 2e9 } },
    { authorize },
  );
  await registry.configure("greet", {}, { authorize });
  await registry.deploy("greet", greet, { authorize });
  expect(asked).toEqual([
    [
      { path: "grants.clocks", kind: "grant", to: true },
      { path: "grants.random", kind: "grant", to: true },
      { path: "env.key", kind: "configure", to: { secret: true } },
      { path: "env.plain", kind: "configure", to: "x" },
    ],
    [
      { path: "grants.clocks", kind: "grant", from: true, to: { resolution: 5 } },
      { path: "grants.random", kind: "configure", from: true },
    ],
    [
      { path: "env.plain", kind: "configure", from: { secret: true }, to: { secret: true } },
      { path: "limits.fuel", kind: "configure", from: 3e9, to: 2e9 },
    ],
    [],
    [],
  ]);
});

test("what is refused leaves everything as it was", async () => {
  await expect(registry.deploy("greet", greet, { grant: ["clocks"], authorize: refuse })).rejects.toThrow(
    "refused",
  );
  expect(registry.list()).toEqual([]);
  await registry.deploy("greet", greet);
  await expect(registry.configure("greet", { mode: "fresh" }, { authorize: refuse })).rejects.toThrow(
    "refused",
  );
  expect(registry.details("greet")).toMatchObject({ revision: 1, settings: { mode: "shared" } });
});

test("it is asked when the turn has come, about what holds then", async () => {
  await registry.deploy("greet", greet, { grant: ["clocks"] });
  await Promise.all([
    registry.configure("greet", { grants: { clocks: null } }),
    registry.deploy("greet", greet, { grant: ["clocks"], authorize }),
  ]);
  expect(asked).toEqual([[{ path: "grants.clocks", kind: "grant", to: true }]]);
});
