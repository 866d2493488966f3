/** Contracts: worlds that plugins are held to, put in versions, and what their plugins may and may not become. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { contractBounds } from "../../../host/bounds/contract-bounds.ts";
import { createHost } from "../../../host/host.ts";
import type { Registry } from "../../../host/registry/api.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfEachTest } from "../../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { refusalOf } from "../../support/thrown.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-contracts-"));
afterAll(() => rm(scratch, { recursive: true }));
const { registry } = hostOfEachTest();

/** An encoded world that exports this. */
const contract = (exports: string) =>
  componentTypeOf(dummyModule(`package acme:contracts; world plugin { ${exports} }`));
const adding = contract("export add: func(a: u32, b: u32) -> u32;");
const echoing = contract("export echo: func(text: string) -> string;");
const addingTexts = contract("export add: func(a: string) -> string;");
const without = (...names: string[]) => sample({ without: names });
const held = (name: string | string[]) => ({ settings: { contract: name } });

describe("a plugin whose setting names a contract", () => {
  it("goes live with what exports at least that, and with nothing else", async () => {
    await registry.contracts.put("adding", adding);
    const refused = await refusalOf(registry.deploy("p", without("add"), held("adding")));
    expect(refused.code).toBe("contract-unmet");
    expect(refused.message).toBe(
      "p does not satisfy the contract adding@1. The exported function add is gone; it was func(a: u32, b: u32) -> u32. Calls of it fail.",
    );
    expect(refused.facts.extra).toMatchObject({ contract: "adding@1", changes: [{ path: "add" }] });
    expect(registry.list()).toEqual([]);
    await registry.deploy("p", sample(), held("adding"));
    const later = await refusalOf(registry.deploy("p", without("add"), { allowBreaking: true }));
    expect(later.code).toBe("contract-unmet");
    expect(
      (await registry.deploy("p", sample({ version: 2, without: ["boom"] }), { allowBreaking: true }))
        .outcome,
    ).toBe("swapped");
    expect(registry.details("p").settings.contract).toBe("adding");
  });

  it("is not made one where it misses that, and is let go again", async () => {
    await registry.contracts.put("adding", adding);
    await registry.deploy("p", without("add"));
    expect((await refusalOf(registry.configure("p", { contract: "adding" }))).code).toBe("contract-unmet");
    await registry.deploy("p", sample({ version: 2 }));
    await registry.configure("p", { contract: "adding" });
    expect((await refusalOf(registry.rollback("p"))).code).toBe("contract-unmet");
    await registry.configure("p", { contract: null });
    expect((await registry.rollback("p")).outcome).toBe("swapped");
  });

  it("may share the names of functions with interfaces of its own", async () => {
    await registry.contracts.put("adding", contract("export add-up: func(a: u32, b: u32) -> u32;"));
    const refused = await refusalOf(registry.deploy("p", sample(), held("adding")));
    expect(refused.code).toBe("contract-unmet");
    await registry.contracts.put(
      "math",
      componentTypeOf(
        dummyModule(
          "package demo:calc@1.0.0; interface math { add-up: func(a: u32, b: u32) -> u32; } world plugin { export math; }",
        ),
      ),
    );
    expect((await registry.deploy("p", sample(), held("math"))).outcome).toBe("created");
  });

  it("is refused where there is no such contract, or no such version", async () => {
    await registry.contracts.put("adding", adding);
    for (const [name, near] of [
      ["ading", "adding"],
      ["adding@2", "adding@1"],
    ] as const) {
      const refused = await refusalOf(registry.deploy("p", sample(), held(name)));
      expect(refused.code).toBe("contract-not-found");
      expect(refused.facts.remedy).toContain(near);
    }
    expect((await refusalOf(registry.deploy("p", sample(), held("Adding")))).code).toBe("bad-settings");
    expect((await refusalOf(registry.deploy("p", sample(), held(Array(9).fill("adding"))))).code).toBe(
      "bad-settings",
    );
  });

  it("is told that two contracts clash, and on what", async () => {
    await registry.contracts.put("adding", adding);
    await registry.contracts.put("texts", addingTexts);
    await registry.contracts.put("echoing", echoing);
    await registry.deploy("p", sample(), held(["adding", "echoing"]));
    const refused = await refusalOf(registry.configure("p", { contract: ["adding", "texts"] }));
    expect(refused.code).toBe("contract-clash");
    expect(refused.message).toBe("p is held to the contracts texts@1 and adding@1, which disagree on add.");
  });
});

