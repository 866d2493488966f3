import { afterEach, describe, expect, test, vi } from "vitest";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { type HostFunction, suspending } from "../../host/engine/engine.ts";
import { Engines } from "../../host/engine/engines.ts";
import { resetCosts } from "../../host/fuel-prices.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { CallLimits, Placement, PlacementMode } from "../../host/placement/placement.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { component } from "../guests/engine-components.ts";

/** `add` asks the host for a number and adds it to what it has; `total` says what that is. */
const asking = component(`
  (import "ask" (func $ask (param "n" u32) (result u32)))
  (core func $ask (canon lower (func $ask)))
  (core module $main
    (import "" "ask" (func $ask (param i32) (result i32)))
    (memory (export "memory") 2)
    (global $total (mut i32) (i32.const 0))
    (func (export "add") (param i32) (result i32)
      (global.set $total (i32.add (global.get $total) (call $ask (local.get 0))))
      (global.get $total))
    (func (export "total") (result i32) (global.get $total)))
  (core instance $main (instantiate $main (with "" (instance (export "ask" (func $ask))))))
  (func (export "add") (param "n" u32) (result u32) (canon lift (core func $main "add")))
  (func (export "total") (result u32) (canon lift (core func $main "total")))`);

const limits: CallLimits = {
  fuel: 1e6,
  resultBytes: 1e6,
  time: 10_000,
  streamTime: 10_000,
  requestBytes: 0,
  responseBytes: 0,
  concurrency: 2,
  queue: 2,
};

const open: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const close of open.splice(0)) await close();
});

async function place(
  ask: HostFunction,
  mode: PlacementMode,
  overrides: Partial<CallLimits> = {},
  engines = new Engines(),
): Promise<{ placement: Placement; add(n: number): Promise<number>; total(): Promise<number> }> {
  const placement = await placeInline({
    compiled: await engines.get("direct").compile(asking),
    supply: linkImports(asking.world, parseGrants({}), { $root: { ask } }).supply(),
    recipient: { plugin: "asking", log: () => {} },
    mode,
    limits: { ...limits, ...overrides },
    onPressure: (giveBack) => engines.memory.addReclaimer(giveBack),
  });
  open.push(
    () => placement.close(),
    () => engines.close(),
  );
  const bind = (name: string) => {
    const { key, type } = exportedFunctions(asking.world).find((f) => f.name === name)!;
    const bound = placement.bind(key, type);
    return async (...args: unknown[]) => (await bound(args)) as number;
  };
  return { placement, add: bind("add"), total: bind("total") };
}

/** A host function that answers when it is told to, in any order. */
function questions() {
  const asked: { n: number; answer: (value: number) => void }[] = [];
  const waiting: (() => void)[] = [];
  const ask = suspending((n: number) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    asked.push({ n, answer: resolve });
    for (const wake of waiting.splice(0)) wake();
    return promise;
  });
  const until = async (count: number) => {
    while (asked.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return asked;
  };
  return { ask, asked, until };
}

describe("a shared cell that is suspended", () => {
  test("makes its other calls wait their turn, in order", async () => {
    const { ask, asked, until } = questions();
    const { add } = await place(ask, "shared");
    const sums = [add(1), add(2), add(3)];
    for (const n of [1, 2, 3]) {
      const all = await until(n);
      expect(all.map((question) => question.n)).toEqual([1, 2, 3].slice(0, n));
      all[n - 1]!.answer(10 * n);
    }
    expect(await Promise.all(sums)).toEqual([10, 30, 60]);
    expect(asked).toHaveLength(3);
  });

  test("refuses more than may wait, and says when to come again", async () => {
    const { ask, until } = questions();
    const { add, total } = await place(ask, "shared");
    const sums = [add(1), add(2), add(3)];
    await expect(add(4)).rejects.toMatchObject({
      code: "too-many-calls",
      facts: { limit: 2, actual: 3, retryAfter: 1 },
    });
    for (const n of [1, 2, 3]) (await until(n))[n - 1]!.answer(n);
    await Promise.all(sums);
    expect(await total()).toBe(6);
  });

  test("ends when it waits for longer than limits.time, and the next call has another", async () => {
    let never = true;
    const { add, total } = await place(
      suspending((n: number) => (never ? new Promise(() => {}) : n)),
      "shared",
      { time: 20 },
    );
    await expect(add(1)).rejects.toMatchObject({ code: "timeout", facts: { limit: "20 ms" } });
    never = false;
    expect(await add(7)).toBe(7);
    expect(await total()).toBe(7);
  });

  test("rejects what runs and what waits when it is closed", async () => {
    const { ask, until } = questions();
    const { placement, add } = await place(ask, "shared");
    const calls = Promise.allSettled([add(1), add(2)]);
    await until(1);
    placement.close();
    for (const call of await calls) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    }
    await expect(add(3)).rejects.toMatchObject({ code: "closed" });
  });
});

