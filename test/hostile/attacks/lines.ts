/** Tables of lines and names, which a host reads when a plugin traps. */
import { leb, section } from "../../guests/core-bytes.ts";
import { lifting, many, name } from "../../guests/hostile-text.ts";
import { assemble } from "../../support/hardened.ts";
import { type Attack, calling, type Refusal, trap } from "../attack.ts";

/** Functions that call one another, 200 deep, of which the last traps. */
const deep = `(module ${many(200, (i) => `(func $f${i} ${i < 199 ? `(call $f${i + 1})` : "unreachable"})`).join(" ")}
  (func (export "go") (call $f0)))`;

const attack = (what: string, table: () => readonly number[], says: RegExp = /unreachable/): Attack => {
  const outcome: Refusal = trap(says);
  return calling(
    `a table of lines ${what}`,
    lifting(() =>
      Uint8Array.from([...assemble(deep), ...section(0, [...name("hotcell:lines"), ...table()])]),
    ),
    outcome,
  );
};

const files = [1, ...name("a.ts")];
const own = [1, ...name("f"), 1];
/** What each of the functions says of itself. */
const functions = (each: readonly number[]) => [
  ...leb(201),
  ...many(201, () => [...leb(each.length), ...each]).flat(),
];

export const lines: readonly Attack[] = [
  attack("that is no table", () => many(1_000, (i) => i & 0xff)),
  attack("of 2^32 names", () => [1, 0, ...leb(2 ** 32 - 1)]),
  attack("of 2^20 functions of nothing", () => [
    1,
    0,
    0,
    ...leb(2 ** 20 - 16),
    ...many(2 ** 20 - 16, () => 0),
  ]),
  attack("of 2^20 empty names", () => [1, 0, ...leb(2 ** 19 - 16), ...many(2 ** 20 - 32, () => 0), 0]),
  attack("larger than any that is read", () => many(2 ** 20 + 1, () => 1)),
  attack("of thousands of places in each function", () => [
    ...[1, ...files, ...own],
    ...functions([1, ...many(1_700, () => [0, 1, 2]).flat()]),
  ]),
  attack("of lines beyond all files", () => [
    1,
    ...files,
    ...own,
    ...functions([1, 0, 1, ...leb(2 ** 32 - 1)]),
  ]),
  attack(
    "of names that terminals, logs and HTML would obey",
    () => {
      const spell = '\u001b[2J\u202e\n"><script>alert()</script>';
      return [1, 1, ...name(spell), 1, ...name(spell), 1, ...functions([1, 0, 1, 2])];
    },
    /, in \?\[2J\?\?\S+ \(\?\[2J\?\?\S+:1\)\./,
  ),
  attack(
    "of names of a quarter of a megabyte",
    () => {
      const long = name("x".repeat(2 ** 18));
      return [1, 1, ...long, 1, ...long, 1, ...functions([1, 0, 1, 2])];
    },
    /, in x{200} \(x{200}:1\)\./,
  ),
];
