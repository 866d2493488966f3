import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { type Cell, type HostFunction, suspending } from "../../../host/engine/engine.ts";
import { ComponentError, type HotcellError, TrapError } from "../../../host/errors.ts";
import { suspensionCost } from "../../../host/fuel-prices.ts";
import { memoryInUse } from "../../../tools/soak/support/collect.ts";
import { allocator, lift, main, options } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();

/** Asks the host for strings, lists, numbers and results, and counts how often it was called. */
const asking = await engine.compile(
  component(`
  (import "find" (func $find (param "key" string) (result string)))
  (import "list" (func $list (param "length" u32) (result (list u32))))
  (import "next" (func $next (param "n" u32) (result u32)))
  (import "try" (func $try (param "n" u32) (result (result u32 (error string)))))
  ${allocator}
  (core func $find' (canon lower (func $find) ${options("utf16")}))
  (core func $list' (canon lower (func $list) ${options()}))
  (core func $next' (canon lower (func $next)))
  (core func $try' (canon lower (func $try) ${options()}))
  ${main(
    `
    (global $calls (mut i32) (i32.const 0))
    (func $spend (param i32) (loop (br_if 0 (i32.ge_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))))
    (func (export "find") (param i32 i32) (result i32)
      (call $find (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))
    (func (export "find-twice") (param i32 i32) (result i32)
      (call $find (local.get 0) (local.get 1) (i32.const 8))
      (call $find (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 16)) (i32.const 16))
    (func (export "list") (param i32) (result i32) (call $list (local.get 0) (i32.const 8)) (i32.const 8))
    (func (export "next") (param i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (call $next (local.get 0)))
    (func (export "calls") (result i32) (global.get $calls))
    (func (export "try") (param i32) (result i32) (call $try (local.get 0) (i32.const 8)) (i32.const 8))
    (func $trap (drop (call $next (i32.const 1))) unreachable)
    (func (export "trap") (result i32) (call $trap) (i32.const 1))
    (func (export "stubborn") (result i32)
      (block $caught (try_table (catch_all $caught) (drop (call $next (i32.const 1)))))
      (global.set $calls (i32.const 1000))
      (drop (call $next (i32.const 2)))
      (i32.const 7))
    (func (export "work") (param $before i32) (param $times i32) (param $after i32)
      (loop
        (call $spend (local.get $before))
        (drop (call $next (local.get $times)))
        (br_if 0 (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
      (call $spend (local.get $after)))
    (func $down (export "deep") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (call $next (i32.const 0)))
        (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))`,
    `(import "env" "find" (func $find (param i32 i32 i32)))
     (import "env" "list" (func $list (param i32 i32)))
     (import "env" "next" (func $next (param i32) (result i32)))
     (import "env" "try" (func $try (param i32 i32)))`,
    `(export "find" (func $find')) (export "list" (func $list')) (export "next" (func $next'))
     (export "try" (func $try'))`,
  )}
  (func (export "find") (param "key" string) (result string) ${lift("find", "utf16")})
  (func (export "find-twice") (param "key" string) (result string) ${lift("find-twice", "utf16")})
  (func (export "list") (param "length" u32) (result (list u32)) ${lift("list")})
  (func (export "next") (param "n" u32) (result u32) ${lift("next")})
  (func (export "calls") (result u32) ${lift("calls")})
  (func (export "try") (param "n" u32) (result (result u32 (error string))) ${lift("try")})
  (func (export "trap") (result u32) ${lift("trap")})
  (func (export "stubborn") (result u32) ${lift("stubborn")})
  (func (export "work") (param "before" u32) (param "times" u32) (param "after" u32) ${lift("work")})
  (func (export "deep") (param "depth" u32) (result u32) ${lift("deep")})
  (export "again" (func $next))`),
);

const unasked = () => {
  throw new Error("not to be called");
};

function ask(functions: Record<string, HostFunction>, budget = {}): Cell {
  const rest = { find: unasked, list: unasked, next: unasked, try: unasked };
  return asking.instantiate({ $root: { ...rest, ...functions } }, budget);
}

/** A host function whose calls wait until they are answered, in any order. */
function answered() {
  const waiting: { args: unknown[]; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] =
    [];
  const call = suspending((...args: unknown[]) => {
    const { promise, resolve, reject } = Promise.withResolvers();
    waiting.push({ args, resolve, reject });
    return promise;
  });
  return { call, waiting };
}

function failure(call: unknown): Promise<unknown> {
  return (call as Promise<unknown>).then(undefined, (thrown: unknown) => thrown);
}

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => void process.on("unhandledRejection", onUnhandled));
afterEach(async () => {
  await turn();
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

describe("a cell suspends", () => {
  test("where a host function it calls is asynchronous or marked, and only there", () => {
    expect(ask({ next: async () => 1 }).suspends).toBe(true);
    expect(ask({ next: suspending(() => 1) }).suspends).toBe(true);
    expect(ask({ next: () => 1 }).suspends).toBe(false);
    const unused = asking.instantiate({
      $root: { find: unasked, list: unasked, next: unasked, try: unasked, other: async () => 1 },
    });
    expect(unused.suspends).toBe(false);
  });

  test("not for a promise that nobody announced", () => {
    const cell = ask({ next: () => Promise.resolve(1) });
    expect(() => cell.function("next")(1)).toThrow(
      expect.objectContaining({ code: "fault", message: expect.stringContaining("next returned a promise") }),
    );
  });
});

test("a Node that can't suspend guests says so before anything runs", async () => {
  const { Suspending } = WebAssembly;
  Reflect.deleteProperty(WebAssembly, "Suspending");
  try {
    expect(() => ask({ next: async () => 1 })).toThrow(
      expect.objectContaining({
        code: "unsupported-feature",
        facts: expect.objectContaining({
          subject: "next",
          remedy: expect.stringContaining("Node 24 from 24.20 on"),
        }),
      }),
    );
    expect(ask({ next: () => 1 }).function("next")(1)).toBe(1);
  } finally {
    Object.assign(WebAssembly, { Suspending });
  }
});

describe("a suspended call", () => {
  test("gets strings and lists of what the promise resolves to", async () => {
    const cell = ask({
      find: async (key: string) => `${key} ünd ${key}`,
      list: async (length: number) => Uint32Array.from({ length }, (_, i) => i),
    });
    expect(await cell.function("find")("ä")).toBe("ä ünd ä");
    expect(await cell.function("find-twice")("x")).toBe("x ünd x ünd x ünd x");
    // More than the memory has, so it grows after the call was resumed.
    expect(await cell.function("list")(100_000)).toEqual(Uint32Array.from({ length: 100_000 }, (_, i) => i));
  });

  test("may be so again and again, beside functions that answer at once", async () => {
    const seen: unknown[] = [];
    const cell = ask({
      next: suspending((n: number) => {
        seen.push(n);
        return n % 2 ? n + 1 : turn(n + 1);
      }),
    });
    await cell.function("work")(10, 5, 10);
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect(await cell.function("next")(7)).toBe(8);
    expect(await cell.function("next")(8)).toBe(9);
    expect(await cell.function("calls")()).toBe(2);
  });

  test("may be deep in the guest", async () => {
    const cell = ask({ next: async () => turn(5) });
    expect(await cell.function("deep")(1000)).toBe(1005);
  });

  test("gets results and errors as others do", async () => {
    const cell = ask({
      try: async (n: number) => {
        await turn();
        if (n > 1) throw new ComponentError("too much", "There is too much.");
        return n;
      },
    });
    expect(await cell.function("try")(1)).toEqual({ tag: "ok", val: 1 });
    expect(await cell.function("try")(2)).toEqual({ tag: "err", val: "too much" });
    expect(cell.alive).toBe(true);
  });

  test("of a function that the component hands on is its promise", async () => {
    const cell = ask({ next: async (n: number) => turn(n + 1) });
    expect(await cell.function("again")(1)).toBe(2);
    expect(await cell.function("again")(2)).toBe(3);
    await expect(ask({ next: async () => "one" }).function("again")(1)).rejects.toMatchObject({
      code: "fault",
    });
  });

  test("knows whose it is where it goes on", async () => {
    const caller = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const next = suspending(async () => {
      seen.push(caller.getStore());
      await turn();
      return 1;
    });
    const call = (name: string) => caller.run(name, () => ask({ next }).function("work")(0, 2, 0));
    await Promise.all([call("a"), call("b")]);
    expect(seen).toEqual(["a", "b", "a", "b"]);
  });

  test("lets no other call of its cell in", async () => {
    const { call, waiting } = answered();
    const cell = ask({ next: call });
    const first = cell.function("next")(1);
    await expect(cell.function("calls")()).rejects.toMatchObject({
      code: "fault",
      facts: { remedy: expect.stringContaining("suspended") },
    });
    waiting[0]!.resolve(5);
    expect(await first).toBe(5);
    expect(await cell.function("calls")()).toBe(1);
  });
});

describe("a suspended call fails", () => {
  const failures: [string, HostFunction, object][] = [
    [
      "by a fault where the promise rejects",
      async () => Promise.reject(new Error("no")),
      { code: "fault", message: "The host function next failed." },
    ],
    [
      "by a fault where it resolves to a wrong value",
      async () => "one",
      { code: "fault", message: expect.stringContaining("next returned a wrong value") },
    ],
    [
      "with the HotcellError that it rejects with",
      async () => Promise.reject(new TrapError("enough", {})),
      { code: "trap", message: "enough" },
    ],
  ];

  test.each(failures)("%s", async (_, next, error) => {
    const cell = ask({ next });
    await expect(cell.function("next")(1)).rejects.toMatchObject(error);
    expect(cell.alive).toBe(false);
    await expect(cell.function("next")(1)).rejects.toMatchObject({ code: "closed" });
  });

  test.each(failures)("%s, also in a guest that catches everything", async (_, next, error) => {
    const calls: number[] = [];
    const cell = ask({
      next: suspending((n: number) => {
        calls.push(n);
        return next(n);
      }),
    });
    await expect(cell.function("stubborn")()).rejects.toMatchObject(error);
    expect(calls).toEqual([1]);
  });

  test("by a trap after it went on, which names its place in the guest and nothing of the host's", async () => {
    const cell = ask({ next: async () => turn(1) });
    const error = (await failure(cell.function("trap")())) as HotcellError;
    expect(error).toBeInstanceOf(TrapError);
    expect(error.message).toMatch(/^The plugin trapped while calling "trap": unreachable\.$/);
    expect(error.facts.extra?.stack).toEqual([
      expect.stringMatching(/^Main\.trap \(wasm-function\[\d+\]:0x[0-9a-f]+\)$/),
      expect.stringMatching(/^Main \(wasm-function\[\d+\]:0x[0-9a-f]+\)$/),
    ]);
  });

  test("by too deep a recursion", async () => {
    const cell = ask({ next: async () => turn(1) });
    await expect(cell.function("deep")(100_000_000)).rejects.toThrow(/call stack is exhausted/);
  });

  test("for want of fuel, whether before or after it was suspended", async () => {
    const cell = (fuel: number) => ask({ next: async () => turn(1) }, { fuel });
    await expect(cell(100_000).function("work")(1_000_000, 1, 0)).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    await expect(cell(100_000).function("work")(0, 1, 1_000_000)).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    await expect(cell(100_000).function("work")(5_000, 1_000, 0)).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    await cell(10_000_000).function("work")(1000, 2, 1000);
  });
});

describe("a cell that ends while its call is suspended", () => {
  test("rejects the call at once, and its guest never runs again", async () => {
    const { call, waiting } = answered();
    const cell = ask({ next: call });
    const going = cell.function("stubborn")();
    cell.dispose();
    await expect(going).rejects.toMatchObject({ code: "closed" });
    expect(waiting).toHaveLength(1);
    waiting[0]!.resolve(1);
    await turn();
    expect(waiting).toHaveLength(1);
  });

  test("rejects it also where no guest runs", async () => {
    const { call, waiting } = answered();
    const cell = ask({ next: call });
    const going = cell.function("again")(1);
    cell.dispose();
    await expect(going).rejects.toMatchObject({ code: "closed" });
    waiting[0]!.reject(new Error("too late"));
  });

  test("leaves no rejection unhandled that comes later", async () => {
    const { call, waiting } = answered();
    const cell = ask({ next: call });
    const going = cell.function("next")(1);
    cell.dispose();
    await expect(going).rejects.toMatchObject({ code: "closed" });
    waiting[0]!.reject(new Error("too late"));
    await turn();
  });

  test("in the very turn in which the promise settles, ends it too", async () => {
    const { call, waiting } = answered();
    const cell = ask({ next: call });
    const going = cell.function("next")(1);
    waiting[0]!.resolve(1);
    cell.dispose();
    await expect(going).rejects.toMatchObject({ code: "closed" });
  });

  test("by the host function that was about to suspend it, ends it too", async () => {
    const cell: Cell = ask({
      next: async () => {
        cell.dispose();
        return 1;
      },
    });
    await expect(cell.function("next")(1)).rejects.toMatchObject({ code: "closed" });
  });

  test("at any moment rejects, or had given the result before", async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const cell = ask({ next: async () => 1 });
      let outcome: unknown;
      const going = Promise.resolve(cell.function("next")(1)).then(
        (value) => (outcome = value),
        (error: HotcellError) => (outcome = error.code),
      );
      for (let i = 0; i < ticks; i++) await null;
      const before = outcome;
      cell.dispose();
      await going;
      expect(outcome).toBe(before ?? outcome);
      expect([1, "closed"]).toContain(outcome);
    }
  });

  test("leaves nothing behind, though the promise never settles", async () => {
    const forever: Promise<unknown>[] = [];
    const next = suspending(() => {
      const promise = new Promise(() => {});
      forever.push(promise);
      return promise;
    });
    const refs: WeakRef<Cell>[] = [];
    const start = async () => {
      const cell = ask({ next });
      refs.push(new WeakRef(cell));
      const going = failure(cell.function("next")(1));
      cell.dispose();
      if (((await going) as HotcellError).code !== "closed") throw new Error("not closed");
    };
    for (let i = 0; i < 20; i++) await start();
    await memoryInUse();
    expect(forever).toHaveLength(20);
    expect(refs.filter((ref) => ref.deref()).length).toBeLessThan(5);
  });
});

describe("what suspended calls spend", () => {
  const spend = (cell: Cell, [before, times, after]: readonly number[]) =>
    cell.function("work")(before, times, after) as Promise<void>;

  test("is what they would alone and for each wait, however they are interleaved", async () => {
    const work = fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 4 }), fc.nat(300));
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(work, { minLength: 1, maxLength: 6 }),
        fc.nat(400),
        async (s, works, inner) => {
          const alone: number[] = [];
          for (const each of works) {
            const cell = ask({ next: () => 1 });
            cell.function("work")(...each);
            alone.push(cell.fuelUsed);
          }
          const nested = ask({ next: () => 1 });
          nested.function("work")(inner, 1, inner);
          const nestedAlone = nested.fuelUsed;
          const waits = works.map(() => 0);
          const cells = works.map((_, i) =>
            ask({
              next: suspending((n: number) => {
                // A cell that does not suspend is called while this one runs.
                nested.function("work")(inner, 1, inner);
                expect(nested.fuelUsed).toBe(nestedAlone);
                if (n % 3 === 0) return 1;
                waits[i]!++;
                return s.schedule(Promise.resolve(1));
              }),
            }),
          );
          const going = cells.map((cell, i) => spend(cell, works[i]!));
          await s.waitFor(Promise.all(going));
          expect(cells.map((cell) => cell.fuelUsed)).toEqual(
            alone.map((units, i) => units + waits[i]! * suspensionCost),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test("is theirs also where one calls another and waits for it", async () => {
    const alone = ask({ next: async () => 1 });
    await spend(alone, [10, 2, 10]);
    const inner = ask({ next: async () => turn(1) });
    const outer = ask({
      next: async () => {
        await spend(inner, [5000, 2, 5000]);
        return 1;
      },
    });
    await spend(outer, [10, 2, 10]);
    expect(outer.fuelUsed).toBe(alone.fuelUsed);
  });
});
