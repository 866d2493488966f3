/** Attacks by what the host does for a memory: growing it, finding it, putting it back, and compiling code. */
import { leb, preamble, section, times } from "../../guests/core-bytes.ts";
import { lifting, many, text } from "../../guests/hostile-text.ts";
import { type Attack, calling, harmless, outOfFuel } from "../attack.ts";

const unpaid = "memory and resets";

const module = (before: string, code: string, result = "") =>
  text(`(core module $M ${before} (func (export "go") ${result && `(result ${result})`} ${code}))
    (core instance $m (instantiate $M))
    (func (export "go") ${result && "(result u32)"} (canon lift (core func $m "go")))`);

/** `count` instances share the memory (or table) that `code` works on, for ever. */
const sharedBy = (count: number, what: string, code: string) =>
  text(`
    (core module $S ${what})
    (core module $M (import "s" "x" ${what.replace(/\(export "x"\)/, "")}) (func (export "go") ${code}))
    (core instance $s (instantiate $S))
    ${many(count, (i) => `(core instance $i${i} (instantiate $M (with "s" (instance $s))))`).join("\n")}
    (func (export "go") (canon lift (core func $i0 "go")))`);

/** So many functions of so many bytes; `go` calls them one after the other, and then begins again. */
const functionsCalledOnce = (count: number, size: number) => () => {
  // No locals; if the argument is not zero, much arithmetic; end.
  const round = [
    0x23, 0x00, 0x41, 0x07, 0x6c, 0x41, 0x03, 0x6a, 0x24, 0x00, 0x02, 0x40, 0x23, 0x00, 0x0d, 0x00, 0x0b,
  ];
  const body = [0x00, 0x20, 0x00, 0x04, 0x40, ...times(Math.ceil(size / round.length), round), 0x0b, 0x0b];
  const called = many(count, (i) => [0x41, 0x00, 0x10, ...leb(i)]).flat();
  const go = [0x00, 0x03, 0x40, ...called, 0x0c, 0x00, 0x0b, 0x0b];
  const bodies = Buffer.concat([
    ...many(count, () => Buffer.from([...leb(body.length), ...body])),
    Buffer.from([...leb(go.length), ...go]),
  ]);
  const bodyCount = leb(count + 1);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([
        ...preamble,
        ...section(1, [0x02, 0x60, 0x00, 0x00, 0x60, 0x01, 0x7f, 0x00]),
        ...section(3, [...bodyCount, ...times(count, [0x01]), 0x00]),
        ...section(6, [0x01, 0x7f, 0x01, 0x41, 0x00, 0x0b]),
        ...section(7, [0x01, 0x02, 0x67, 0x6f, 0x00, ...leb(count)]),
        0x0a,
        ...leb(bodyCount.length + bodies.length),
        ...bodyCount,
      ]),
      bodies,
    ]),
  );
};

const forever = (code: string) => `(loop (drop ${code}) (br 0))`;
const sharers = 900;

export const resets: readonly Attack[] = [
  {
    // To make so many takes more than the little that others get by with.
    settings: { limits: { fuel: 200_000_000 } },
    ...calling(
      "memory.grow by nothing, of a memory that 900 instances share",
      sharedBy(sharers, '(memory (export "x") 1)', forever("(memory.grow (i32.const 0))")),
      outOfFuel,
    ),
    unpaid,
  },
  {
    // To make so many takes more than the little that others get by with.
    settings: { limits: { fuel: 200_000_000 } },
    ...calling(
      "memory.grow by a page, of a memory that 900 instances share",
      sharedBy(sharers, '(memory (export "x") 1)', forever("(memory.grow (i32.const 1))")),
      outOfFuel,
    ),
    unpaid,
  },
  {
    // To make so many takes more than the little that others get by with.
    settings: { limits: { fuel: 200_000_000 } },
    ...calling(
      "table.grow by one, of a table that 900 instances share",
      sharedBy(
        sharers,
        '(table (export "x") 1 funcref)',
        forever("(table.grow (ref.null func) (i32.const 1))"),
      ),
      outOfFuel,
    ),
    unpaid,
  },
  {
    ...calling(
      "a memory of 64 MiB that nobody touches, put back",
      module("(memory 1024)", "(i32.const 7)", "i32"),
      harmless(7),
    ),
    unpaid,
  },
  {
    ...calling(
      "a memory of 64 MiB whose pages are touched again and again",
      module(
        "(memory 1024)",
        `(local i32) (loop (i32.store8 (local.get 0) (i32.const 1))
          (local.set 0 (i32.and (i32.add (local.get 0) (i32.const 4096)) (i32.const 0x3ffffff))) (br 0))`,
      ),
      outOfFuel,
    ),
    unpaid,
  },
  {
    ...calling(
      "a memory of 64 MiB in a cell that has to be replaced after every call",
      module(
        "(memory 1024) (table 1 funcref)",
        "(table.set (i32.const 0) (ref.null func)) (i32.const 7)",
        "i32",
      ),
      harmless(7),
    ),
    unpaid,
  },
  {
    ...calling(
      "20,000 globals, put back",
      module(`${"(global (mut i64) (i64.const 0))".repeat(20_000)}`, "(i32.const 7)", "i32"),
      harmless(7),
    ),
    unpaid,
  },
  {
    ...calling("six megabytes of functions, each called once", lifting(functionsCalledOnce(6_000, 1_000)), {
      codes: ["out-of-fuel"],
    }),
    unpaid,
  },
];
