/** Errors of limits, as who calls reads them: each names plugin, function, limit and value, and what helps. */
import { describe, expect, it } from "vitest";
import { component } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();

const bytes = component(`
  (core module $M (memory (export "memory") 2)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "spin") (loop (br 0)))
    (func $deep (export "deep") (param i32) (result i32) (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "say") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
  (core instance $m (instantiate $M))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "realloc" (core func $realloc))
  (func (export "spin") (canon lift (core func $m "spin")))
  (func (export "deep") (param "n" u32) (result u32) (canon lift (core func $m "deep")))
  (func $say (param "text" string) (result string) (canon lift (core func $m "say") (memory $memory) (realloc $realloc)))
  (instance $words (export "say" (func $say)))
  (export "demo:shop/words@1.0.0" (instance $words))`);

const say = "demo:shop/words@1.0.0#say";
const text = "a".repeat(2_000);

interface Case {
  readonly code: string;
  readonly placement?: string;
  readonly limits: Readonly<Record<string, number>>;
  readonly call: readonly [path: string, args: readonly unknown[]];
  readonly named: string;
  readonly setting: string | undefined;
  readonly limit: unknown;
  readonly actual: unknown;
  readonly says: string;
}

const cases: Case[] = [
  {
    code: "out-of-fuel",
    limits: { fuel: 5_000 },
    call: ["spin", []],
    named: "spin",
    setting: "limits.fuel",
    limit: 5_000,
    actual: "more than 5000",
    says: 'shop spent all 5000 units of fuel that it had while calling "spin".',
  },
  {
    code: "timeout",
    placement: "process",
    limits: { time: 200 },
    call: ["spin", []],
    named: "spin",
    setting: "limits.time",
    limit: "200 ms",
    actual: "more than 200 ms",
    says: "spin of shop did not end within 200 ms; its process was ended.",
  },
  ...["inline", "process"].map(
    (placement): Case => ({
      code: "result-too-large",
      placement,
      limits: { resultBytes: 1_000 },
      call: ["say", [text]],
      named: say,
      setting: "limits.resultBytes",
      limit: 1_000,
      actual: "at least 2000",
      says: `What "${say}" passes out of shop is larger than the 1000 bytes that a call may pass.`,
    }),
  ),
  {
    code: "argument-too-large",
    limits: { argumentBytes: 1_000 },
    call: ["say", [text]],
    named: say,
    setting: "limits.argumentBytes",
    limit: 1_000,
    actual: 2_004,
    says: `The arguments of ${say} are 2004 bytes long, and may be 1000.`,
  },
  {
    code: "trap",
    limits: {},
    call: ["deep", [0]],
    named: "deep",
    setting: undefined,
    limit: "the stack of the host's thread, which no setting makes larger",
    actual: undefined,
    says: 'shop trapped while calling "deep": the call stack is exhausted (endless recursion?).',
  },
];

/** What a plugin has spent counts on under its name. */
async function deploy(name: string, settings: object): Promise<void> {
  await host.send("DELETE", `/plugins/${name}`);
  const form = new FormData();
  form.set("plugin", new Blob([bytes]), "shop.wasm");
  form.set("settings", JSON.stringify(settings));
  const { status, text } = await host.send("PUT", `/plugins/${name}`, { body: form });
  if (status !== 201) throw new Error(text);
}

/** What a limit is raised to, for all to fit. */
const ample = 10_000;

describe("an error of a limit", () => {
  it.each(cases.map((one, i) => ({ ...one, plugin: `shop-${i}` })))("$code, $placement", async (one) => {
    const { plugin, code, placement = "inline", limits, call, named, setting, limit, actual } = one;
    await deploy(plugin, { placement, limits });
    const [path, args] = call;
    const { json } = await host.call(`${plugin}/${path}`, args);
    const says = one.says.replaceAll(/\bshop\b(?!\/)/g, plugin);
    expect(json).toMatchObject({ code, detail: says, limit });
    expect([json.setting, json.actual]).toEqual([setting, actual]);
    if (setting === undefined) {
      expect(json.subject).toBe(named);
      return;
    }
    expect(json).toMatchObject({ plugin, function: named });
    expect(json.remedy).toContain(`raise ${setting} in `);
    if (path !== "say") return;
    // The remedy works.
    const name = setting.slice("limits.".length);
    await deploy(plugin, { placement, limits: { [name]: ample } });
    expect((await host.call(`${plugin}/${path}`, args)).json).toBe(text);
  });

  it("of the fuel of a second", async () => {
    await deploy("rate", { limits: { fuel: 100_000, fuelPerSecond: 1_000 } });
    let answer = await host.call("rate/spin", []);
    for (let i = 0; answer.json.code !== "fuel-rate" && i < 50; i++)
      answer = await host.call("rate/spin", []);
    expect(answer.json).toMatchObject({
      code: "fuel-rate",
      plugin: "rate",
      function: "spin",
      setting: "limits.fuelPerSecond",
      limit: 1_000,
      detail: "rate has spent more than the 1000 units of fuel it has in a second.",
    });
  });

  it("of the queue", async () => {
    await deploy("queue", { placement: "process", limits: { queue: 0, time: 1_000 } });
    const answers = await Promise.all([host.call("queue/spin", []), host.call("queue/say", [text])]);
    expect(answers.map(({ json }) => json.code).sort()).toEqual(["timeout", "too-many-calls"]);
    expect(answers.find(({ json }) => json.code === "too-many-calls")!.json).toMatchObject({
      plugin: "queue",
      setting: "limits.queue",
      limit: 0,
      actual: 1,
      detail: "queue has 1 calls that run and 0 that wait, which is all that may.",
    });
  });

  it("is told to nobody as a fault of the host's", () => {
    expect(host.faults).toEqual([]);
  });
});
