/** Contracts against their host: worlds that are not to be had, versions by the thousand, crowds that miss one, changes from all sides at once. */
import { describe, expect, it } from "vitest";
import { contractBounds } from "../../host/bounds/contract-bounds.ts";
import { many } from "../guests/hostile-text.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";
import { contracts, wideContract } from "./attacks/contracts.ts";

const host = await hostOfFile();
const { registry } = host;
await registry.deploy("bystander", sample());

const put = (path: string, body: Uint8Array) =>
  host.send("PUT", `/contracts/${path}`, { body, headers: { "content-type": "application/wasm" } });
const world = (exports: string) => componentTypeOf(dummyModule(`package a:b; world w { ${exports} }`));
const adding = world("export add: func(a: u32, b: u32) -> u32;");

describe("a world that is no contract", () => {
  it.each(contracts)("is $name", async ({ bytes, code }) => {
    const refused = await put("bad", bytes());
    expect([refused.status < 500, refused.json.code]).toEqual([true, code]);
    expect(registry.contracts.list()).toEqual([]);
    expect((await host.call("bystander/add", [1, 2])).json).toBe(3);
  });
});

describe("names and patterns of plugins", () => {
  const patterns = (texts: readonly string[]) =>
    `?${texts.map((text) => `plugins=${encodeURIComponent(text)}`).join("&")}`;
  it.each([
    ["more than there may be", many(contractBounds.patterns.value + 1, (i) => `p-${i}-*`)],
    ["one that is long", ["a".repeat(5_000)]],
    ["one of stars", ["*".repeat(50)]],
    ["one that is none", ["../*"]],
    ["one that objects have", ["__proto__"]],
  ])("are refused: %s", async (_, texts) => {
    const refused = await put(`held${patterns(texts)}`, adding);
    expect(refused.status).toBe(400);
    expect(refused.text.length).toBeLessThan(2_000);
    expect(registry.contracts.list()).toEqual([]);
  });
});

it("versions that are put and removed by the thousand leave so many behind", async () => {
  const { kept, removed } = contractBounds;
  for (let i = 0; i <= 3 * (kept.value - 1); i++) {
    await registry.contracts.put(`c-${i}`, adding);
    if (i % 3 > 0) await registry.contracts.remove(`c-${i}`);
  }
  expect(registry.contracts.list()).toHaveLength(kept.value);
  expect((await put("more", adding)).json.code).toBe("contract-limit");
  const records = await host.store.contracts();
  expect(records).toHaveLength(kept.value + removed.value + 1);
  for (const { name } of registry.contracts.list()) await registry.contracts.remove(name);
  expect(await host.store.contracts()).toHaveLength(removed.value + 1);
});

describe("a crowd that misses a wide contract", () => {
  const count = 60;

  it("is told within a bound, and others get on meanwhile", async () => {
    for (let i = 0; i < count; i++) await registry.deploy(`crowd-${i}`, sample());
    const order: string[] = [];
    const planned = put("wide?plugins=crowd-*&dry-run", wideContract()).then((answer) => {
      order.push("planned");
      return answer;
    });
    const call = host.call("bystander/add", [1, 2]).then(() => order.push("called"));
    const [{ json }] = await Promise.all([planned, call]);
    expect(order).toEqual(["called", "planned"]);
    expect(json.breaks).toHaveLength(count);
    const told = json.breaks.map(({ changes }: { changes: unknown[] }) => changes.length);
    expect(told.reduce((sum: number, n: number) => sum + n, 0)).toBe(contractBounds.changes.value);
    for (const { changes, more } of json.breaks) expect(changes.length + (more ?? 0)).toBe(500);
    for (let i = 0; i < count; i++) await registry.remove(`crowd-${i}`);
  });

  it("is told of two that clash, however many it is held to", async () => {
    const names = many(24, (i) => `wide-${i}`);
    for (const [i, name] of names.entries()) {
      const type = i % 2 === 0 ? "u8" : "string";
      await registry.contracts.put(
        name,
        world(many(100, (n) => `export g${n}: func(a: ${type});`).join(" ")),
        {
          plugins: ["held-*"],
        },
      );
    }
    expect((await host.put("held-a", sample())).json.code).toBe("contract-clash");
    for (const name of names) await registry.contracts.remove(name);
  });
});

it("changes of contracts and plugins from all sides leave no plugin that names none, and none that misses its own", async () => {
  const names = ["one", "two", "three"];
  const worlds = [adding, world("export echo: func(text: string) -> string;"), sample()];
  // Numbers as good as any, the same in every run.
  let seed = 1;
  const pick = <T>(from: readonly T[]): T => {
    seed = (seed * 48_271) % 2_147_483_647;
    return from[seed % from.length]!;
  };
  const plugins = ["p-a", "p-b", "p-c", "p-d"];
  const change = (): Promise<unknown> => {
    const [name, plugin] = [pick(names), pick(plugins)];
    const settings = { contract: pick([name, `${name}@${pick([1, 2, 3])}`, null]) };
    const bytes = sample({ version: pick([1, 2, 3]), without: pick([["boom"], ["echo"], ["add"]]) });
    return pick([
      () => registry.contracts.put(name, pick(worlds)),
      () => registry.contracts.put(name, pick(worlds)),
      () => registry.contracts.remove(name, pick([{}, { version: 1 }])),
      () => registry.deploy(plugin, bytes, { allowBreaking: true, settings }),
      () => registry.deploy(plugin, bytes, { allowBreaking: true, settings }),
      () => registry.configure(plugin, settings),
      () => registry.remove(plugin),
    ])();
  };
  const codes = new Set<string>();
  for (let round = 0; round < 10; round++) {
    const done = await Promise.allSettled(many(20, change));
    for (const each of done)
      if (each.status === "rejected") codes.add((each.reason as { code: string }).code);
    for (const { name } of registry.list().filter((each) => plugins.includes(each.name))) {
      for (const held of registry.details(name).contracts ?? []) {
        // Throws where there is none.
        registry.contracts.get(held.name, held.version);
        const plan = await registry.contracts.put(held.name, registry.contracts.get(held.name).bytes, {
          dryRun: true,
        });
        expect(plan.breaks).toEqual([]);
      }
    }
  }
  expect([...codes].toSorted()).toEqual([
    "contract-breaks",
    "contract-in-use",
    "contract-not-found",
    "contract-unmet",
    "plugin-not-found",
  ]);
});