describe("fresh cells that are suspended", () => {
  test("run side by side up to limits.concurrency, each from the beginning", async () => {
    const { ask, asked, until } = questions();
    const { add, total } = await place(ask, "fresh");
    const sums = [add(1), add(2), add(3)];
    await until(2);
    expect(asked.map((question) => question.n)).toEqual([1, 2]);
    asked[1]!.answer(20);
    expect(await sums[1]).toBe(20);
    await until(3);
    asked[2]!.answer(30);
    asked[0]!.answer(10);
    expect(await Promise.all(sums)).toEqual([10, 20, 30]);
    expect(await total()).toBe(0);
  });
});

test.each([
  ["returns at once", (n: number) => n],
  ["may be suspended", suspending((n: number) => n)],
])("a fresh call that %s pays for putting its cell back", async (_, ask) => {
  const used = async (mode: PlacementMode) => {
    const { placement } = await place(ask, mode);
    const { key, type } = exportedFunctions(asking.world).find((f) => f.name === "total")!;
    const usage = { fuel: 0 };
    await placement.bind(key, type)([], usage);
    return usage.fuel;
  };
  const { instance, global, page } = resetCosts;
  expect((await used("fresh")) - (await used("shared"))).toBe(instance + global + 2 * page);
});

test("a call whose turn comes when its placement is closed has no cell made for it", async () => {
  const { ask, asked, until } = questions();
  const engines = new Engines();
  open.push(() => engines.close());
  const supply = linkImports(asking.world, parseGrants({}), { $root: { ask } }).supply();
  const supplied = vi.spyOn(supply, "forCell");
  const thread = Promise.withResolvers<void>();
  const asks = Promise.withResolvers<void>();
  const next = () => {
    asks.resolve();
    return thread.promise;
  };
  const placement = await placeInline({
    ...{ compiled: await engines.get("direct").compile(asking), supply, mode: "shared", limits },
    recipient: { plugin: "asking", log: () => {} },
    turns: { next, wake: () => Promise.resolve() },
  });
  const { key, type } = exportedFunctions(asking.world).find((f) => f.name === "add")!;
  const add = placement.bind(key, type);
  const calls = [add([1]), add([2])] as Promise<number>[];
  await until(1);
  asked[0]!.answer(1);
  await asks.promise;
  placement.close();
  thread.resolve();
  expect(await calls[0]).toBe(1);
  await expect(calls[1]).rejects.toMatchObject({ code: "closed" });
  expect(supplied).toHaveBeenCalledTimes(1);
});

describe("idle fresh cells", () => {
  const twoPages = 2 * 65_536;

  test.each([
    ["that return at once", (n: number) => n],
    ["that may be suspended", suspending((n: number) => n)],
  ])("%s give their memory back when another cell needs it", async (_, ask) => {
    const engines = new Engines({ cellMemory: twoPages });
    const first = await place(ask, "fresh", {}, engines);
    expect(await first.add(1)).toBe(1);
    const second = await place(ask, "fresh", {}, engines);
    expect(await second.add(2)).toBe(2);
    expect(await first.add(3)).toBe(3);
    expect(engines.memory.inUse).toBe(twoPages);
  });

  test("keep their memory from others while they are shared", async () => {
    const engines = new Engines({ cellMemory: twoPages });
    const { add } = await place((n) => n, "shared", {}, engines);
    await expect(place((n) => n, "fresh", {}, engines)).rejects.toMatchObject({ code: "no-capacity" });
    expect(await add(1)).toBe(1);
  });

  test("that nobody calls for a while give it back too", async () => {
    vi.useFakeTimers();
    const engines = new Engines();
    const { add } = await place((n) => n, "fresh", {}, engines);
    await add(1);
    vi.advanceTimersByTime(30_000);
    expect(engines.memory.inUse).toBe(twoPages);
    vi.advanceTimersByTime(30_000);
    expect(engines.memory.inUse).toBe(0);
    expect(await add(2)).toBe(2);
  });
});

/** `use` takes a resource that nobody can have; `long` takes some slices of fuel. */
const owning = component(`
  (type $r (resource (rep i32)))
  (export $exported "r" (type $r))
  (core module $main
    (func (export "use") (param i32))
    (func (export "long") (local $i i32)
      (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))))
  (core instance $main (instantiate $main))
  (func (export "use") (param "it" (borrow $exported)) (canon lift (core func $main "use")))
  (func (export "long") (canon lift (core func $main "long")))`);

test.each(["shared", "fresh"] as const)(
  "a call that is refused before it begins leaves its deadline to no other (%s)",
  async (mode) => {
    const placement = await placeInline({
      compiled: await new Engines().get("direct").compile(owning),
      supply: linkImports(owning.world, parseGrants({})).supply(),
      recipient: { plugin: "owning", log: () => {} },
      mode,
      limits: { ...limits, fuel: 1e9 },
    });
    open.push(() => placement.close());
    const bind = (name: string) => {
      const { key, type } = exportedFunctions(owning.world).find((f) => f.name === name)!;
      return placement.bind(key, type);
    };
    const [use, long] = [bind("use"), bind("long")];
    const deadline = performance.now() + 5;
    expect(() => use([{}], { fuel: 0, deadline })).toThrow(expect.objectContaining({ code: "bad-argument" }));
    while (performance.now() < deadline);
    expect(long([])).toBe(undefined);
  },
);
