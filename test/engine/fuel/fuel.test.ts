import { afterEach, describe, expect, it, vi } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { CellOptions } from "../../../host/engine/engine.ts";
import { unwindCost } from "../../../host/fuel-prices.ts";
import { amplifyingFunction } from "../../guests/amplifying-function.ts";
import { allocator, lift, main } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

afterEach(() => {
  vi.restoreAllMocks();
});
const engine = createDirectEngine();
const budget = 1e6;

/** A cell of a component whose main module has these functions; each is exported with the type given. */
async function start(
  functions: string,
  exports: Record<string, string>,
  imports = {},
  options: Partial<CellOptions> = {},
) {
  const lifted = Object.entries(exports).map(
    ([name, type]) => `(func (export "${name}") ${type} ${lift(name)})`,
  );
  const compiled = await engine.compile(component(`${allocator} ${main(functions)} ${lifted.join(" ")}`));
  return compiled.instantiate(imports, { fuel: budget, ...options });
}

describe("a guest that runs away", () => {
  const runaways: Record<string, string> = {
    "an endless loop": `(func (export "go") (loop (br 0)))`,
    "a loop through br_table": `(func (export "go") (loop (block (br_table 0 1 1 (i32.const 1)))))`,
    "a loop that calls": `(func $f) (func (export "go") (loop (call $f) (br 0)))`,
    "tail calls": `(func $a (return_call $b)) (func $b (return_call $a)) (func (export "go") (call $a))`,
    "exponential recursion": `(func $f (param i32) (if (local.get 0) (then
      (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "go") (call $f (i32.const 60)))`,
    "filling memory again and again": `(func (export "go") (loop
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))`,
    "growing its memory": `(func (export "go") (loop (drop (memory.grow (i32.const 1))) (br 0)))`,
  };

  it.each(Object.entries(runaways))("by %s is stopped, and only its cell ends", async (_, functions) => {
    const cell = await start(functions, { go: "" });
    expect(cell.function("go")).toThrow(
      expect.objectContaining({
        code: "out-of-fuel",
        status: 504,
        facts: expect.objectContaining({ limit: budget }),
      }),
    );
    expect(cell.alive).toBe(false);
  });

  it("by an acyclic chain of 60 functions that each call the next twice is stopped", async () => {
    const chain = Array.from({ length: 60 }, (_, i) => `(func $f${i} (call $f${i + 1}) (call $f${i + 1}))`);
    const cell = await start(`${chain.join("")} (func $f60) (func (export "go") (call $f0))`, { go: "" });
    expect(cell.function("go")).toThrow(expect.objectContaining({ code: "out-of-fuel" }));
  });

  it("in its start function never becomes a cell", async () => {
    await expect(
      start(`(func $spin (loop (br 0))) (start $spin) (func (export "go"))`, { go: "" }),
    ).rejects.toMatchObject({
      code: "out-of-fuel",
    });
  });

  it("by lists that all lie in the same memory is stopped while they are lifted", async () => {
    const cell = await start(amplifyingFunction, { go: "(result (list (list (list u8))))" });
    expect(cell.function("go")).toThrow(expect.objectContaining({ code: "out-of-fuel" }));
  });

  it("by what the host does for it in the midst of a call is stopped too", async () => {
    const text = `
      (import "take" (func $take (param "s" string)))
      ${allocator}
      (core func $take' (canon lower (func $take) (memory $memory)))
      ${main(
        `(func (export "go") (loop (call $take (i32.const 0) (i32.const 10000)) (br 0)))`,
        `(import "env" "take" (func $take (param i32 i32)))`,
        `(export "take" (func $take'))`,
      )}
      (func (export "go") (canon lift (core func $main "go")))`;
    const compiled = await engine.compile(component(text));
    const cell = compiled.instantiate({ $root: { take: () => {} } }, { fuel: budget });
    expect(cell.function("go")).toThrow(expect.objectContaining({ code: "out-of-fuel" }));
  });

  it("and swallows what it can catch is stopped all the same", async () => {
    const functions = `(func $f (loop (br 0)))
      (func (export "go") (loop $again (block $caught (try_table (catch_all $caught) (call $f))) (br $again)))`;
    const cell = await start(functions, { go: "" });
    expect(cell.function("go")).toThrow(expect.objectContaining({ code: "out-of-fuel" }));
  });
});

describe("fuel", () => {
  it("is given anew for every call, and what a call used is told", async () => {
    const cell = await start(
      `(func (export "go") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
      { go: '(param "n" u32)' },
    );
    const go = cell.function("go");
    for (let i = 0; i < 100; i++) go(20_000);
    const used = cell.fuelUsed;
    expect(used).toBeGreaterThan(20_000);
    go(40_000);
    expect(cell.fuelUsed / used).toBeCloseTo(2, 1);
  });

  it("pays for frames that an exception of another module may come through", async () => {
    const used = async (beside: string) => {
      const cell = (
        await engine.compile(
          component(`${beside}
            (core module $D (func $f (export "go") (param i32)
              (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))
            (core instance $d (instantiate $D))
            (func (export "go") (param "n" u32) (canon lift (core func $d "go")))`),
        )
      ).instantiate({}, { fuel: budget });
      cell.function("go")(100);
      return cell.fuelUsed;
    };
    const module = (tag: string) => `(core module $T ${tag}) (core instance (instantiate $T))`;
    expect((await used(module("(tag)"))) - (await used(module("")))).toBe(100 * unwindCost);
  });

  it("pays for the time of the host's functions, but not of the embedder's", async () => {
    let now = 1e6;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    vi.spyOn(process, "threadCpuUsage").mockImplementation(() => ({ user: now * 1e3, system: 0 }));
    const slow = () => {
      now += 20;
    };
    const compiled = await engine.compile(
      component(`(import "slow" (func $slow)) (core func $slow (canon lower (func $slow)))
        (core module $m (import "" "slow" (func $slow)) (func (export "go") (param i32)
          (loop (call $slow) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
        (core instance $i (instantiate $m (with "" (instance (export "slow" (func $slow))))))
        (func (export "go") (param "n" u32) (canon lift (core func $i "go")))`),
    );
    const call = (options: Partial<CellOptions>) =>
      compiled.instantiate({ $root: { slow } }, { fuel: 1e9, ...options }).function("go");
    expect(() => call({})(500)).toThrow(expect.objectContaining({ code: "out-of-fuel" }));
    call({ embedded: true, counted: false })(500);
    call({ embedded: true })(500);
  });

  const go = `(func (export "go") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`;
  it.each([400_000, 64 * 2 ** 13, budget, 64 * 2 ** 17, 1e8])(
    "bounds calls that nobody counts, each by %i units",
    async (fuel) => {
      const startCounted = (counted: boolean) => start(go, { go: '(param "n" u32)' }, {}, { fuel, counted });
      const counted = await startCounted(true);
      counted.function("go")(20_000);
      const most = (20_000 * fuel) / counted.fuelUsed;

      const cell = await startCounted(false);
      // Whatever the calls before leave of their fuel, each has all of its own, and not much more.
      for (const share of [0.001, 0.5, 0.01, 0.4, 0.5]) cell.function("go")(most * share);
      for (let i = 0; i < 2000; i++) cell.function("go")(10);
      expect(cell.fuelUsed).toBe(0);
      expect(() => cell.function("go")(most * 1.05)).toThrowError(
        expect.objectContaining({ code: "out-of-fuel", facts: expect.objectContaining({ limit: fuel }) }),
      );
      expect(cell.alive).toBe(false);
    },
  );
});

