/** Tight loops, of which several rounds are written and paid for at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeStart, localsPerUnit } from "../../host/fuel-prices.ts";
import { harden } from "../../host/harden/harden.ts";
import { assemble, outcome, plenty, start, startHardened } from "../support/hardened.ts";

/** Where the loop of a module is unrolled, this number is in its code more than once. */
const marker = 0x1dea;
const mark = `(local.set $acc (i32.xor (local.get $acc) (i32.const ${marker})))`;

/**
 * A function with parameters $n and $k around a loop $l in blocks $out, $far and a loop $outer that goes round $k times.
 * With `locals` that nothing uses, values are merged at so many places that nothing is unrolled.
 */
function program(loop: string, locals = 0): Uint8Array<ArrayBuffer> {
  return assemble(`(module
    (memory 1)
    (global $left (mut i32) (i32.const 0))
    (func (export "run") (param $n i32) (param $k i32) (result i32) (local $i i32) (local $acc i32)
      ${"(local i32)".repeat(locals)}
      ${"(block)".repeat(30)}
      (block $far (loop $outer
        (local.set $i (local.get $n))
        (block $out ${loop})
        (local.set $acc (i32.add (local.get $acc) (local.get $i)))
        (br_if $outer (i32.gt_s (local.tee $k (i32.sub (local.get $k) (i32.const 1))) (i32.const 0)))))
      (global.set $left (local.get $i))
      (i32.add (local.get $acc) (global.get $left))))`);
}

/** How often the marker is in it, as LEB128 has it. */
function copies(bytes: Uint8Array): number {
  const constant = Buffer.from([0x41, (marker & 0x7f) | 0x80, marker >> 7]).toString("latin1");
  return Buffer.from(bytes).toString("latin1").split(constant).length - 1;
}

const next = `(local.set $i (i32.sub (local.get $i) (i32.const 1)))`;
const again = `(br_if $l (i32.gt_s (local.get $i) (i32.const 0)))`;

const loops: Record<string, string> = {
  "falls through": `(loop $l ${mark} ${next} ${again})`,
  "gives a result": `(local.set $acc (loop $l (result i32) ${mark} ${next} ${again} (local.get $acc)))`,
  "is left by br_if": `(loop $l (br_if $out (i32.le_s (local.get $i) (i32.const 0))) ${mark} ${next} (br $l))`,
  "is left for another loop": `(loop $l ${mark} ${next} ${again} (br_if $outer (i32.eqz (local.tee $k (i32.sub (local.get $k) (i32.const 1))))))`,
  "is left by br": `(loop $l ${mark} ${next} (if (i32.le_s (local.get $i) (i32.const 0)) (then (br $out))) (br $l))`,
  "is left for further out": `(loop $l ${mark} ${next} ${again} (br $far))`,
  "is left by return": `(loop $l ${mark} ${next} ${again} (return (local.get $acc)))`,
  "goes round from within": `(loop $l (block ${mark} ${next} ${again}))`,
  "goes round by br_table": `(loop $l (block ${mark} ${next} (br_table 1 0 (i32.le_s (local.get $i) (i32.const 0)))))`,
};

