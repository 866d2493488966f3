/** Attacks by exceptions: what they pass on their way to a handler once cost nothing. */
import { exceptionalRunaways } from "../../guests/exceptional-runaways.ts";
import { many, text } from "../../guests/hostile-text.ts";
import { type Attack, calling, harmless, outOfFuel, refusing } from "../attack.ts";

const unpaid = "exceptions";

const inCoreModules: readonly Attack[] = exceptionalRunaways.map(({ name, text: module }) => ({
  ...calling(
    name,
    text(`${module.replace("(module", "(core module $M")} (core instance $m (instantiate $M))
      (func (export "go") (canon lift (core func $m "run")))`),
    outOfFuel,
  ),
  unpaid,
}));

/** The one that descends knows no exceptions; who throws and who catches are modules beside it. */
const throughOthers = text(`
  (core module $T (tag $e) (func (export "throw") (throw $e)))
  (core instance $t (instantiate $T))
  (core module $D (import "t" "throw" (func $throw))
    (func $f (export "descend") (param i32) (if (i32.eqz (local.get 0)) (then (call $throw)))
      (call $f (i32.sub (local.get 0) (i32.const 1))) (nop)))
  (core instance $d (instantiate $D (with "t" (instance $t))))
  (core module $C (import "d" "descend" (func $descend (param i32)))
    (func (export "go") (loop (block $c (try_table (catch_all $c) (call $descend (i32.const 5000)))) (br 0))))
  (core instance $c (instantiate $C (with "d" (instance $d))))
  (func (export "go") (canon lift (core func $c "go")))`);

const module = (before: string, code: string) =>
  text(`(core module $M ${before} (func (export "go") ${code})) (core instance $m (instantiate $M))
    (func (export "go") (canon lift (core func $m "go")))`);

export const exceptions: readonly Attack[] = [
  ...inCoreModules,
  { ...calling("an exception through frames of a module that knows none", throughOthers, outOfFuel), unpaid },
  refusing(
    "a list of exceptions on the host's heap, each in the next",
    module(
      "(tag $e (param exnref)) (global $g (mut exnref) (ref.null exn))",
      `(loop (block $c (result exnref) (try_table (catch_all_ref $c) (throw $e (global.get $g))) (unreachable))
        (global.set $g) (br 0))`,
    ),
    "unsupported-feature",
    /exceptions/,
  ),
  refusing(
    "a table of exceptions on the host's heap",
    module(
      "(tag $e) (table $t 60000 exnref)",
      `(table.set $t (i32.const 0)
        (block $c (result exnref) (try_table (catch_all_ref $c) (throw $e)) (unreachable)))`,
    ),
    "unsupported-feature",
    /a table of exceptions/,
  ),
  refusing(
    "exceptions that carry 900 values",
    module(`(tag $e (param ${"i64 ".repeat(900)}))`, ""),
    "component-limit",
    /values in an exception/,
  ),
  calling(
    "an exception that a sibling throws, which nobody can catch",
    text(`
      (component $T (core module $M (tag $e) (func (export "go") (throw $e))) (core instance $m (instantiate $M))
        (func (export "go") (canon lift (core func $m "go"))))
      (instance $t (instantiate $T))
      (core func $throw (canon lower (func $t "go")))
      (core module $M (import "t" "go" (func $throw))
        (func (export "go") (loop (block $c (try_table (catch_all $c) (call $throw))) (br 0))))
      (core instance $m (instantiate $M (with "t" (instance (export "go" (func $throw))))))
      (func (export "go") (canon lift (core func $m "go")))`),
    { codes: ["trap"] },
  ),
  calling(
    "exceptions in as many locals as there may be, in a deep recursion",
    module(
      `(tag $e (param ${"v128 ".repeat(8)}))
        (func $make (result exnref) (block $c (result exnref)
          (try_table (catch_all_ref $c) ${"(v128.const i64x2 1 2)".repeat(8)} (throw $e)) (unreachable)))
        (func $f (param i32) (local ${"exnref ".repeat(500)})
          ${many(500, (i) => `(local.set ${i + 1} (call $make))`).join(" ")}
          (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
          ${many(500, (i) => `(drop (local.get ${i + 1}))`).join(" ")})`,
      "(call $f (i32.const 100))",
    ),
    { codes: ["out-of-fuel", "trap"], withMoreFuel: harmless() },
  ),
];
