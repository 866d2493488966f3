/** Remedies of limits, for who stands before a host with ceilings: what they say to do can be done. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import type { DeployOptions } from "../../host/registry/api.ts";
import type { PluginLimits } from "../../host/registry/plugin-limits.ts";
import { guest } from "../guests/hostile-text.ts";
import { awake } from "../support/hosts.ts";

const plugin = guest(
  `(func (export "spin") (loop (br 0)))
   (func (export "take") (param i32 i32))
   (func (export "give") (result i32)
     (i32.store (i32.const 8) (i32.const 4096)) (i32.store (i32.const 12) (i32.const 60000)) (i32.const 8))`,
  { spin: "", take: '(param "text" string)', give: "(result (list u8))" },
  { memory: "2" },
);

/** Breaches of limits, by limit: what is deployed or called. */
const breaches: Partial<Record<keyof PluginLimits, string>> = {
  fuel: "spin",
  argumentBytes: "take",
  resultBytes: "give",
  memory: "deploy",
  componentBytes: "deploy",
  coreModules: "deploy",
  exports: "deploy",
  uploadFiles: "deploy",
  uploadFileBytes: "deploy",
};
const least: Partial<Record<keyof PluginLimits, number>> = {
  fuel: 200_000,
  argumentBytes: 100,
  resultBytes: 100,
  memory: 65_536,
  componentBytes: 100,
  coreModules: 0,
  exports: 1,
  uploadFiles: 1,
  uploadFileBytes: 1,
};

const files = new Map(["a", "b"].map((path) => [path, Buffer.from(path)]));

async function breach(
  ceilings: Partial<PluginLimits>,
  limits: Partial<PluginLimits>,
  how: string,
): Promise<HotcellError> {
  await using host = await createHost({ ceilings, log: () => {} });
  try {
    await host.registry.deploy("p", plugin(), { settings: { limits }, files } as DeployOptions);
    const callable = awake(host.registry.callable("p", how));
    callable.requireArgumentBytes(1_000);
    await callable.call([]);
  } catch (error) {
    return error as HotcellError;
  }
  throw new Error("nothing was refused");
}

describe.each(Object.entries(breaches))("the remedy of a breach of limits.%s", (name, how) => {
  const limit = least[name as keyof PluginLimits]!;

  it("is to raise it, where the host lets it be raised", async () => {
    const { facts } = await breach({}, { [name]: limit }, how);
    expect(facts.remedy).toMatch(new RegExp(`[Rr]aise limits\\.${name}`));
    expect(facts.remedy).not.toContain("ceiling");
  });

  it("is whose the ceiling is, where it is at the ceiling", async () => {
    const { facts } = await breach({ [name]: limit }, {}, how);
    expect(facts.remedy).toMatch(
      new RegExp(`(^|: )limits\\.${name} is as high as this host allows, whose owner sets the ceiling`),
    );
    expect(facts.remedy).toContain("HOTCELL_CEILINGS");
    expect(facts.remedy).not.toMatch(/[Rr]aise limits/);
  });
});

it("can be followed: what the owner then allows is taken", async () => {
  await using host = await createHost({ ceilings: { argumentBytes: 2_000 }, log: () => {} });
  const deploy = (argumentBytes: number) =>
    host.registry.deploy("p", plugin(), { settings: { limits: { argumentBytes } } });
  await deploy(100);
  await expect(async () =>
    awake(host.registry.callable("p", "take")).requireArgumentBytes(1_000),
  ).rejects.toMatchObject({
    facts: { remedy: "Send less at a time, or raise limits.argumentBytes in the plugin's settings." },
  });
  await deploy(2_000);
  awake(host.registry.callable("p", "take")).requireArgumentBytes(1_000);
  await expect(deploy(2_001)).rejects.toMatchObject({
    code: "bad-settings",
    facts: { remedy: expect.stringContaining("HOTCELL_CEILINGS") },
  });
});

it("is made of parts, wherever a limit may be raised", () => {
  const root = fileURLToPath(new URL("../../host", import.meta.url));
  const prose = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "errors.ts")
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /raise (?:limits\.|\$\{setting)/i.test(readFileSync(file, "utf8")));
  expect(prose).toEqual([]);
});