describe("a tight loop", () => {
  it.each(Object.entries(loops))("comes to the same and costs each round alike: one that %s", (_, loop) => {
    const bytes = program(loop);
    expect(copies(bytes)).toBe(1);
    expect(copies(harden(bytes).bytes)).toBe(4);
    const plain = start(bytes);
    const { exports, fuel } = startHardened(bytes);
    const spent = Array.from({ length: 14 }, (_, n) => {
      fuel.set(plenty);
      expect(exports.run(n + 1, 1)).toBe(plain.run(n + 1, 1));
      return plenty - fuel.get();
    });
    const round = spent[1]! - spent[0]!;
    expect(round).toBeGreaterThan(5);
    expect(spent).toEqual(spent.map((_, n) => spent[0]! + n * round));
  });

  it.each(Object.entries(loops))("is stopped when its fuel is spent: one that %s", (_, loop) => {
    const { exports, fuel } = startHardened(program(loop));
    for (const budget of [1_000, 1e5, 1e7]) {
      fuel.set(budget);
      expect(outcome(() => exports.run(2 ** 31 - 1, 1))).toEqual({ throws: "unreachable" });
      expect(fuel.spent).toBe(true);
    }
  });

  it.each([
    ["of many bytes", `(loop $l ${mark} ${mark.replace("acc", "k")} ${mark} ${next} ${again})`],
    ["that calls", `(loop $l ${mark} (call 0 (i32.const 0) (i32.const 0)) drop ${next} ${again})`],
    [
      "with parameters",
      `(i32.const 1) (loop $l (param i32) ${mark} drop ${next} (i32.const 1) ${again} drop)`,
    ],
  ])("is written once: one %s", (_, loop) => {
    const bytes = program(loop);
    const times = copies(bytes);
    expect(copies(harden(bytes).bytes)).toBe(times);
  });

  it("makes no function much longer", () => {
    const bytes = program(loops["falls through"]!.repeat(1000));
    const hardened = harden(bytes);
    new WebAssembly.Module(hardened.bytes);
    expect(copies(hardened.bytes)).toBeLessThan(1000 + 8_192 / 20);
    expect(copies(hardened.bytes)).toBeGreaterThan(1000);
  });
});

/** Statements of a round, each a few bytes. Whatever they do, $i has been counted down before they go round again. */
const statement = fc.constantFrom(
  `(local.set $acc (i32.mul (local.get $acc) (i32.const 3)))`,
  `(local.set $acc (i32.add (local.get $acc) (local.get $k)))`,
  `(br_if $l (i32.and (local.get $i) (i32.const 1)))`,
  `(br_if $out (i32.eq (local.get $i) (local.get $k)))`,
  `(br_if $far (i32.eq (local.get $i) (i32.const 5)))`,
  `(if (local.get $acc) (then (br $l)))`,
  `(if (i32.eq (local.get $i) (i32.const 3)) (then (br $out)))`,
  `(if (i32.gt_s (local.get $i) (i32.const 9)) (then (return (local.get $i))))`,
  `(block (br_table 0 1 0 (local.get $i)))`,
  `(block (br_if 0 (local.get $k)) (br $out))`,
  `(if (local.get $i) (then (nop)) (else (br $far)))`,
  `(global.set $left (local.get $i))`,
  `(i32.store (i32.const 0) (local.get $i))`,
  `(block (result i32) (local.get $acc) (br_if 0 (local.get $k)) drop (i32.const 2)) (local.set $acc)`,
  `(try_table (catch_all 0) (br_if $l (local.get $k)))`,
  `(br_table $l $out $l (local.get $k))`,
  `(block $b (br_table $b 1 $b (local.get $acc)))`,
);
const round = fc.tuple(fc.array(statement, { maxLength: 2 }), fc.constantFrom("(br $l)", again, ""));

it("unrolled or not, a loop comes to the same and costs the same", () => {
  const seen = { unrolled: 0, once: 0 };
  fc.assert(
    fc.property(round, fc.nat(6), ([statements, last], k) => {
      const stop = "(br_if $out (i32.le_s (local.get $i) (i32.const 0)))";
      const loop = `(loop $l ${stop} ${next} ${statements.join(" ")} ${last})`;
      const [few, many] = [program(loop), program(loop, 1_900)];
      const plain = start(few);
      const [unrolled, once] = [startHardened(few), startHardened(many)];
      seen[
        harden(few).bytes.length - few.length > harden(many).bytes.length - many.length ? "unrolled" : "once"
      ]++;
      /** What the other's many locals cost where the function is entered. */
      let entry: number | undefined;
      for (let n = 0; n < 12; n++) {
        const [few, many] = [unrolled, once].map(({ exports, fuel }) => {
          fuel.set(plenty);
          expect(exports.run(n, k)).toBe(plain.run(n, k));
          return plenty - fuel.get();
        });
        entry ??= many! - few!;
        expect(many! - few!).toBe(entry);
      }
      expect(Math.abs(entry! - 1_900 / localsPerUnit)).toBeLessThan(freeStart);
    }),
    { numRuns: 400 },
  );
  expect(seen.unrolled).toBeGreaterThan(100);
});