describe("what a plugin is held to", () => {
  const told = [
    { name: "adding", version: 1, by: "setting" },
    { name: "echoing", version: 1, by: "pattern" },
  ];

  it("is in a plan, in what an upload answers and in its details", async () => {
    await registry.contracts.put("adding", adding);
    await registry.contracts.put("echoing", echoing, { plugins: ["*"] });
    const plan = await registry.deploy("p", sample(), { ...held("adding@1"), dryRun: true });
    expect([plan.outcome, plan.contracts]).toEqual(["planned", told]);
    expect((await registry.deploy("p", sample(), held("adding"))).contracts).toEqual(told);
    await registry.contracts.put("adding", sample(), { plugins: ["p"] });
    expect(registry.details("p").contracts).toEqual([{ ...told[0], version: 2 }, told[1]]);
    await registry.contracts.put("echoing", echoing, { plugins: [] });
    await registry.contracts.put("adding", sample(), { plugins: [] });
    const without = await registry.configure("p", { contract: null });
    expect(without).not.toHaveProperty("contracts");
    expect(registry.details("p")).not.toHaveProperty("contracts");
  });

  it("is all told that it misses, and how it may do without", async () => {
    await registry.contracts.put("adding", adding);
    await registry.contracts.put("echoing", echoing, { plugins: ["*"] });
    const refused = await refusalOf(
      registry.deploy("p", without("add", "echo"), { ...held("adding"), dryRun: true }),
    );
    expect(refused.message).toContain(
      "p does not satisfy the contract adding@1. The exported function add is gone",
    );
    expect(refused.message).toContain(
      "p does not satisfy the contract echoing@1. The exported function echo is gone",
    );
    expect(refused.facts.remedy).toContain("name another version of it in the setting contract, or none");
    expect(refused.facts.extra).toMatchObject({
      contract: "adding@1",
      contracts: [
        { contract: "adding@1", by: "setting", changes: [{ path: "add" }] },
        { contract: "echoing@1", by: "pattern", changes: [{ path: "echo" }] },
      ],
    });
    const byPattern = await refusalOf(registry.deploy("p", without("echo")));
    expect(byPattern.facts.remedy).toContain("have an admin put it for other plugins than p");
  });
});

