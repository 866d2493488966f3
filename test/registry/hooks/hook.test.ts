/** Hook points: all plugins of a contract asked the same, with what those that fail do to the others. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../../host/capabilities/secret.ts";
import { component } from "../../guests/small-plugins.ts";
import { hostOfEachTest } from "../../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { until } from "../../support/processes.ts";
import { refusal, refusalOf } from "../../support/thrown.ts";

const { host, registry } = hostOfEachTest();
const world = "package acme:shop; world discount { export quote: func(total: u32) -> u32; }";

/** A discount: what it makes of a total. */
const discount = (body: string) =>
  component(`
    (core module $m (func (export "quote") (param $total i32) (result i32) ${body}))
    (core instance $i (instantiate $m))
    (func (export "quote") (param "total" u32) (result u32) (canon lift (core func $i "quote")))`);
const half = discount("(i32.shr_u (local.get $total) (i32.const 1))");
const ten = discount("(i32.sub (local.get $total) (i32.const 10))");
const broken = discount("unreachable");
const endless = discount("(loop $l (br $l)) unreachable");

beforeEach(async () => {
  await registry.contracts.put("discount", componentTypeOf(dummyModule(world)), { plugins: ["d-*"] });
  await registry.deploy("d-half", half);
  await registry.deploy("d-ten", ten);
  await registry.deploy("other", half);
});

