/** Programs made at random that count what they execute themselves, against what is charged for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeStart } from "../../host/fuel-prices.ts";
import { assemble, outcome, plenty, start, startHardened } from "../support/hardened.ts";

type Statement =
  | { kind: "work"; length: number }
  | { kind: "block" | "loop"; body: Statement[] }
  | { kind: "if"; yes: Statement[]; no: Statement[] | undefined }
  | { kind: "branch" | "branchIf"; label: number }
  | { kind: "table"; labels: number[] }
  | { kind: "return" | "throw" | "tail" | "indirect" }
  | { kind: "call"; target: number }
  | { kind: "try"; body: Statement[] }
  | { kind: "fill"; length: number };

const { statements } = fc.letrec<{ statement: Statement; statements: Statement[] }>((tie) => ({
  statements: fc.array(tie("statement"), { maxLength: 5 }),
  statement: fc.oneof(
    { depthIdentifier: "nesting", maxDepth: 5 },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("work" as const), length: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("branchIf" as const), label: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("branch" as const), label: fc.nat(4) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("table" as const),
        labels: fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom("return" as const, "throw" as const, "tail" as const, "indirect" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("call" as const), target: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("fill" as const), length: fc.nat(2000) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom("block" as const, "loop" as const),
        body: tie("statements"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("if" as const),
        yes: tie("statements"),
        no: fc.option(tie("statements"), { nil: undefined }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("try" as const), body: tie("statements") }) },
  ),
}));

const functions = 4;

/** A pseudo-random condition, so that all ways are gone some time. */
const random = `(global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1103515245)) (i32.const 12345)))`;
const condition = (bits: number) =>
  `(i32.and (i32.shr_u (global.get $seed) (i32.const 16)) (i32.const ${bits}))`;
/** Executed instructions; these four included. */
const count = (units: number) => `(global.set $count (i64.add (global.get $count) (i64.const ${units})))`;
/** Ends the whole program after a number of steps, by returning from everything. */
const tick = `(global.set $left (i32.sub (global.get $left) (i32.const 1)))
  (if (i32.le_s (global.get $left) (i32.const 0)) (then return))`;

function code(body: readonly Statement[], depth: number): string {
  return body.map((statement) => print(statement, depth)).join("\n");
}

function print(statement: Statement, depth: number): string {
  const label = (wish: number) => wish % (depth + 1);
  switch (statement.kind) {
    case "work":
      return `${count(4 + statement.length)} ${"nop ".repeat(statement.length)}`;
    case "block":
      return `(block ${code(statement.body, depth + 1)})`;
    case "loop":
      return `(loop ${count(15)} ${tick} ${code(statement.body, depth + 1)})`;
    case "if":
      return `${random} (if ${condition(1)} (then ${code(statement.yes, depth + 1)})
        ${statement.no ? `(else ${code(statement.no, depth + 1)})` : ""})`;
    case "branch":
      return `(br ${label(statement.label)})`;
    case "branchIf":
      return `${random} (br_if ${label(statement.label)} ${condition(1)})`;
    case "table":
      return `${random} (br_table ${statement.labels.map(label).join(" ")} ${condition(3)})`;
    case "return":
      return "return";
    case "throw":
      return "(throw $tag)";
    case "tail":
      return `(return_call $f0)`;
    case "indirect":
      return `${random} (call_indirect (type $f) ${condition(3)})`;
    case "call":
      return `(call $f${statement.target})`;
    case "fill":
      return `(memory.fill (i32.const 0) (i32.const 1) (i32.const ${statement.length}))
        ${count(8 + Math.floor(statement.length / 4))}`;
    case "try":
      return `(block (try_table (catch_all 0) ${code(statement.body, depth + 2)}))`;
  }
}

const program = fc.array(statements, { minLength: functions, maxLength: functions }).map(
  (bodies) => `(module
    (type $f (func))
    (memory (export "memory") 1 1)
    (table $t funcref (elem ${bodies.map((_, i) => `$f${i}`).join(" ")}))
    (tag $tag)
    (global $left (export "left") (mut i32) (i32.const 0))
    (global $seed (export "seed") (mut i32) (i32.const 0))
    (global $count (export "count") (mut i64) (i64.const 0))
    ${bodies.map((body, i) => `(func $f${i} ${count(15)} ${tick} ${code(body, 0)})`).join("\n")}
    (export "run" (func $f0)))`,
);

/** What the program counts if all of its code runs once. */
function longestRound(text: string): number {
  return [...text.matchAll(/\$count\) \(i64\.const (\d+)/g)].reduce(
    (sum, [, units]) => sum + Number(units),
    0,
  );
}

describe("metering", () => {
  it("charges for at least all that is executed, changes nothing, and stops on time", () => {
    let stopped = 0;
    fc.assert(
      fc.property(program, fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (text, seed, share) => {
        const bytes = assemble(text);
        const plain = start(bytes);
        const { exports, fuel } = startHardened(bytes);
        for (const instance of [plain, exports]) {
          instance.left.value = 3000;
          instance.seed.value = seed;
        }
        const expected = outcome(() => plain.run());
        expect(outcome(() => exports.run())).toEqual(expected);
        for (const name of ["left", "seed", "count"]) expect(exports[name].value).toBe(plain[name].value);
        const spent = plenty - fuel.get();
        const executed = Number(exports.count.value);
        expect(spent + freeStart).toBeGreaterThanOrEqual(executed);

        // Again from the same beginning, with less than it takes.
        const budget = Math.floor(spent * share);
        if (budget >= spent) return;
        exports.left.value = 3000;
        exports.seed.value = seed;
        exports.count.value = 0n;
        fuel.set(budget);
        const stop = outcome(() => exports.run());
        expect(fuel.spent).toBe(true);
        // A round of a loop goes on to its end; if it leaves the loop, what follows may be free. Then it comes to what
        // the program comes to, be that an exception of its own.
        expect([{ throws: "unreachable" }, expected]).toContainEqual(stop);
        expect(Number(exports.count.value)).toBeLessThanOrEqual(budget + longestRound(text) + freeStart);
        stopped++;
      }),
      { numRuns: 1500 },
    );
    expect(stopped).toBeGreaterThan(100);
  });
});
