/** Components of all kinds that the fuzzer of validity damages: one feature each, small, so that most changes matter. */
import { readdir, readFile } from "node:fs/promises";
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { importing, resourceful, trapping, values } from "../../../test/guests/engine-components.ts";
import { exampleWasm } from "../../../test/support/examples.ts";

const nothing = '(core module $m (func (export "f"))) (core instance $i (instantiate $m))';
const memory = `(core module $m (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "string") (param i32 i32) (result i32) unreachable)
    (func (export "post") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (alias core export $i "post" (core func $post))`;

/** WebAssembly text, without `(component …)` around it. */
const texts: readonly string[] = [
  "",
  // Value types.
  `(type (record (field "a" u8) (field "b-c" string))) (type (variant (case "x") (case "y" 0)))
   (type (list 1)) (type (list u8 4)) (type (tuple 0 f64 char)) (type (flags "p" "q")) (type (enum "e" "f"))
   (type (option 2)) (type (result 3 (error 4))) (type (result)) (type (map string 0)) (type (func (param "a" 2)))
   (type (func (param "a" 1) (param "b" (list bool)) (result 5)))`,
  `(type $r (resource (rep i32))) (type (own $r)) (type (borrow $r)) (type (func (param "x" (own $r)) (result (own $r))))
   (core func (canon resource.new $r)) (core func (canon resource.drop $r)) (core func (canon resource.rep $r))`,
  `${nothing.replace('"f")', '"f") (param i32)')} (alias core export $i "f" (core func $f))
   (type $r (resource (rep i32) (dtor (core func $f)))) (export "r" (type $r))`,
  // Imports and exports.
  `(type $r (record (field "x" u8))) (import "r" (type $r' (eq $r))) (import "f" (func (param "r" $r')))
   (import "s" (type $s (sub resource))) (import "[constructor]s" (func (result (own $s))))
   (import "[method]s.get" (func (param "self" (borrow $s)) (result $r')))
   (import "[static]s.all" (func (result (list (own $s)))))`,
  `(import "a:b/c@1.2.3" (instance $i
     (export "r" (type $r (sub resource))) (export "p" (type (eq $r)))
     (type (record (field "x" u8))) (export "t" (type $t (eq 2)))
     (export "[method]r.f" (func (param "self" (borrow $r)) (result $t)))))
   (alias export $i "r" (type $r)) (alias export $i "[method]r.f" (func $f))
   (export "t" (func $f))`,
  `(import "a:b/c" (instance $i (export "r" (type (sub resource)))))
   (alias export $i "r" (type $r)) (import "x" (type $x (eq $r))) (import "f" (func (param "x" (own $x))))
   (export $y "y" (type $x)) (export "z" (type $y))`,
  `(import "a" (instance)) (import "b" (instance (export "c" (instance (export "f" (func)))))) (export "d" (instance 1))`,
  `(type $r (resource (rep i32))) (export $e "e" (type $r)) (import "i" (type (eq $e)))`,
  `(type $t (record (field "x" u8))) (export $e "e" (type $t)) (import "i" (type (eq $e)))`,
  `(import "f" (func $f (param "x" u8))) (export "g" (func $f) (func (param "x" u8)))
   (instance $e (export "f" (func $f))) (export "h" (instance $e) (instance (export "f" (func (param "x" u8)))))`,
  // Component and instance types.
  `(type (component (import "r" (type $r (sub resource))) (import "f" (func (param "r" (borrow $r))))
     (type (record (field "x" u8))) (export "t" (type $t (eq 1))) (export "g" (func (result $t)))
     (import "i" (instance $i (export "u" (type (sub resource))))) (alias export $i "u" (type $u))
     (export "h" (func (param "u" (own $u)))) (core type (func)) (core type (module (import "a" "b" (func))))
     (import "m" (core module (type 1)))))`,
  `(type $t u8) (type $i (instance (alias outer 1 $t (type $u)) (export "u" (type (eq $u))) (export "f" (func (param "x" 1)))))
   (import "i" (instance (type $i))) (import "j" (instance (type $i))) (import "k" (component (export "i" (instance))))`,
  `(type $t (record (field "x" u8))) (component (alias outer 1 $t (type $u)) (export "t" (type $u)))`,
  // Instantiation.
  `(component $c (import "r" (type $r (sub resource))) (import "f" (func $f (param "r" (own $r)))) (export "g" (func $f)))
   (type $r (resource (rep i32))) (core func $drop (canon resource.drop $r))
   (func $f (param "r" (own $r)) (canon lift (core func $drop)))
   (instance $i (instantiate $c (with "r" (type $r)) (with "f" (func $f))))`,
  `(component $c (type $r (resource (rep i32))) (export "r" (type $r))) (instance $a (instantiate $c))
   (instance $b (instantiate $c)) (export "a" (instance $a)) (export "b" (instance $b))`,
  `(component $inner (import "x" (type $x (eq 0))) (type u8))`,
  `(component $c (import "c" (component (import "f" (func)) (export "g" (func)))))
   (component $d (import "f" (func $f)) (export "g" (func $f))) (instance (instantiate $c (with "c" (component $d))))`,
  `(core module $m (import "a" "f" (func (param i32))) (func (export "g")))
   (component $c (import "m" (core module $m (import "a" "f" (func (param i32))) (export "g" (func))))
     (core module $n (func (export "f") (param i32))) (core instance $n (instantiate $n))
     (core instance (instantiate $m (with "a" (instance $n)))))
   (instance (instantiate $c (with "m" (core module $m))))`,
  `(component $c (core module $m) (export "m" (core module $m))) (instance $i (instantiate $c))
   (alias export $i "m" (core module $m)) (core instance (instantiate $m))
   (component (alias outer 1 $m (core module $n)) (core instance (instantiate $n)))`,
  `(component $c (type $r (resource (rep i32))) (export "a" (type $r)) (export "b" (type $r) (type (sub resource))))
   (instance $c (instantiate $c)) (alias export $c "a" (type $a)) (alias export $c "b" (type $b)) (export "x" (type $a))
   (export "y" (type $b))`,
  // The canonical ABI.
  `${memory} (func (export "f") (param "s" string) (result string)
     (canon lift (core func $i "string") (memory (core memory $memory)) (realloc (core func $realloc)) (post-return (core func $post)) string-encoding=utf16))`,
  `${memory} (import "log" (func $log (param "s" string) (result (list u8))))
   (core func $l (canon lower (func $log) (memory (core memory $memory)) (realloc (core func $realloc)) string-encoding=latin1+utf16))
   (core module $n (import "env" "log" (func (param i32 i32 i32)))) 
   (core instance (instantiate $n (with "env" (instance (export "log" (func $l))))))`,
  `(import "f" (func $f (param "a" u64) (result f32))) (core func $g (canon lower (func $f)))
   (func $h (param "a" u64) (result f32) (canon lift (core func $g))) (export "h" (func $h))`,
  // Core instances.
  `(core module $m (memory (export "m") 1 2) (table (export "t") 1 2 funcref) (global (export "g") i32 i32.const 0)
     (global (export "h") (mut i64) i64.const 0) (func (export "f") (param i32) (result i64) unreachable) (tag (export "x") (param i32)))
   (core instance $i (instantiate $m))
   (core module $n (import "a" "m" (memory 1 2)) (import "a" "t" (table 1 2 funcref)) (import "a" "g" (global i32))
     (import "a" "h" (global (mut i64))) (import "a" "f" (func (param i32) (result i64))) (import "a" "x" (tag (param i32))))
   (core instance (instantiate $n (with "a" (instance $i))))
   (alias core export $i "f" (core func $f)) (alias core export $i "m" (core memory $mem))
   (alias core export $i "t" (core table $tab)) (alias core export $i "g" (core global $glo)) (alias core export $i "x" (core tag $tag))
   (core instance $e (export "f" (func $f)) (export "m" (memory $mem)) (export "t" (table $tab)) (export "g" (global $glo)) (export "x" (tag $tag)))`,
  `(core type (func (param i32 f32) (result v128 funcref))) (core type (module
     (type (func)) (alias outer 1 0 (type)) (import "a" "b" (func (type 0))) (import "a" "m" (memory i64 1 2))
     (import "a" "s" (memory 1 2 shared)) (import "a" "t" (table 0 externref)) (export "c" (global (mut (ref null func))))
     (export "x" (tag (param i64)))))
   (import "m" (core module (type 1)))`,
  // Core types by structure.
  `(core type (func)) (core rec (type (sub (struct (field i8)))) (type (sub (struct (field i8) (field (mut (ref null 1)))))))
   (core type (array (mut i16))) (core type (sub 2 (struct (field i8) (field (mut (ref null 1))) (field anyref))))
   (core type (module (type (sub (func (param eqref)))) (type (sub final 0 (func (param anyref)))) (export "f" (func (type 1)))))`,
  `(core module $m (type $other (func (param i64))) (type $t (func (param i32))) (func (export "f") (param (ref null $t)))
     (table (export "t") 1 (ref null $t)) (global (export "g") (ref null $t) (ref.null $t)))
   (core instance $i (instantiate $m))
   (core module $n (type $t (func (param i32))) (type $other (func (param i64))) (import "a" "f" (func (param (ref null $t))))
     (import "a" "t" (table 1 (ref null $t))) (import "a" "g" (global (ref null $t))))
   (core instance (instantiate $n (with "a" (instance $i))))`,
  `(component $c (import "m" (core module (type $s (sub (func))) (type $t (sub $s (func))) (export "f" (func (type $t))))))
   (core module $m (type $s (sub (func))) (type $t (sub $s (func))) (type $u (sub $t (func))) (func (export "f") (type $u)))
   (instance (instantiate $c (with "m" (core module $m))))`,
  `(core module $m (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub (struct (field (ref null $a))))))
     (func (export "f") (param (ref $a) (ref $b)) (result (ref null $a)) unreachable))
   (core instance $i (instantiate $m))
   (core module $n (type (func)) (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub (struct (field (ref null $a))))))
     (import "a" "f" (func (param (ref $a) (ref $b)) (result (ref null $a)))))
   (core instance (instantiate $n (with "a" (instance $i))))`,
  `(component $c (import "m" (core module (import "a" "g" (global anyref)) (import "a" "f" (func (param i32))) (export "h" (global eqref)))))
   (core module $m (import "a" "g" (global anyref)) (import "a" "f" (func (param i32))) (global (export "h") i31ref (ref.null i31)))
   (instance (instantiate $c (with "m" (core module $m))))`,
  // Matching of components and instances, and types from outside.
  `(component $c (import "i" (instance $i (export "r" (type $r (sub resource))) (export "f" (func (param "x" (own $r))))))
     (alias export $i "r" (type $r)) (export "s" (type $r)))
   (type $r (resource (rep i32))) (core func $drop (canon resource.drop $r))
   (func $f (param "x" (own $r)) (canon lift (core func $drop)))
   (instance $i (export "r" (type $r)) (export "f" (func $f)) (export "more" (func $f)))
   (instance $j (instantiate $c (with "i" (instance $i)))) (alias export $j "s" (type $s))
   (export $t "t" (type $s)) (export "u" (func $f) (func (param "x" (own $t))))`,
  `(component $c (import "d" (component (import "r" (type $r (sub resource))) (import "f" (func (param "x" (own $r))))
      (export "s" (type $s (sub resource))) (export "g" (func (result (own $s)))))))
   (component $d (import "r" (type $r (sub resource))) (type $s (resource (rep i32))) (core module $m (func (export "g") (result i32) unreachable))
     (core instance $i (instantiate $m)) (export $t "s" (type $s)) (func $g (result (own $t)) (canon lift (core func $i "g"))) (export "g" (func $g)))
   (instance (instantiate $c (with "d" (component $d))))`,
  `(type $r (resource (rep i32))) (type $c (component (alias outer 1 $r (type $o)) (import "r" (type $p (eq $o)))
     (import "f" (func (param "x" (own $p)))) (export "g" (type (eq $o))))) (export $e "e" (type $r)) (export "c" (type $c))`,
  `(type $t (tuple u8)) (core type $m (module)) (component $k) (component $a (component $b (component $c
     (alias outer 3 $t (type $u)) (export "u" (type $u)) (alias outer 3 $m (core type $n))
     (alias outer 3 $k (component $l)) (instance (instantiate $l)))))`,
  `(import "c" (component $c (import "t" (type $t (sub resource))) (export "u" (type $u (eq $t))) (export "f" (func (param "x" (own $u))))))
   (type $r (resource (rep i32))) (instance $i (instantiate $c (with "t" (type $r)))) (alias export $i "f" (func $f)) (export "r" (type $r))
   (export "f" (func $f))`,
  `(type $v (variant (case "a") (case "b" (tuple u8 u64 f32 string)))) (import "v" (type $w (eq $v)))
   (import "many" (func $many (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8) (param "f" u8) (param "g" u8)
     (param "h" u8) (param "i" u8) (param "j" u8) (param "k" u8) (param "l" u8) (param "m" u8) (param "n" u8) (param "o" u8) (param "p" u8)
     (result $w)))
   (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)) (core instance $i (instantiate $m))
   (alias core export $i "m" (core memory $mem)) (alias core export $i "r" (core func $rea))
   (core func $l (canon lower (func $many) (memory (core memory $mem)) (realloc (core func $rea))))
   (type $big (list u64 1048576)) (type (tuple $big $big $big))`,
  `(import "a" (implements "b:c/d@1.0.0") (external-id "x") (instance)) (export "e" (implements "f:g/h") (instance 0)) (@custom "c" "data")`,
  // What Hotcell knows and does not run.
  `${memory} (import "f" (func $f async (result u8))) (core func (canon lower (func $f) async (memory (core memory $memory))))`,
  `(type (stream u8)) (type (future string)) (core func (canon stream.new 0)) (core func (canon future.drop-readable 1))`,
  `(core func (canon task.return)) (core func (canon waitable-set.new)) (core func (canon context.get i32 0))`,
  `(core func (canon thread.available_parallelism)) (core func (canon backpressure.inc))`,
];

/** `large` are what toolchains make; the examples change whenever the toolchain does. */
export async function validitySeeds(
  withExamples: boolean,
): Promise<{ small: Uint8Array[]; large: Uint8Array[] }> {
  const tools = await loadWasmTools();
  const small = texts.map((text) => new Uint8Array(tools.parse(`(component ${text})`)));
  const worlds: Uint8Array[] = [];
  const folder = new URL("../../corpus/wit/", import.meta.url);
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".wit")).sort()) {
    const source = await readFile(new URL(file, folder), "utf8");
    for (const [, world] of source.matchAll(/^\s*world ([\w-]+)/gm)) {
      try {
        worlds.push(tools.componentNew(tools.componentEmbed({ witSource: source, world: world! })));
      } catch {
        // Worlds that wasm-tools can't make a component of are no seeds.
      }
    }
  }
  const built = withExamples ? ["greet", "counter", "pricing"].map(exampleWasm) : [];
  const hosted = [values, importing, trapping, resourceful].map(({ bytes }) => bytes);
  return { small, large: [...worlds, ...built, ...hosted].map((bytes) => new Uint8Array(bytes)) };
}
