/** Modules whose `run` never returns, or not within anybody's patience, each in its own way. */
export interface Runaway {
  readonly name: string;
  readonly text: string;
  /** The start function runs away. */
  readonly start?: true;
  /** It may exhaust the stack before the fuel. */
  readonly deep?: true;
}

const run = (code: string, before = "") =>
  `(module ${before} (func (export "run") (local i32 i64 f64) ${code}))`;
const forever = (code: string, before = "") => run(`(loop ${code} (br 0))`, before);
const memory = `(memory 64) (data $d "${"x".repeat(4096)}")`;
const table = `(table $t 30000 funcref) (table $u 30000 funcref)
  (func $f) (elem $e func ${"$f ".repeat(1000)})`;

export const runaways: readonly Runaway[] = [
  { name: "tight loop", text: forever("") },
  { name: "loop that counts", text: forever("(local.set 0 (i32.add (local.get 0) (i32.const 1)))") },
  {
    name: "br_table loop",
    text: forever(`(local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (block (block (block (br_table 0 1 2 3 (i32.and (local.get 0) (i32.const 3)))) (br 2)) (br 1))`),
  },
  {
    name: "loop through call_indirect",
    text: forever("(call_indirect (i32.const 0))", "(table funcref (elem $f)) (func $f)"),
  },
  {
    name: "loop through call_ref",
    text: forever(
      "(call_ref $t (ref.func $f))",
      "(type $t (func)) (func $f (type $t)) (elem declare func $f)",
    ),
  },
  { name: "loop of calls", text: forever("(call $f) (call $f)", "(func $f)") },
  {
    name: "tail calls",
    text: run(
      "(call $f (i32.const 0))",
      "(func $f (param i32) (return_call $f (i32.add (local.get 0) (i32.const 1))))",
    ),
  },
  {
    name: "indirect tail calls",
    text: run("(call $f)", "(table funcref (elem $f)) (func $f (return_call_indirect (i32.const 0)))"),
  },
  { name: "endless recursion", text: run("(call 0)"), deep: true },
  {
    name: "exponential recursion",
    text: run(
      "(call $f (i32.const 100))",
      `(func $f (param i32) (if (local.get 0) (then
        (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1))))))`,
    ),
  },
  {
    name: "chain of 60 functions, each calling the next twice",
    text: run(
      "(call $f0)",
      `${Array.from({ length: 60 }, (_, i) => `(func $f${i} (call $f${i + 1}) (call $f${i + 1}))`).join("\n")} (func $f60)`,
    ),
  },
  {
    name: "chain of leaves and early returns",
    text: run(
      "(call $f0 (i32.const 1))",
      `${Array.from(
        { length: 60 },
        (_, i) => `(func $f${i} (param i32) (if (i32.eqz (local.get 0)) (then return))
          (call $f${i + 1} (i32.const 0)) (call $f${i + 1} (i32.const 1)) (call $f${i + 1} (i32.const 1)))`,
      ).join("\n")} (func $f60 (param i32))`,
    ),
  },
  {
    name: "straight code of 40,000 instructions, called often",
    text: forever(
      "(call $f)",
      `(global $g (mut i32) (i32.const 0))
       (func $f ${"(global.set $g (i32.add (global.get $g) (i32.const 1)))".repeat(10_000)})`,
    ),
  },
  {
    name: "memory.fill",
    text: forever("(memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304))", memory),
  },
  {
    name: "memory.fill, small",
    text: forever("(memory.fill (i32.const 0) (i32.const 1) (i32.const 7))", memory),
  },
  {
    name: "memory.copy",
    text: forever("(memory.copy (i32.const 1) (i32.const 0) (i32.const 4194303))", memory),
  },
  {
    name: "memory.copy, small",
    text: forever("(memory.copy (i32.const 1) (i32.const 0) (i32.const 9))", memory),
  },
  {
    name: "memory.init",
    text: forever("(memory.init $d (i32.const 1) (i32.const 0) (i32.const 4096))", memory),
  },
  {
    name: "memory.init of nothing",
    text: forever("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))", memory),
  },
  { name: "memory.grow by nothing", text: forever("(drop (memory.grow (i32.const 0)))", "(memory 1)") },
  { name: "memory.grow that fails", text: forever("(drop (memory.grow (i32.const -1)))", "(memory 1)") },
  {
    name: "memory.grow, one page each",
    text: forever("(drop (memory.grow (i32.const 1))) (i32.store (i32.const 0) (i32.const 1))", "(memory 1)"),
  },
  {
    name: "memory.grow by much, every page touched",
    text: forever(
      `(local.set 0 (i32.mul (memory.grow (i32.const 100)) (i32.const 65536)))
       (memory.fill (local.get 0) (i32.const 1) (i32.const 6553600))`,
      "(memory 1)",
    ),
  },
  {
    name: "table.fill",
    text: forever("(table.fill $t (i32.const 0) (ref.func $f) (i32.const 30000))", table),
  },
  {
    name: "table.fill, one",
    text: forever("(table.fill $t (i32.const 0) (ref.func $f) (i32.const 1))", table),
  },
  {
    name: "table.copy",
    text: forever("(table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 29999))", table),
  },
  {
    name: "table.copy to another",
    text: forever("(table.copy $u $t (i32.const 1) (i32.const 0) (i32.const 29999))", table),
  },
  {
    name: "table.init",
    text: forever("(table.init $t $e (i32.const 1) (i32.const 0) (i32.const 1000))", table),
  },
  {
    name: "table.init of nothing",
    text: forever("(table.init $t $e (i32.const 1) (i32.const 0) (i32.const 0))", table),
  },
  {
    name: "table.grow by nothing",
    text: forever("(drop (table.grow (ref.null func) (i32.const 0)))", "(table 60000 funcref)"),
  },
  {
    name: "table.grow, one each",
    text: forever("(drop (table.grow (ref.null func) (i32.const 1)))", "(table 0 funcref)"),
  },
  {
    name: "table.grow that fails",
    text: forever("(drop (table.grow (ref.null func) (i32.const -1)))", "(table 0 funcref)"),
  },
  { name: "table.set", text: forever("(table.set $t (i32.const 5) (ref.func $f))", table) },
  { name: "table.get", text: forever("(drop (table.get $t (i32.const 5)))", table) },
  {
    name: "ref.func",
    text: forever(
      "(global.set $g (ref.func $f))",
      "(global $g (mut funcref) (ref.null func)) (func $f) (elem declare func $f)",
    ),
  },
  {
    name: "integer divisions",
    text: forever(
      "(local.set 1 (i64.div_s (i64.const 9223372036854775807) (i64.or (local.get 1) (i64.const 3))))",
    ),
  },
  {
    name: "integer remainders",
    text: forever("(local.set 0 (i32.rem_u (i32.const 2147483647) (i32.or (local.get 0) (i32.const 3))))"),
  },
  {
    name: "square roots",
    text: forever(
      "(global.set $x (f64.sqrt (f64.add (global.get $x) (f64.const 3.3))))",
      "(global $x (mut f64) (f64.const 1))",
    ),
  },
  {
    name: "float divisions",
    text: forever(
      "(global.set $x (f64.div (f64.const 3.3) (f64.add (global.get $x) (f64.const 1.1))))",
      "(global $x (mut f64) (f64.const 1))",
    ),
  },
  {
    name: "loads that miss every cache",
    text: run(
      `(memory.fill (i32.const 0) (i32.const 1) (i32.const 67108864))
       (loop
         (local.set 0 (i32.add (i32.load8_u (i32.and (local.get 0) (i32.const 0x3ffffff)))
           (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223))))
         (br 0))`,
      "(memory 1024)",
    ),
  },
  {
    name: "pointers followed through 64 MiB",
    text: run(
      `(loop
         (i32.store (local.get 0) (i32.and (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904284))
           (i32.const 0x3ffffc0)))
         (br_if 0 (local.tee 0 (i32.and (i32.add (local.get 0) (i32.const 64)) (i32.const 0x3ffffff)))))
       (loop (local.set 0 (i32.load (local.get 0))) (br 0))`,
      "(memory 1024)",
    ),
  },
  {
    name: "stores a page apart, called for each",
    text: forever(
      "(call $f (local.tee 0 (i32.and (i32.add (local.get 0) (i32.const 69696)) (i32.const 0x3ffffff))))",
      "(memory 1024) (func $f (param i32) (i32.store8 (local.get 0) (i32.const 1)))",
    ),
  },
  {
    name: "vector divisions",
    text: forever(
      "(global.set $x (f64x2.div (v128.const f64x2 3.3 1.1) (f64x2.sqrt (global.get $x))))",
      "(global $x (mut v128) (v128.const f64x2 1 2))",
    ),
  },
  { name: "throw and catch", text: forever("(block $c (try_table (catch_all $c) (throw $e)))", "(tag $e)") },
  {
    name: "throw and catch by a caller",
    text: forever("(block $c (try_table (catch_all $c) (call $f)))", "(tag $e) (func $f (throw $e))"),
  },
  {
    name: "throw through 500 frames",
    text: forever(
      "(block $c (try_table (catch_all $c) (call $f (i32.const 500))))",
      `(tag $e) (func $f (param i32) (if (i32.eqz (local.get 0)) (then (throw $e)))
        (call $f (i32.sub (local.get 0) (i32.const 1))))`,
    ),
  },
  {
    name: "an exception caught and thrown again in 500 frames",
    text: forever(
      "(block $c (try_table (catch_all $c) (call $f (i32.const 500))))",
      `(tag $e) (func $f (param i32) (if (i32.eqz (local.get 0)) (then (throw $e)))
        (block $x (result exnref) (try_table (catch_all_ref $x) (call $f (i32.sub (local.get 0) (i32.const 1)))) (return)) (throw_ref))`,
    ),
  },
  {
    name: "catch_all around a tight loop",
    text: forever("(block $c (try_table (catch_all $c) (loop (br 0))))"),
  },
  {
    name: "catch_all in every frame of an endless recursion",
    text: run(
      "(call $f)",
      "(func $f (block $c (try_table (catch_all $c) (call $f))) (block $c (try_table (catch_all $c) (call $f))))",
    ),
    deep: true,
  },
  { name: "start function", text: `(module (func $s (loop (br 0))) (start $s))`, start: true },
];