describe("a hook", () => {
  it("collects the answers of all who are held to its contract, in order", async () => {
    expect(await registry.hook("discount").collect("quote", [100])).toEqual([
      { plugin: "d-half", value: 50 },
      { plugin: "d-ten", value: 90 },
    ]);
    const hook = registry.hook("discount", { order: ["d-ten", "other"] });
    await registry.deploy("d-a", ten);
    expect((await hook.collect("quote", { total: 20 })).map(({ plugin }) => plugin)).toEqual([
      "d-ten",
      "d-a",
      "d-half",
    ]);
  });

  it("gives the first value, or one member's to the next", async () => {
    expect(await registry.hook("discount").first("quote", [100])).toEqual({ plugin: "d-half", value: 50 });
    expect(await registry.hook("discount").chain("quote", [100])).toBe(40);
    expect(await registry.hook("discount", { order: ["d-ten"] }).chain("quote", [100])).toBe(45);
  });

  it("answers for a member that traps or does not end with its error, and for the others", async () => {
    await registry.deploy("d-broken", broken);
    await registry.deploy("d-endless", endless, { settings: { limits: { fuel: 1_000_000 } } });
    const hook = registry.hook("discount", { deadline: 10_000 });
    const answers = await hook.collect("quote", [100]);
    expect(answers.map(({ plugin, value, error }) => [plugin, value ?? error?.code])).toEqual([
      ["d-broken", "trap"],
      ["d-endless", "out-of-fuel"],
      ["d-half", 50],
      ["d-ten", 90],
    ]);
    expect(await hook.first("quote", [100])).toEqual({ plugin: "d-half", value: 50 });
    expect(await hook.chain("quote", [100])).toBe(40);
    const closed = registry.hook("discount", { onError: "closed" });
    expect((await refusalOf(closed.collect("quote", [100]))).code).toBe("trap");
    const fallback = registry.hook("discount", { onError: { fallback: 0 } });
    expect((await fallback.collect("quote", [100]))[0]).toEqual({ plugin: "d-broken", value: 0 });
  });

  it("leaves out who keeps failing, and tries it again", async () => {
    await registry.deploy("d-broken", broken);
    const names = async (pause: number) => {
      const hook = registry.hook("discount", { breaker: { failures: 2, pause } });
      const asked: boolean[] = [];
      for (let i = 0; i < 4; i++)
        asked.push((await hook.collect("quote", [100])).some(({ plugin }) => plugin === "d-broken"));
      return asked;
    };
    expect(await names(1_000_000)).toEqual([true, true, false, false]);
    expect(await names(0)).toEqual([true, true, true, true]);
  });

  it("tells the host's owner whom it leaves out, and whom it takes back", async () => {
    await registry.deploy("d-broken", broken);
    const hook = registry.hook("discount", { breaker: { failures: 2, pause: 0 } });
    for (let i = 0; i < 4; i++) await hook.collect("quote", [100]);
    await registry.deploy("d-broken", ten);
    for (let i = 0; i < 2; i++) await hook.collect("quote", [100]);
    const changes = async () =>
      (await host.store.events({ bytes: Infinity, limit: 100 })).filter(({ kind }) =>
        kind.startsWith("hook-"),
      );
    await until(async () => (await changes()).length === 2);
    expect(await changes()).toMatchObject([
      {
        kind: "hook-left-out",
        plugin: "d-broken",
        data: { contract: "discount", failures: 2, pause: 0, code: "trap" },
      },
      { kind: "hook-taken-back", plugin: "d-broken", data: { contract: "discount" } },
    ]);
  });

  it("folds the values, in order, and leaves out those who failed", async () => {
    await registry.deploy("d-broken", broken);
    const hook = registry.hook("discount");
    const list = (all: string[], value: Json, plugin: string) => [...all, `${plugin} ${value}`];
    expect(await hook.reduce("quote", [100], list, [])).toEqual(["d-half 50", "d-ten 90"]);
    const slowly = async (sum: number, value: Json) => (await Promise.resolve(sum)) + Number(value);
    expect(await hook.reduce("quote", [100], slowly, 0)).toBe(140);
    const closed = registry.hook("discount", { onError: "closed" });
    expect((await refusalOf(closed.reduce("quote", [100], list, []))).code).toBe("trap");
  });

  it("asks those of one version of a contract, where one is named", async () => {
    const next = "package acme:shop; world discount { export quote: func(total: u64) -> u64; }";
    await registry.contracts.put("discount", componentTypeOf(dummyModule(next)), {
      breaks: ["d-half", "d-ten"],
    });
    await registry.configure("d-half", { contract: "discount@1" });
    const names = async (contract: string) =>
      (await registry.hook(contract).collect("quote", [100])).map(({ plugin }) => plugin);
    expect(await names("discount@1")).toEqual(["d-half"]);
    expect(await names("discount@2")).toEqual(["d-ten"]);
    expect(await names("discount")).toEqual(["d-half", "d-ten"]);
    expect(refusal(() => registry.hook("discount@3")).code).toBe("contract-not-found");
  });

  it("asks whatever is live, and whoever is held to its contract by now", async () => {
    const hook = registry.hook("discount");
    expect(await hook.chain("quote", [100])).toBe(40);
    await registry.deploy("d-half", ten);
    expect(await hook.chain("quote", [100])).toBe(80);
    await registry.remove("d-ten");
    await registry.configure("other", { contract: "discount" });
    expect(await hook.collect("quote", [100])).toEqual([
      { plugin: "d-half", value: 90 },
      { plugin: "other", value: 50 },
    ]);
    await registry.contracts.put("discount", componentTypeOf(dummyModule(world)), { plugins: ["nobody"] });
    expect((await hook.collect("quote", [100])).map(({ plugin }) => plugin)).toEqual(["other"]);
    await registry.configure("other", { contract: null });
    await registry.contracts.remove("discount");
    expect((await refusalOf(hook.collect("quote", [100]))).code).toBe("contract-not-found");
  });

  it("ends when its caller leaves, and gives up members at the call's deadline", async () => {
    const hook = registry.hook("discount");
    const options = { signal: AbortSignal.abort() };
    expect((await refusalOf(hook.collect("quote", [100], options))).code).toBe("cancelled");
    const late = { deadline: performance.now() - 1 };
    expect((await refusalOf(hook.collect("quote", [100], late))).code).toBe("timeout");
  });

  it("is none of what is not there", async () => {
    expect(refusal(() => registry.hook("discounts")).code).toBe("contract-not-found");
    expect((await refusalOf(registry.hook("discount").collect("quotes", [1]))).code).toBe(
      "function-not-found",
    );
    expect(refusal(() => registry.hook("discount", { deadline: 0 })).code).toBe("bad-settings");
    expect((await refusalOf(registry.hook("discount").chain("quote", "100" as never))).code).toBe(
      "bad-settings",
    );
    const wrong = await registry.hook("discount").collect("quote", ["x"]);
    expect(wrong.map(({ error }) => error?.code)).toEqual(["bad-argument", "bad-argument"]);
  });
});
