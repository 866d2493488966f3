import { existsSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { examplePlugins } from "../guest-plugins/build.ts";
import { createHost } from "../host/host.ts";
import { runCheck } from "../host/registry/checks.ts";
import { exampleChecks, exampleWasm } from "./support/examples.ts";

const host = await createHost();
afterAll(() => host.close());

describe.each(await examplePlugins())("guest-plugins/%s", (name) => {
  it("deploys, and answers as its calls.json says", async () => {
    const { settings = {}, calls } = exampleChecks(name);
    await host.registry.deploy(name, exampleWasm(name), { settings });
    expect(calls.length).toBeGreaterThan(0);
    for (const check of calls) {
      expect(await runCheck(check, (path) => host.registry.callable(name, path))).toBeUndefined();
    }
  });

  it("has a README for newcomers", () => {
    expect(existsSync(new URL(`../guest-plugins/${name}/README.md`, import.meta.url))).toBe(true);
  });
});
