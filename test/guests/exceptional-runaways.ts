/** Modules whose `run` spends all its time on exceptions, each in another form, and never returns. */
import type { Runaway } from "./runaways.ts";

const forever = (code: string, before: string) =>
  `(module ${before} (func (export "run") (loop ${code} (br 0))))`;
const caught = (code: string) => `(block $c (try_table (catch_all $c) ${code}))`;
const tags = "(tag $e) (tag $x)";
/** A function that calls itself so many times, and at the end throws. */
const descend = (body: (next: string) => string) =>
  `${tags} (func $f (param i32) (if (i32.eqz (local.get 0)) (then (throw $e)))
    ${body("(call $f (i32.sub (local.get 0) (i32.const 1)))")})`;
const deep = "(call $f (i32.const 1000))";
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join(" ");

export const exceptionalRunaways: readonly Runaway[] = [
  {
    name: "an exception that looks at 60,000 clauses",
    text: forever(caught(`(block $d (try_table ${"(catch $x $d)".repeat(60_000)} (throw $e)))`), tags),
  },
  {
    name: "an exception that looks at 100 clauses in each of 1,000 frames",
    text: forever(
      caught(deep),
      descend((next) => `(block $d (try_table ${"(catch $x $d)".repeat(100)} ${next}))`),
    ),
  },
  {
    name: "an exception that looks at the clauses of 500 tags in each of 100 frames",
    text: forever(
      caught("(call $f (i32.const 100))"),
      `${lines(500, (i) => `(tag $t${i})`)}
        ${descend((next) => `(block $d (try_table ${lines(500, (i) => `(catch $t${i} $d)`)} ${next}))`)}`,
    ),
  },
  {
    name: "an exception that no handler of 1,000 frames fits",
    text: forever(
      caught(deep),
      descend((next) => `(block $d (try_table (catch $x $d) ${next}))`),
    ),
  },
  {
    name: "an exception that no legacy handler of 1,000 frames fits",
    text: forever(
      `try ${deep} catch_all end`,
      descend((next) => `try ${next} catch $x end`),
    ),
  },
  {
    name: "an exception that looks at 100 legacy clauses in each of 1,000 frames",
    text: forever(
      `try ${deep} catch_all end`,
      descend((next) => `try ${next} ${"catch $x ".repeat(100)} end`),
    ),
  },
  {
    name: "an exception through 1,000 handlers of one frame",
    text: forever(
      caught(`${"(block (try_table (catch $x 0) ".repeat(1_000)} (throw $e) ${"))".repeat(1_000)}`),
      tags,
    ),
  },
  {
    name: "an exception through 1,000 legacy handlers of one frame",
    text: forever(
      `try ${"try ".repeat(1_000)} throw $e ${"catch $x end ".repeat(1_000)} catch_all end`,
      tags,
    ),
  },
  {
    name: "an exception that 1,000 frames delegate",
    text: forever(
      `try ${deep} catch_all end`,
      descend((next) => `try ${next} delegate 0`),
    ),
  },
  {
    name: "an exception thrown again in 1,000 legacy frames",
    text: forever(
      `try ${deep} catch_all end`,
      descend((next) => `try ${next} catch_all rethrow 0 end`),
    ),
  },
  {
    name: "an exception through 5,000 frames without handlers",
    text: forever(
      caught("(call $f (i32.const 5000))"),
      descend((next) => `${next} nop`),
    ),
  },
  {
    name: "exceptions that carry as much as they may",
    text: forever(
      `(block $c (result ${"v128 ".repeat(8)}) (try_table (catch $e $c)
        ${"(v128.const i64x2 1 2)".repeat(8)} (throw $e)) unreachable) ${"drop ".repeat(8)}`,
      `(tag $e (param ${"v128 ".repeat(8)}))`,
    ),
  },
  {
    name: "clauses entered and left",
    text: forever("(call $f)", `${tags} (func $f (block $d (try_table ${"(catch $x $d)".repeat(1_000)})))`),
  },
];
