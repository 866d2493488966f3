/** Calls that take more than is put into the tank at a time. */
import { describe, expect, it } from "vitest";
import { assemble, outcome, start, startHardened } from "../support/hardened.ts";

/** Each takes some million units. */
const loops: Record<string, string> = {
  "a loop without exits": `(loop
    (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 31)) (i64.extend_i32_u (local.get 0))))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)`,
  "a loop with a result": `(loop (result i64)
    (local.set 1 (i64.add (local.get 1) (i64.const 3)))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
    (local.get 1))`,
  "a loop left in several ways": `(block $out (block $other (loop $l
    (local.set 1 (i64.add (local.get 1) (i64.const 5)))
    (br_if $out (i64.gt_u (local.get 1) (i64.const 4000001)))
    (if (i64.eq (local.get 1) (i64.const 4000002)) (then (br $other)))
    (if (i64.eq (local.get 1) (i64.const 77)) (then (return (i64.const -1))))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (return (i64.add (local.get 1) (i64.const 1))))
    (local.get 1)`,
  "loops in a loop, left to a block between them": `(loop $outer (block $next (loop $inner
      (local.set 1 (i64.add (local.get 1) (i64.const 1)))
      (br_if $next (i64.eqz (i64.rem_u (local.get 1) (i64.const 1000))))
      (br $inner)))
    (br_if $outer (i64.lt_u (local.get 1) (i64.const 500000))))
    (local.get 1)`,
  "a loop left by br_table": `(block $done (loop $l
    (local.set 1 (i64.add (local.get 1) (i64.const 1)))
    (br_table $l $done (i64.eq (local.get 1) (i64.const 400000)))))
    (local.get 1)`,
  "a loop left by an exception": `(block $caught (try_table (catch_all $caught) (loop $l
    (local.set 1 (i64.add (local.get 1) (i64.const 1)))
    (if (i64.eq (local.get 1) (i64.const 400000)) (then (throw $e)))
    (br $l))))
    (local.get 1)`,
  "a loop that catches its way out": `(block $caught (loop $l
    (try_table (catch_all $caught)
      (local.set 1 (i64.add (local.get 1) (i64.const 1)))
      (if (i64.eq (local.get 1) (i64.const 400000)) (then (throw $e))))
    (br $l)))
    (local.get 1)`,
  "a loop with parameters": `(i32.const 0) (loop $l (param i32)
      drop
      (local.set 1 (i64.add (local.get 1) (i64.const 1)))
      (br_if $l (i32.const 0) (i64.lt_u (local.get 1) (i64.const 400000)))
      drop)
    (local.get 1)`,
  "a loop that calls": `(loop
    (local.set 1 (call $f (local.get 1)))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)`,
  "a loop that fills and grows": `(loop
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 100))
    (local.set 1 (i64.add (local.get 1) (i64.extend_i32_s (memory.grow (i32.const 0)))))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)`,
};

describe("a long call", () => {
  it.each(Object.entries(loops))("comes to the same, and is stopped in time: %s", (_, code) => {
    const bytes = assemble(`(module (memory 1) (tag $e)
      (func $f (param i64) (result i64) (i64.add (i64.mul (local.get 0) (i64.const 3)) (i64.const 7)))
      (func (export "run") (param i32) (result i64) (local i64) ${code}))`);
    const plain = start(bytes);
    const { exports, fuel } = startHardened(bytes);
    const expected = plain.run(900_000);
    // What it costs in time besides differs from run to run.
    const spent = Math.min(
      ...Array.from({ length: 5 }, () => {
        fuel.set(1e12);
        expect(exports.run(900_000)).toBe(expected);
        return 1e12 - fuel.get();
      }),
    );
    expect(spent).toBeGreaterThan(2e6);
    for (const share of [0.01, 0.3, 0.8]) {
      const budget = Math.floor(spent * share);
      fuel.set(budget);
      expect(outcome(() => exports.run(900_000))).toEqual({ throws: "unreachable" });
      expect(fuel.spent).toBe(true);
    }
  });

  it("can be followed by another", () => {
    const { exports, fuel } = startHardened(
      assemble(`(module (func (export "run") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`),
    );
    fuel.set(1e6);
    expect(outcome(() => exports.run(1e9))).toEqual({ throws: "unreachable" });
    fuel.set(2 ** 45);
    exports.run(10);
    expect(fuel.get()).toBeGreaterThan(2 ** 45 - 1000);
  });
});
