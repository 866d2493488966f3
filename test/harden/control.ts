/** Small modules for everything that is more than one instruction. */
export interface Sample {
  readonly name: string;
  readonly text: string;
  readonly calls: readonly (readonly [name: string, ...operands: (number | bigint)[]])[];
}

export const samples: readonly Sample[] = [
  {
    name: "blocks, loops and branches with several values",
    text: `(module
      (type $pair (func (param i32 i32) (result i32 i32)))
      (func $swap (export "swap") (type $pair) (local.get 1) (local.get 0))
      (func (export "loop") (param i32) (result i32 i32)
        (local.get 0) (i32.const 1)
        (loop $again (type $pair)
          (local.set 0) (i32.const 1) (i32.sub) (local.get 0) (i32.const 3) (i32.mul)
          (call $swap) (call $swap)
          (br_if $again (i32.lt_u (local.get 0) (i32.const 1000)))))
      (func (export "leave") (param i32) (result i32)
        (block $out (result i32)
          (loop $again
            (drop (br_if $out (i32.const 77) (i32.eqz (local.get 0))))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if $again (i32.ne (local.get 0) (i32.const 5))))
          (i32.const 88)))
      (func (export "if") (param i32) (result i32)
        (i32.const 10) (i32.const 20)
        (if (type $pair) (local.get 0) (then) (else (call $swap))) (i32.sub))
      (func (export "table") (param i32) (result i32)
        (block $a (result i32) (block $b (result i32) (block $c (result i32)
          (br_table $a $b $c $b (i32.const 5) (local.get 0)))
          (i32.const 100) (i32.add)) (i32.const 1000) (i32.add)))
      (func (export "drops") (result i32) (loop (result i32) (i32.const 3) (drop) (nop) (i32.const 4))))`,
    calls: [
      ["swap", 1, 2],
      ["loop", 9],
      ["leave", 3],
      ["leave", 7],
      ["leave", 0],
      ["if", 0],
      ["if", 1],
      ["table", 0],
      ["table", 1],
      ["table", 2],
      ["table", 9],
      ["drops"],
    ],
  },
  {
    name: "loops left in every way",
    text: `(module
      (memory (export "m") 1)
      (func (export "return") (param i32) (result i32) (local i32)
        (loop $again
          (if (i32.ge_u (local.get 1) (local.get 0)) (then (return (local.get 1))))
          (local.set 1 (i32.add (local.get 1) (i32.const 3)))
          (br $again))
        (unreachable))
      (func (export "branch") (param i32) (result i32) (local i32)
        (block $out
          (loop $again
            (loop $inner
              (br_if $out (i32.gt_u (local.get 1) (i32.const 50)))
              (local.set 1 (i32.add (local.get 1) (local.get 0)))
              (br_if $inner (i32.and (local.get 1) (i32.const 1)))
              (br_if $again (i32.and (local.get 1) (i32.const 2))))))
        (local.get 1))
      (func (export "table") (param i32) (result i32) (local i32)
        (block $a (block $b
          (loop $again
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_table $again $b $a $again (i32.and (i32.mul (local.get 1) (local.get 0)) (i32.const 3)))))
          (return (i32.const -1)))
        (local.get 1))
      (func (export "function label") (param i32) (result i32)
        (loop $again (result i32)
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_if 1 (i32.const 11) (i32.eqz (local.get 0)))
          (br_if $again (i32.gt_s (local.get 0) (i32.const 10)))))
      (func (export "trap") (param i32) (result i32)
        (loop $again
          (i32.store (local.get 0) (i32.const 1))
          (local.set 0 (i32.add (local.get 0) (i32.const 4096)))
          (br $again))
        (i32.const 0))
      (func (export "bulk") (param i32)
        (loop $again
          (memory.fill (local.get 0) (local.get 0) (i32.const 33))
          (memory.copy (i32.const 1000) (local.get 0) (i32.const 16))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`,
    calls: [
      ["return", 10],
      ["branch", 3],
      ["branch", 4],
      ["branch", 1],
      ["table", 1],
      ["table", 2],
      ["table", 3],
      ["function label", 1],
      ["function label", 14],
      ["trap", 5],
      ["bulk", 20],
    ],
  },
  {
    name: "calls of every kind, tail calls too",
    text: `(module
      (type $f (func (param i64 i64) (result i64)))
      (table $t (export "t") 4 8 funcref)
      (elem (i32.const 0) $count $add)
      (elem declare func $count $add $sum)
      (func $add (type $f) (i64.add (local.get 0) (local.get 1)))
      (func $count (export "count") (type $f)
        (if (result i64) (i64.eqz (local.get 0)) (then (local.get 1))
          (else (return_call $count (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 2))))))
      (func $sum (export "indirect") (type $f)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect $t (type $f) (local.get 0) (local.get 1) (i32.const 0)))
      (func (export "reference") (type $f)
        (return_call_ref $f (local.get 0) (local.get 1) (ref.func $sum)))
      (func (export "call") (param i32) (result i64)
        (i64.add
          (call_indirect $t (type $f) (i64.const 40) (i64.const 2) (local.get 0))
          (call_ref $f (i64.const 1) (i64.const 2) (ref.func $add))))
      (func (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0)) (else
          (i32.add (call 5 (i32.sub (local.get 0) (i32.const 1))) (call 5 (i32.sub (local.get 0) (i32.const 2)))))))
      (func (export "forever") (result i64) (call 6)))`,
    calls: [
      ["count", 1000n, 5n],
      ["indirect", 50n, 1n],
      ["reference", 3n, 4n],
      ["call", 0],
      ["call", 1],
      ["call", 2],
      ["call", 9],
      ["fib", 15],
      ["forever"],
    ],
  },
  {
    name: "exceptions",
    text: `(module
      (tag $number (export "number") (param i32)) (tag $empty)
      (global $steps (mut i32) (i32.const 0))
      (func $throw (param i32)
        (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
        (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $number (i32.const 42))))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $empty)))
        (if (i32.eq (local.get 0) (i32.const 3)) (then (unreachable))))
      (func (export "uncaught") (param i32) (call $throw (local.get 0)))
      (func $catch (export "catch") (param i32) (result i32)
        (block $all
          (block $number (result i32)
            (try_table (catch $number $number) (catch_all $all) (call $throw (local.get 0)))
            (return (i32.const -1)))
          (return))
        (i32.const -2))
      (func (export "reference") (param i32) (result i32)
        (block $all (result exnref)
          (block $number (result i32 exnref)
            (try_table (catch_ref $number $number) (catch_all_ref $all) (call $throw (local.get 0)))
            (return (i32.const 0)))
          (drop) (return))
        (throw_ref))
      (func (export "loop") (param i32) (result i32)
        (loop $again (result i32)
          (block $caught
            (loop $inner
              (try_table (catch_all $caught)
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (if (i32.eqz (i32.and (local.get 0) (i32.const 3))) (then (throw $empty)))
                (br $inner))))
          (br_if $again (i32.gt_s (local.get 0) (i32.const 0)) )
          (global.get $steps)))
      (func (export "twice") (param i32) (result i32)
        (block $all (try_table (catch_all $all) (drop (call $catch (local.get 0))) (call $throw (local.get 0))))
        (global.get $steps)))`,
    calls: [0, 1, 2, 3].flatMap((n) => [
      ["uncaught", n] as const,
      ["catch", n] as const,
      ["reference", n] as const,
      ["twice", n] as const,
      ["loop", n * 7] as const,
    ]),
  },
  {
    name: "legacy exceptions",
    text: `(module
      (tag $number (param i32)) (tag $empty)
      (func $throw (param i32)
        (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $number (i32.const 42))))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $empty)))
        (if (i32.eq (local.get 0) (i32.const 3)) (then (unreachable))))
      (func (export "catch") (param i32) (result i32)
        try (result i32)
          (call $throw (local.get 0)) (i32.const 1)
        catch $number (i32.const 1) (i32.add)
        catch_all (i32.const 7)
        end)
      (func (export "rethrow") (param i32) (result i32)
        try (result i32)
          try (result i32)
            (call $throw (local.get 0)) (i32.const 1)
          catch $number (drop) (rethrow 0)
          catch_all (loop (br_if 0 (i32.eqz (i32.const 1)))) (rethrow 0)
          end
        catch_all (i32.const 99)
        end)
      (func (export "delegate") (param i32) (result i32)
        try $outer (result i32)
          try (result i32)
            try (result i32) (call $throw (local.get 0)) (i32.const 1)
            delegate $outer
          catch_all (i32.const -1)
          end
        catch $number
        catch_all (i32.const 5)
        end)
      (func (export "loop") (param i32) (result i32)
        loop $again (result i32)
          try (result i32)
            loop
              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
              (if (i32.eqz (i32.and (local.get 0) (i32.const 3))) (then (throw $number (local.get 0))))
              (br 0)
            end
            (unreachable)
          catch $number
          end
          (br_if $again (i32.gt_s (local.get 0) (i32.const 0)))
        end))`,
    calls: [0, 1, 2, 3].flatMap(
      (n) =>
        [
          ["catch", n],
          ["rethrow", n],
          ["delegate", n],
          ["loop", n * 9],
        ] as const,
    ),
  },
  {
    name: "several memories",
    text: `(module
      (memory $a (export "a") 1 2) (memory $b 2) (memory $c (export "c") 0 1)
      (data $text "several") (data (memory $b) (i32.const 8) "memories")
      (func (export "copy") (param i32) (result i32)
        (memory.copy $a $b (local.get 0) (i32.const 8) (i32.const 8))
        (memory.init $b $text (i32.const 100) (i32.const 0) (i32.const 7))
        (memory.fill $b (i32.const 101) (i32.const 33) (i32.const 2))
        (i32.store16 $b offset=300 align=1 (local.get 0) (i32.load8_u $b (i32.const 101)))
        (i32.add (i32.load $b offset=100 (i32.const 0)) (i32.load $a (local.get 0))))
      (func (export "grow") (param i32) (result i32) (memory.grow $c (local.get 0)))
      (func (export "size") (result i32 i32 i32) (memory.size $a) (memory.size $b) (memory.size $c))
      (func (export "vector") (param i32) (result i32)
        (v128.store32_lane $b offset=16 2 (local.get 0) (v128.load8_splat $b (i32.const 9)))
        (i32.load $b offset=16 (local.get 0)))
      (func (export "drop") (data.drop $text)))`,
    calls: [
      ["size"],
      ["copy", 40],
      ["copy", 70_000],
      ["vector", 3],
      ["grow", 1],
      ["grow", 1],
      ["size"],
      ["drop"],
      ["copy", 1],
    ],
  },
  {
    name: "tables and references",
    text: `(module
      (type $n (func (result i32)))
      (table $t 3 20 funcref) (table $x (export "x") 2 externref)
      (table $typed 4 (ref null $n)) (table $full 3 3 (ref $n) (ref.func $one))
      (elem $passive func $one $two) (elem (table $t) (i32.const 1) func $two)
      (elem $expressions funcref (ref.func $two) (ref.null func))
      (elem (table $typed) (i32.const 0) (ref null $n) (ref.func $one) (ref.null $n))
      (elem declare func $one $two)
      (func $one (type $n) (i32.const 1))
      (func $two (type $n) (i32.const 2))
      (func (export "call") (param i32) (result i32) (call_indirect $t (type $n) (local.get 0)))
      (func (export "full") (param i32) (result i32) (call_ref $n (table.get $full (local.get 0))))
      (func (export "typed") (param i32) (result i32)
        (block $null (result)
          (return (call_ref $n (block $some (result (ref $n))
            (br_on_non_null $some (table.get $typed (local.get 0)))
            (br $null)))))
        (i32.const -1))
      (func (export "on null") (param i32) (result i32)
        (block $null (return (call_ref $n (br_on_null $null (table.get $typed (local.get 0)))))) (i32.const -2))
      (func (export "non-null") (param i32) (result i32)
        (call_ref $n (ref.as_non_null (table.get $typed (local.get 0)))))
      (func (export "set") (param i32) (table.set $t (local.get 0) (ref.func $one)))
      (func (export "init") (param i32) (table.init $t $passive (local.get 0) (i32.const 0) (i32.const 2)))
      (func (export "init2") (table.init $t $expressions (i32.const 0) (i32.const 0) (i32.const 2)))
      (func (export "copy") (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 2)))
      (func (export "fill") (param i32) (table.fill $t (i32.const 0) (ref.func $two) (local.get 0)))
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $one) (local.get 0)))
      (func (export "grow full") (param i32) (result i32) (table.grow $full (ref.func $two) (local.get 0)))
      (func (export "size") (result i32) (table.size $t))
      (func (export "null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
      (func (export "extern") (param i32) (result i32) (ref.is_null (table.get $x (local.get 0))))
      (func (export "drop") (elem.drop $passive)))`,
    calls: [
      ["call", 0],
      ["call", 1],
      ["full", 2],
      ["typed", 0],
      ["typed", 1],
      ["typed", 9],
      ["on null", 0],
      ["on null", 1],
      ["non-null", 0],
      ["non-null", 1],
      ["null", 0],
      ["set", 0],
      ["call", 0],
      ["init", 1],
      ["call", 2],
      ["fill", 3],
      ["call", 0],
      ["grow", 5],
      ["grow", 500],
      ["grow full", 1],
      ["size"],
      ["call", 7],
      ["copy"],
      ["init2"],
      ["null", 1],
      ["extern", 0],
      ["drop"],
      ["init", 0],
    ],
  },
  {
    name: "globals of every type and constants that refer to them",
    text: `(module
      (import "env" "base" (global $base i32)) (import "env" "counter" (global $counter (mut i32)))
      (type $n (func (result i32)))
      (memory 1) (table 10 funcref)
      (global $a (mut i32) (i32.add (global.get $base) (i32.const 1)))
      (global $fixed i32 (i32.const 3))
      (global $b (export "b") (mut i64) (i64.mul (i64.const 3) (i64.const 5)))
      (global $c (mut f32) (f32.const 1.5)) (global $d (mut f64) (f64.const -2.5))
      (global $v (mut v128) (v128.const i32x4 1 2 3 4))
      (global $f (mut funcref) (ref.func $two)) (global $x (mut externref) (ref.null extern))
      (global $r (mut (ref $n)) (ref.func $two)) (global $s (mut (ref null $n)) (ref.null $n))
      (global $t (mut (ref func)) (ref.func $two))
      (export "fixed" (global $fixed)) (export "base" (global $base))
      (data (offset (i32.add (global.get $base) (i32.const 4))) "\\05") (elem (offset (global.get $base)) func $two)
      (func $two (type $n) (i32.const 2)) (func $three (type $n) (i32.const 3))
      (elem declare func $three)
      (func (export "read") (result i32 i32 i64 f32 f64 i32 i32 i32 i32)
        (global.get $a) (global.get $fixed) (global.get $b) (global.get $c) (global.get $d)
        (i32x4.extract_lane 2 (global.get $v)) (ref.is_null (global.get $s)) (call_ref $n (global.get $r))
        (i32.load8_u (i32.add (global.get $base) (i32.const 4))))
      (func (export "count") (result i32)
        (global.set $counter (i32.add (global.get $counter) (i32.const 1))) (global.get $counter))
      (func (export "write")
        (global.set $a (i32.const 9)) (global.set $b (i64.const 99)) (global.set $c (f32.const 9.5))
        (global.set $d (f64.const 99.5)) (global.set $v (v128.const i32x4 9 9 9 9)) (global.set $r (ref.func $three))
        (global.set $s (ref.func $two)) (global.set $f (ref.null func)) (global.set $t (ref.func $three))))`,
    calls: [["read"], ["count"], ["write"], ["read"]],
  },
  {
    name: "a start function",
    text: `(module
      (global $n (mut i32) (i32.const 0))
      (func $start (loop (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (br_if 0 (i32.lt_u (global.get $n) (i32.const 100)))))
      (start $start)
      (func (export "read") (result i32) (global.get $n)))`,
    calls: [["read"]],
  },
];

export function importsFor(): WebAssembly.Imports {
  return {
    env: {
      base: new WebAssembly.Global({ value: "i32" }, 2),
      counter: new WebAssembly.Global({ value: "i32", mutable: true }, 10),
    },
  };
}
