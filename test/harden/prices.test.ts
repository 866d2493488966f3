/** What is dear to V8 and not to be seen in an instruction is paid for by who can run into it. */
import { describe, expect, it } from "vitest";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import {
  bulkCosts,
  callCost,
  clauseCost,
  codeBytesPerUnit,
  dropCost,
  freeCode,
  freeLocals,
  localsPerUnit,
  maxCallsAtOnce,
  maxForTargets,
  payloadCost,
  throwCost,
  throwOnCost,
  unwindCost,
} from "../../host/fuel-prices.ts";
import { harden } from "../../host/harden/harden.ts";
import { defaultHardenLimits } from "../../host/harden/module-limits.ts";
import { added, assemble, outcome, plenty, start, startHardened } from "../support/hardened.ts";

/** Units that a call of `run` takes. */
function cost(text: string, unwinds?: boolean): number {
  const fuel = new Fuel();
  const { bytes } = harden(assemble(text), unwinds === undefined ? {} : { unwinds });
  const exports = start(bytes, added(fuel));
  fuel.set(plenty);
  exports.run();
  return plenty - fuel.get();
}

const run = (code: string, before = "") => `(module ${before} (func (export "run") (local i32 i64) ${code}))`;
const tags = "(tag $e) (tag $x)";
/** Makes what a function may cost for nothing the same in what is compared. */
const pay = "(drop (i32.div_u (i32.const 1) (i32.const 1)))";

