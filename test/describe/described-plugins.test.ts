/** Docs and metadata of a component, as plans and details tell of them. */
import { expect, it } from "vitest";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfEachTest } from "../support/hosts.ts";

const { registry } = hostOfEachTest();
const described = withSections(sample(), [
  ["description", "Adds and divides."],
  ["version", "1.2.0"],
  ["homepage", new Uint8Array([0xff])],
  ["package-docs", packageDocs({ worlds: { root: { func_exports: { add: "Adds two numbers." } } } })],
]);
const told = {
  metadata: { description: "Adds and divides.", version: "1.2.0" },
  notes: ["The section homepage is ignored: it is no UTF-8."],
  world: expect.stringContaining("  /// Adds two numbers.\n  export add: func(a: u32, b: u32) -> u32;"),
};

it("plans, deployments and details tell of both, and of what was ignored", async () => {
  expect(await registry.deploy("calc", described, { dryRun: true })).toMatchObject(told);
  expect(await registry.deploy("calc", described)).toMatchObject(told);
  expect(registry.details("calc")).toMatchObject(told);
});

it("what says nothing of itself has no members for that", async () => {
  const deployment = await registry.deploy("calc", sample());
  for (const shown of [deployment, registry.details("calc")]) {
    expect(Object.keys(shown).filter((member) => member in told)).toEqual(["world"]);
  }
});

it("docs alone are no change for callers, and words in them export nothing", async () => {
  await registry.deploy("calc", sample());
  const docs = "\n  export wasi:http/incoming-handler@0.2.0;\r  export wasi:http/incoming-handler@0.2.0;";
  const other = withSections(sample(), [["package-docs", packageDocs({ worlds: { root: { docs } } })]]);
  const { changes, settings } = await registry.deploy("calc", other);
  expect(changes).toEqual([]);
  expect(settings.mode).toBe("shared");
  expect(registry.details("calc").world).toContain("/// export wasi:http/incoming-handler@0.2.0;");
});
