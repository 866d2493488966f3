import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { open } from "../../host/open.ts";
import { sample } from "../guests/small-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-closed-"));
});
afterAll(() => rm(data, { recursive: true, force: true }));

describe.each(["inline", "process"] as const)("a function that was looked up before (%s)", (placement) => {
  const settings = { placement };

  it("a swap says so, and what it says to do works", async () => {
    await using host = await createHost();
    await host.registry.deploy("p", sample({ version: 1 }), { settings });
    const before = awake(host.registry.callable("p", "version"));
    expect(await before.call([])).toBe(1);
    await host.registry.deploy("p", sample({ version: 2 }));
    const { code, message, facts } = await refusalOf(before.callJson());
    expect([code, message]).toEqual([
      "closed",
      "The version of p that this function is of has been replaced.",
    ]);
    expect(facts.remedy).toContain('registry.callable("p", …)');
    expect(await awake(host.registry.callable("p", "version")).call([])).toBe(2);
    expect(await host.registry.callJson("p", "version")).toBe(2);
  });

  it("a removal says so, and what it says to do works", async () => {
    await using host = await createHost();
    await host.registry.deploy("p", sample(), { settings });
    const before = awake(host.registry.callable("p", "version"));
    await host.registry.remove("p");
    const { message, facts } = await refusalOf(before.call([]));
    expect(message).toBe("p has been removed.");
    expect(facts.remedy).toContain('registry.deploy("p", …)');
    await host.registry.deploy("p", sample());
    expect(await host.registry.callJson("p", "version")).toBe(1);
  });

  it("the host was closed says so", async () => {
    const host = await createHost();
    await host.registry.deploy("p", sample(), { settings });
    const before = awake(host.registry.callable("p", "version"));
    await host.close();
    for (const refused of [
      refusalOf(before.call([])),
      refusalOf(host.registry.callJson("p", "version")),
      refusalOf(host.registry.deploy("p", sample())),
      refusalOf((async () => host.registry.callable("p", "version"))()),
    ]) {
      const { code, message, facts } = await refused;
      expect([code, message]).toEqual(["closed", "The host is shutting down."]);
      expect(facts.remedy).toContain("what createHost gives next");
    }
  });
});

it("a plugin that has not run since a restart is woken by who looks a function up", async () => {
  {
    await using host = await createHost({ data });
    await host.registry.deploy("p", sample());
  }
  await using host = await createHost({ data });
  const found = host.registry.callable("p", "version");
  expect(found).toBeInstanceOf(Promise);
  expect(await (await found).call([])).toBe(1);
  // From then on nobody waits.
  expect(await awake(host.registry.callable("p", "version")).call([])).toBe(1);
});

it("a plugin that is removed while it is woken serves who came before, and is gone for who comes after", async () => {
  await using host = await createHost({ data });
  const found = host.registry.callable("p", "version");
  const removed = host.registry.remove("p");
  expect(await (await found).call([])).toBe(1);
  await removed;
  expect(refusal(() => host.registry.callable("p", "version"))).toMatchObject({ code: "plugin-not-found" });
});

it("a host's store that is closed says what goes on", async () => {
  const host = await createHost({ data: join(data, "other") });
  await host.close();
  expect((await refusalOf(host.store.list())).facts.remedy).toContain("createHost gives next");
});

describe("a plugin that was opened and closed", () => {
  it.each(["shared", "fresh"] as const)("says so, and what it says to do works (%s)", async (mode) => {
    const plugin = await open(exampleWasm("greet"), { mode });
    const greet = plugin.lookup("greet").as<(name: string) => string>("func(string) -> string");
    await plugin.close();
    const { code, message, facts } = refusal(() => greet("Ada"));
    expect([code, message]).toEqual(["closed", "The plugin was closed."]);
    expect(facts.remedy).toContain("Open it again, with open(…)");
    expect((await refusalOf(plugin.callJson("greet", ["Ada"]))).code).toBe("closed");
    await using again = await open(exampleWasm("greet"), { mode });
    expect(await again.callJson("greet", ["Ada"])).toBe("Hello, Ada!");
  });
});