describe("exceptions", () => {
  const clauses = "(catch $x $c)".repeat(100);
  const frames = 1_000;
  const each = 100 * clauseCost + throwOnCost + unwindCost + callCost;

  it.each([
    ["try_table", `(block $c (try_table ${clauses} (call $f (i32.sub (local.get 0) (i32.const 1)))))`],
    ["try", `try (call $f (i32.sub (local.get 0) (i32.const 1))) ${"catch $x ".repeat(100)} end`],
  ])("cost each clause and each frame that they pass: %s", (_, body) => {
    const caught = body.startsWith("try")
      ? `try (call $f (i32.const ${frames})) catch_all end`
      : `(block $c (try_table (catch_all $c) (call $f (i32.const ${frames}))))`;
    const text = `(module ${tags}
      (func $f (param i32) (if (i32.eqz (local.get 0)) (then (throw $e))) ${body})
      (func (export "run") ${caught}))`;
    expect(cost(text)).toBeGreaterThan(frames * each + throwCost);
  });

  it.each([
    [
      "a clause",
      `(try_table (catch $x 1) (catch_all 1) ${pay})`,
      `(try_table (catch_all 1) ${pay})`,
      clauseCost,
    ],
    ["no catch_all", `(try_table (catch $x 1) ${pay})`, `(try_table (catch_all 1) ${pay})`, throwOnCost],
    ["a legacy clause", `try ${pay} catch $x catch_all end`, `try ${pay} catch_all end`, clauseCost + 1],
    ["a legacy try without catch_all", `try ${pay} catch $x end`, `try ${pay} catch_all end`, throwOnCost],
    ["a delegate", `try ${pay} delegate 0`, `block ${pay} end`, throwOnCost],
    ["nothing but a block", `try ${pay} end`, `block ${pay} end`, throwOnCost],
  ])("are paid for where they may pass: %s", (_, dear, cheap, difference) => {
    const [more, less] = [dear, cheap].map((code) => cost(run(`${pay} (block ${code})`, tags)));
    expect(more! - less!).toBe(difference);
  });

  it("in a loop cost every time round", () => {
    const loop = (body: string) =>
      run(
        `(local.set 0 (i32.const 50)) (loop (block ${body})
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
        tags,
      );
    const more = cost(loop(`(try_table (catch $x 0) (catch $x 0) ${pay})`));
    const less = cost(loop(`(try_table (catch_all 0) ${pay})`));
    expect(more - less).toBe(50 * (clauseCost + throwOnCost));
  });

  it("cost what they carry", () => {
    const thrown = (values: string, code: string) =>
      cost(run(`(block (try_table (catch_all 0) ${code} (throw $e)))`, `(tag $e (param ${values}))`));
    expect(thrown("i64 i64 i64", "(i64.const 1) (i64.const 1) (i64.const 1)") - thrown("", "")).toBe(
      3 * payloadCost + 3,
    );
  });

  it("are paid for by frames of modules that know none, where others beside them throw", () => {
    const text = run("(call $f) (call $f)", `(func $f ${pay})`);
    expect(cost(text, true) - cost(text, false)).toBe(2 * unwindCost);
    expect(cost(text)).toBe(cost(text, false));
  });

  it.each([
    ["a table of exceptions", "(table 1 exnref)"],
    ["a table of exceptions", "(table 1 (ref null exn))"],
    ["a table of exceptions", '(import "a" "b" (table 1 exnref))'],
    ["a global that holds exceptions", "(global (mut exnref) (ref.null exn))"],
    ["a global that holds exceptions", "(global (ref null exn) (ref.null exn))"],
    ["a global that holds exceptions", '(import "a" "b" (global exnref))'],
    ["an exception that carries exceptions", "(tag (param i32 exnref))"],
    ["an exception that carries exceptions", "(tag (param (ref exn)))"],
    ["an exception that carries exceptions", '(import "a" "b" (tag (param exnref)))'],
  ])("can't be kept on the host's heap: %s, %s", (feature, text) => {
    expect(() => harden(assemble(`(module ${text})`))).toThrow(
      expect.objectContaining({
        code: "unsupported-feature",
        facts: expect.objectContaining({ subject: feature }),
      }),
    );
  });

  it("carry few values", () => {
    const tag = (values: number) => assemble(`(module (tag (param ${"i64 ".repeat(values)})))`);
    const { payload } = defaultHardenLimits;
    expect(WebAssembly.validate(harden(tag(payload)).bytes)).toBe(true);
    expect(() => harden(tag(payload + 1))).toThrow(
      expect.objectContaining({
        code: "component-limit",
        facts: expect.objectContaining({ limit: payload, actual: payload + 1 }),
      }),
    );
  });
});

describe("a function", () => {
  it("with many locals pays for clearing them", () => {
    const with_ = (locals: number) =>
      cost(run("(call $f)", `(func $f (local ${"i64 ".repeat(locals)}) ${pay})`));
    expect(with_(freeLocals + 1_000) - with_(freeLocals)).toBe(1_000 / localsPerUnit);
    expect(with_(freeLocals)).toBe(with_(0));
  });

  it("of much code pays for compiling it, a little every time", () => {
    const of = (bytes: number) =>
      cost(run("(call $f)", `(func $f ${pay} return ${"nop ".repeat(bytes)})`)) - bytes;
    expect(of(freeCode + 16_000) - of(freeCode)).toBe(16_000 / codeBytesPerUnit);
  });

  it("that makes many calls pays for them bit by bit, so that the time can be looked at in between", () => {
    const { exports, fuel } = startHardened(
      assemble(`(module (global $made (export "made") (mut i32) (i32.const 0))
        (func $f (global.set $made (i32.add (global.get $made) (i32.const 1))))
        (func (export "run") ${"(call $f)".repeat(10_000)}))`),
    );
    fuel.set(100 * (callCost + 1));
    expect(outcome(() => exports.run())).toEqual({ throws: "unreachable" });
    expect(exports.made.value).toBeLessThanOrEqual(Math.ceil(maxCallsAtOnce / callCost) + 100);
    fuel.set(plenty);
    exports.run();
    expect(plenty - fuel.get()).toBeGreaterThan(10_000 * (callCost + 1));
  });
});

it.each([
  [
    "br_table",
    `(block (br_table ${"0 ".repeat(2_000)} (i32.const 7)))`,
    "(block (br_table 0 (i32.const 7)))",
    maxForTargets,
  ],
  ["data.drop", `(data.drop $d)`, "nop", dropCost],
  ["elem.drop", `(elem.drop $s)`, "nop", dropCost],
])("costs what it takes: %s", (_, dear, cheap, difference) => {
  const before = `(memory 1) (data $d "x") (func $f) (elem $s func $f)`;
  // Where code is long, that costs too.
  const [more, less] = [dear, cheap].map((code) => cost(run(`${pay} ${code}`, before)));
  const code = (text: string) => text.length;
  expect(more! - less!).toBeGreaterThanOrEqual(difference);
  expect(more! - less!).toBeLessThanOrEqual(difference + code(dear) / codeBytesPerUnit);
});

describe("growth", () => {
  const { fixed, granted, factor } = bulkCosts.memoryGrow;
  const grown = (code: string) =>
    cost(run(`${pay} ${code}`, "(memory 1 100) (table $t 1 100 funcref)")) - cost(run(pay));
  const memory = (pages: number) => grown(`(drop (memory.grow (i32.const ${pages})))`);
  const table = (elements: number) => grown(`(drop (table.grow $t (ref.null func) (i32.const ${elements})))`);
  const instructions = 10;

  it("is paid for by what was granted", () => {
    expect(memory(90) - memory(10)).toBe(80 * factor);
    expect(memory(10)).toBeLessThan(fixed + granted + 10 * factor + instructions);
    expect(table(90) - table(10)).toBe(80 * bulkCosts.tableGrow.factor);
  });

  it("that is refused costs the same however much was asked for, and something", () => {
    for (const asked of [100, 60_000, -1]) {
      expect(memory(asked)).toBeGreaterThanOrEqual(fixed);
      expect(memory(asked)).toBeLessThan(fixed + instructions);
      expect(table(asked)).toBe(memory(asked) + 1);
    }
  });

  it("stops a guest that can't pay for what it got", () => {
    const { exports, fuel } = startHardened(
      assemble(`(module (memory 1 1000) (global $after (export "after") (mut i32) (i32.const 0))
        (func (export "run") (drop (memory.grow (i32.const 900))) (global.set $after (i32.const 1))))`),
    );
    fuel.set(granted + 899 * factor);
    expect(outcome(() => exports.run())).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(true);
    expect(exports.after.value).toBe(0);
  });

  it("in a loop is paid for every time", () => {
    const text = `(module (memory 1 100) (func (export "run") (local i32)
      (local.set 0 (i32.const 50))
      (loop (drop (memory.grow (i32.const 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
    expect(cost(text)).toBeGreaterThanOrEqual(50 * (fixed + granted + factor));
  });

  it("is told, granted or not, to whoever asks", () => {
    const told: unknown[] = [];
    const fuel = new Fuel((growth) => told.push(growth));
    const text = `(module (memory $a 1) (memory $b 2 5) (table $t 3 10 funcref)
      (func (export "memory") (param i32) (drop (memory.grow $b (local.get 0))))
      (func (export "table") (param i32) (drop (table.grow $t (ref.null func) (local.get 0)))))`;
    const exports = start(harden(assemble(text)).bytes, added(fuel));
    fuel.set(plenty);
    for (const asked of [0, 2, 2, -1]) exports.memory(asked);
    for (const asked of [7, 1]) exports.table(asked);
    expect(told).toEqual([
      { of: "memory", asked: 2, size: 4, refused: false },
      { of: "memory", asked: 2, size: 4, refused: true },
      { of: "memory", asked: 2 ** 32 - 1, size: 4, refused: true },
      { of: "table", asked: 7, size: 10, refused: false },
      { of: "table", asked: 1, size: 10, refused: true },
    ]);
  });
});

describe("memory.grow by nothing", () => {
  const text = `(module (memory (export "memory") 1 3)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;

  it("leaves the memory alone, which thousands of instances may share", () => {
    const { exports } = startHardened(assemble(text));
    const { buffer } = exports.memory;
    expect(exports.grow(0)).toBe(1);
    expect(exports.memory.buffer).toBe(buffer);
    expect(exports.grow(2)).toBe(1);
    expect(exports.memory.buffer).not.toBe(buffer);
    expect(exports.grow(0)).toBe(3);
    expect(exports.grow(1)).toBe(-1);
    expect(exports.grow(-1)).toBe(-1);
    expect(exports.grow(0)).toBe(3);
  });

  it("of the memory that is meant, where there are several", () => {
    const { exports } = startHardened(
      assemble(`(module (memory $a 1) (memory $b 2 5)
        (func (export "grow") (param i32) (result i32) (memory.grow $b (local.get 0))))`),
    );
    expect([exports.grow(0), exports.grow(3), exports.grow(0)]).toEqual([2, 2, 5]);
  });
});
