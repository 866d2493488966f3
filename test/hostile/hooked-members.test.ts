/** Members of a hook against its other members and its host: each costs the others no more than its deadline, and holds no more than its share. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hookBounds } from "../../host/bounds/hook-bounds.ts";
import { createHost, type Host } from "../../host/host.ts";
import type { HookAnswer } from "../../host/registry/hooks/hook.ts";
import { guest } from "../guests/hostile-text.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { until } from "../support/processes.ts";

let host: Host;
beforeAll(async () => {
  host = await createHost({ log: () => {}, ceilings: { fuelPerSecond: 1e12 } });
});
afterAll(() => host.close());

/** Says `bytes` characters for a member that does `body` before. */
const member = (body = "", bytes = 2) =>
  guest(
    `(func (export "say") (param $n i32) (result i32) ${body}
      (memory.fill (i32.const 65536) (i32.const 97) (i32.const ${bytes}))
      (i32.store (i32.const 8) (i32.const 65536)) (i32.store (i32.const 12) (i32.const ${bytes}))
      (i32.const 8))`,
    { say: `(param "n" u32) (result string)` },
    { memory: "64" },
  )();
const limits = { fuel: 50_000_000, time: 2_000 };
const told = (answers: readonly HookAnswer[]) =>
  answers.map(({ plugin, value, error }) => [plugin, value ?? error?.code]);

describe.each(["inline", "process"] as const)("members of a hook, %s", (placement) => {
  it("that trap, loop, or say too much answer with errors, and the others with values", async () => {
    const { registry } = host;
    const contract = `say-${placement}`;
    await registry.contracts.put(contract, member(), { plugins: [`${placement}-*`] });
    const put = (name: string, bytes: Uint8Array, more = {}) =>
      registry.deploy(`${placement}-${name}`, bytes, {
        settings: { placement, limits: { ...limits, ...more } },
      });
    await put("good", member());
    await put("loops", member("(loop $l (br $l))"));
    await put("long", member("", 100_000), { resultBytes: 1_000 });
    await put("traps", member("unreachable"));
    await put("youngest", member());
    const hook = registry.hook(contract, { breaker: { failures: 3, pause: 1e9 } });
    const all = [
      [`${placement}-good`, "aa"],
      [`${placement}-long`, "result-too-large"],
      [`${placement}-loops`, "out-of-fuel"],
      [`${placement}-traps`, "trap"],
      [`${placement}-youngest`, "aa"],
    ];
    expect(told(await hook.collect("say", [1]))).toEqual(all);
    expect(await hook.first("say", [1])).toEqual({ plugin: `${placement}-good`, value: "aa" });
    for (let i = 0; i < 4; i++) await hook.collect("say", [1]);
    const left = told(await hook.collect("say", [1]));
    expect(left).toEqual(all.filter(([, value]) => value === "aa"));
    for (const { name } of registry.list())
      if (name.startsWith(placement)) expect(registry.details(name).counters.inFlight).toBe(0);
  });

  it("that wait are given up at their deadline, each at its own", async () => {
    const { registry } = host;
    const contract = `wait-${placement}`;
    await registry.contracts.put(contract, waitingGuest(), { plugins: [`${placement}w-*`] });
    const settings = { placement, grants: { clocks: true, logging: true } } as const;
    for (const name of ["a", "b"])
      await registry.deploy(`${placement}w-${name}`, waitingGuest(), { settings });
    const hook = registry.hook(contract, { deadline: 200 });
    const names = [`${placement}w-a`, `${placement}w-b`];
    expect(told(await hook.collect("wait", [1e9]))).toEqual(names.map((name) => [name, "timeout"]));
    const leaving = new AbortController();
    const patient = registry.hook(contract).collect("wait", [1e9], { signal: leaving.signal });
    await until(() => names.every((name) => registry.details(name).counters.inFlight > 0));
    leaving.abort();
    await expect(patient).rejects.toMatchObject({ code: "cancelled" });
    await until(() => names.every((name) => registry.details(name).counters.inFlight === 0));
  });

  it("that are swapped under a call answer all the same", async () => {
    const { registry } = host;
    const contract = `swap-${placement}`;
    const versions = [member("", 1), member("", 2)];
    await registry.contracts.put(contract, versions[0]!, { plugins: [`${placement}s-*`] });
    const names = [`${placement}s-a`, `${placement}s-b`];
    for (const name of names) await registry.deploy(name, versions[0]!, { settings: { placement } });
    const hook = registry.hook(contract, { onError: "closed" });
    let swapping = true;
    const calling = Array.from({ length: 4 }, async () => {
      let calls = 0;
      while (swapping) {
        for (const { value } of await hook.collect("say", [1])) expect(["a", "aa"]).toContain(value);
        calls++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return calls;
    });
    for (let i = 1; i <= (placement === "inline" ? 20 : 4); i++)
      for (const name of names) await registry.deploy(name, versions[i % 2]!);
    swapping = false;
    for (const calls of await Promise.all(calling)) expect(calls).toBeGreaterThan(0);
  });
});

it("answers of a crowd are held up to a bound, whoever has as much to say as it may", async () => {
  const { registry } = host;
  const length = 1_000_000;
  const count = 20;
  const crowd = member("", length);
  await registry.contracts.put("crowd", crowd, { plugins: ["crowd-*"] });
  for (let i = 0; i < count; i++) await registry.deploy(`crowd-${i}`, crowd);
  const answers = await registry.hook("crowd").collect("say", [1]);
  const values = answers.flatMap(({ value }) => (typeof value === "string" ? value.length : []));
  expect(values).toEqual(
    Array.from({ length: Math.floor(hookBounds.answers.value / (length + 2)) }, () => length),
  );
  const codes = new Set(answers.flatMap(({ error }) => error?.code ?? []));
  expect([...codes]).toEqual(["result-too-large"]);
  // Nobody is left out for what others said.
  for (let i = 0; i < 5; i++) expect(await registry.hook("crowd").collect("say", [1])).toHaveLength(count);
});