describe("a contract", () => {
  it("breaks plugins that a pattern names, as its refusal says for many", async () => {
    await registry.contracts.put("adding", adding, { plugins: ["*"] });
    for (const name of ["a", "b", "c", "d", "e", "f"]) await registry.deploy(name, sample());
    const refused = await refusalOf(registry.contracts.put("adding", addingTexts));
    expect(refused.message).toMatch(/ 1 more plugins\.$/);
    expect(refused.facts.remedy).toContain("?breaks=* (hotcell contract put adding … --breaks '*'");
    await registry.contracts.put("adding", addingTexts, { breaks: ["*"] });
    expect(registry.contracts.summary("adding")).toMatchObject({ version: 2, plugins: ["*"] });
  });

  it("holds for plugins that it names by patterns, unless their settings name a version of it", async () => {
    await registry.contracts.put("adding", adding, { plugins: ["sum-*"] });
    expect((await refusalOf(registry.deploy("sum-a", without("add")))).code).toBe("contract-unmet");
    await registry.deploy("other", without("add"));
    await registry.deploy("sum-a", sample());
    await registry.deploy("sum-b", sample(), held("adding@1"));
    expect(registry.contracts.summary("adding").users).toEqual(["sum-a", "sum-b"]);
    const next = contract("export add: func(a: u32, b: u32, c: u32) -> u32;");
    const plan = await registry.contracts.put("adding", next, { dryRun: true });
    expect(plan).toMatchObject({ outcome: "planned", version: 2, plugins: ["sum-*"] });
    expect(plan.breaks.map(({ plugin }) => plugin)).toEqual(["sum-a"]);
  });

  it("is not changed under plugins that would miss it, unless they are named", async () => {
    await registry.contracts.put("adding", adding);
    await registry.deploy("p", sample(), held("adding"));
    const refused = await refusalOf(registry.contracts.put("adding", addingTexts));
    expect(refused.code).toBe("contract-breaks");
    expect(refused.message).toContain("Live plugins would not satisfy the contract adding@2. p: ");
    expect(refused.facts.remedy).toContain("?breaks=p");
    expect(registry.contracts.summary("adding").version).toBe(1);
    await registry.contracts.put("adding", addingTexts, { breaks: ["p"] });
    expect(registry.contracts.summary("adding").versions).toEqual([1, 2]);
    // It goes on, its settings may change, and its next version has to satisfy the contract.
    expect((await registry.configure("p", { limits: { queue: 10 } })).outcome).toBe("configured");
    expect((await refusalOf(registry.deploy("p", sample({ version: 2 })))).code).toBe("contract-unmet");
    await registry.deploy("p", sample({ version: 2 }), held("adding@1"));
  });

  it("is the same version where the same comes again", async () => {
    expect((await registry.contracts.put("adding", adding)).outcome).toBe("created");
    expect(await registry.contracts.put("adding", adding)).toMatchObject({
      outcome: "unchanged",
      version: 1,
    });
    expect(await registry.contracts.put("adding", adding, { plugins: ["p"] })).toMatchObject({
      outcome: "changed",
      version: 1,
      plugins: ["p"],
    });
    // A component is a model of its own world.
    expect(await registry.contracts.put("adding", sample())).toMatchObject({ version: 2, plugins: ["p"] });
  });

  it("is not removed while settings name it", async () => {
    await registry.contracts.put("adding", adding);
    await registry.contracts.put("adding", sample());
    await registry.deploy("p", sample(), held("adding@1"));
    for (const version of [undefined, 1]) {
      const refused = await refusalOf(registry.contracts.remove("adding", { ...(version && { version }) }));
      expect([refused.code, refused.message]).toEqual([
        "contract-in-use",
        `The contract adding${version ? "@1" : ""} is in use by p.`,
      ]);
    }
    await registry.contracts.remove("adding", { version: 2 });
    await registry.configure("p", { contract: null });
    await registry.contracts.remove("adding");
    expect(registry.contracts.list()).toEqual([]);
    expect((await refusalOf(registry.contracts.remove("adding"))).code).toBe("contract-not-found");
  });

  it.each([
    ["no WebAssembly", Buffer.from("world"), "not-wasm"],
    ["a world that exports nothing", contract(""), "bad-request"],
    [
      "a world whose text has no end",
      contract(
        `type ${"x".repeat(3000)} = u8; ${Array.from({ length: 1500 }, (_, i) => `export g${i}: func(a: ${"x".repeat(3000)});`).join(" ")}`,
      ),
      "component-limit",
    ],
    ["more than it may be", new Uint8Array(contractBounds.bytes.value + 1), "too-large"],
  ])("is not %s", async (_, bytes, code) => {
    expect((await refusalOf(registry.contracts.put("bad", bytes))).code).toBe(code);
    expect(registry.contracts.list()).toEqual([]);
  });

  it("is none beyond what a host keeps", async () => {
    for (let i = 0; i < contractBounds.kept.value; i++) await registry.contracts.put(`c-${i}`, adding);
    expect((await refusalOf(registry.contracts.put("more", adding))).code).toBe("contract-limit");
  });

  it("is none beyond the bytes that all may have", async () => {
    const most = contractBounds.bytes.value;
    // A custom section, which is a part of the bytes and not of the world.
    const padded = (fill: number) => {
      const name = Buffer.from("\x01p");
      const size = most - adding.length - 4 - fill;
      const length = Buffer.from([(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14]);
      return Buffer.concat([adding, Buffer.from([0]), length, name, Buffer.alloc(size - 2)]);
    };
    const room = Math.floor(contractBounds.allBytes.value / padded(0).length);
    for (let i = 0; i < room; i++) await registry.contracts.put("padded", padded(i));
    await registry.contracts.put("small", adding);
    const refused = await refusalOf(registry.contracts.put("padded", padded(room)));
    expect([refused.code, refused.facts.limit]).toEqual(["contract-limit", contractBounds.allBytes.value]);
  });

  it("is not changed by whoever reads it", async () => {
    await registry.contracts.put("adding", adding);
    registry.contracts.get("adding").bytes.fill(0);
    expect(Buffer.compare(registry.contracts.get("adding").bytes, adding)).toBe(0);
  });

  it("has a number that no version of that name ever had, whatever was removed", async () => {
    const data = join(scratch, "numbers");
    const next = async (registry: Registry, name: string) =>
      (await registry.contracts.put(name, sample())).version;
    {
      await using host = await createHost({ data, log: () => {} });
      const { contracts } = host.registry;
      await contracts.put("adding", adding);
      expect(await next(host.registry, "adding")).toBe(2);
      await contracts.remove("adding", { version: 2 });
      expect(contracts.summary("adding").versions).toEqual([1]);
      // The same world is another version all the same: who named the second one was told that it is gone.
      expect(await next(host.registry, "adding")).toBe(3);
      await contracts.remove("adding");
      expect(contracts.list()).toEqual([]);
      expect((await refusalOf(host.registry.deploy("p", sample(), held("adding@3")))).code).toBe(
        "contract-not-found",
      );
    }
    await using host = await createHost({ data, log: () => {} });
    expect(host.registry.contracts.list()).toEqual([]);
    expect(await next(host.registry, "adding")).toBe(4);
    expect(await next(host.registry, "other")).toBe(1);
  });

  it("outlives the host", async () => {
    const data = join(scratch, "data");
    {
      await using host = await createHost({ data, log: () => {} });
      await host.registry.contracts.put("adding", adding, { plugins: ["p"], who: "ada" });
    }
    await using host = await createHost({ data, log: () => {} });
    expect(host.registry.contracts.list()).toMatchObject([
      { name: "adding", version: 1, plugins: ["p"], who: "ada" },
    ]);
    expect((await refusalOf(host.registry.deploy("p", without("add")))).code).toBe("contract-unmet");
    const kinds = (await host.store.events()).map(({ kind }) => kind);
    expect(kinds).toContain("contract-put");
  });
});