describe("a plugin that the host asks while another's call waits", () => {
  const countdown = `(func $spend (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`;

  async function pair(inner: number) {
    const callee = await start(`${countdown} (func (export "go") (call $spend (i32.const ${inner})))`, {
      go: "",
    });
    const outcomes: unknown[] = [];
    const ask = () => {
      try {
        callee.function("go")();
        outcomes.push(callee.fuelUsed);
      } catch (error) {
        outcomes.push((error as { code: string }).code);
      }
    };
    const text = `
      (import "ask" (func $ask)) (core func $ask' (canon lower (func $ask)))
      (core module $Main (import "" "ask" (func $ask)) ${countdown}
        (func (export "go") (call $spend (i32.const 10000)) (call $ask) (call $spend (i32.const 10000))))
      (core instance $main (instantiate $Main (with "" (instance (export "ask" (func $ask'))))))
      (func (export "go") (canon lift (core func $main "go")))`;
    const caller = (await engine.compile(component(text))).instantiate({ $root: { ask } }, { fuel: budget });
    caller.function("go")();
    return { outcomes, used: caller.fuelUsed, caller };
  }

  it("spends of its own, and the caller of his", async () => {
    const [little, much] = [await pair(10), await pair(40_000)];
    expect(little.used).toBe(much.used);
    expect(much.outcomes[0]).toBeGreaterThan(40_000);
  });

  it("may run out without harm to the caller", async () => {
    const { outcomes, caller } = await pair(1_000_000_000);
    expect(outcomes).toEqual(["out-of-fuel"]);
    expect(caller.alive).toBe(true);
  });
});

describe("a cell that was reset", () => {
  const remembering = `
    (global $seen (mut i32) (i32.const 0))
    (table $t 2 2 funcref) (elem declare func $mark)
    (func $mark)
    (func (export "memory") (result i32)
      (i32.load (i32.const 64)) (i32.store (i32.const 64) (i32.const 1)))
    (func (export "global") (result i32)
      (global.get $seen) (global.set $seen (i32.const 1)))
    (func (export "table") (result i32)
      (i32.eqz (ref.is_null (table.get $t (i32.const 0))))
      (table.set $t (i32.const 0) (ref.func $mark)))
    (func (export "grown") (result i32)
      (i32.gt_u (memory.size) (i32.const 2)) (drop (memory.grow (i32.const 1))))
    (func (export "dropped") (result i32) (i32.const 0))`;
  const types = Object.fromEntries(
    ["memory", "global", "table", "grown"].map((name) => [name, "(result u32)"]),
  );

  it.each(["memory", "global"])("remembers nothing in its %s", async (name) => {
    const cell = await start(remembering, types);
    cell.save();
    expect(cell.function(name)()).toBe(0);
    expect(cell.reset()).toBe(true);
    expect(cell.function(name)()).toBe(0);
    expect(cell.function(name)()).toBe(1);
  });

  it.each(["table", "grown"])("refuses where it can't undo what was done to its %s", async (name) => {
    const cell = await start(remembering, types);
    cell.save();
    expect(cell.function(name)()).toBe(0);
    expect(cell.reset()).toBe(false);
  });

  it("goes back to what it was when it was saved, not to its beginning", async () => {
    const cell = await start(remembering, types);
    cell.function("global")();
    cell.save();
    cell.reset();
    expect(cell.function("global")()).toBe(1);
  });
});
