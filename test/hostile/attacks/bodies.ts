/** JSON bodies that anybody may send: small ones that become much, and large ones that have to be taken. */
import type { ErrorCode } from "../../../host/errors.ts";
import { guest, many } from "../../guests/hostile-text.ts";

export interface HostileBody {
  readonly name: string;
  /** The function of `taker` that it is sent to. */
  readonly to: string;
  /** Made when it is needed: some are large. */
  readonly text: () => string;
  /** What it must come to: any of these codes, or, where there is none, that the call is answered. */
  readonly refused?: readonly ErrorCode[];
}

const options = many(1_000, (i) => `(field "f${i}" (option u8))`).join(" ");
const fields = many(10_000, (i) => `(field "f${i}" (option u8))`).join(" ");

const types: Readonly<Record<string, string>> = {
  texts: "(list (list string))",
  arrays: "(list (list u8))",
  pairs: "(list (tuple u8 u8))",
  triples: "(list (tuple (list u8) (list u16) (list f64)))",
  deep: "(list (list (list (list (list (list (list u8)))))))",
  marks: "(list $marks)",
  wides: "(list $wide)",
  widest: "$widest",
  cases: "(list $case)",
  choices: "(list (option (option u8)))",
  words: "(list string)",
  bools: "(list bool)",
  numbers: "(list u32)",
  integers: "(list u64)",
  blob: "(list u8)",
  word: "string",
  chars: "(list char)",
};

/** Takes lists of every type in the table, by its name, and does nothing with them. */
export const taker = guest(
  Object.entries(types)
    .map(
      ([name, type]) => `(func (export "${name}") (param ${type === "$widest" ? "i32" : "i32 i32"})
      (global.set $top (i32.const 4096)))`,
    )
    .join("\n"),
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, `(param "v" ${type})`])),
  {
    memory: "1000",
    before: `
      (type $marks' (flags ${many(32, (i) => `"m${i}"`).join(" ")})) (export $marks "marks-type" (type $marks'))
      (type $wide' (record ${options})) (export $wide "wide-type" (type $wide'))
      (type $widest' (record ${fields})) (export $widest "widest-type" (type $widest'))
      (type $case' (variant (case "a") (case "b" string))) (export $case "case-type" (type $case'))`,
  },
);

const longest = 8 * 1024 * 1024;

/** As many of it, between commas, as a body may have. */
function list(item: string, length = longest): string {
  return `[[${Array(Math.floor((length - 4) / (item.length + 1)))
    .fill(item)
    .join()}]]`;
}

function items(count: number, item: (i: number) => string): string {
  return many(count, item).join();
}

const tooLarge = ["argument-too-large"] as const;
const wrong = ["bad-argument"] as const;

export const hostileBodies: readonly HostileBody[] = [
  { name: "empty lists of strings", to: "texts", text: () => list("[]"), refused: tooLarge },
  { name: "empty lists of numbers", to: "arrays", text: () => list("[]"), refused: tooLarge },
  {
    name: "300,000 empty lists of numbers",
    to: "arrays",
    text: () => list("[]", 900_000),
    refused: tooLarge,
  },
  { name: "empty texts for lists of numbers", to: "arrays", text: () => list('""'), refused: tooLarge },
  { name: "tuples", to: "pairs", text: () => list("[1,2]"), refused: tooLarge },
  { name: "tuples of empty lists", to: "triples", text: () => list('["",[],[]]'), refused: tooLarge },
  { name: "lists seven deep", to: "deep", text: () => list("[[[[[[]]]]]]"), refused: tooLarge },
  {
    name: "lists in 499 lists",
    to: "deep",
    text: () => list("[".repeat(490) + "]".repeat(490)),
    refused: [...tooLarge, ...wrong],
  },
  { name: "empty flags", to: "marks", text: () => list("[]"), refused: tooLarge },
  { name: "20,000 empty flags", to: "marks", text: () => list("[]", 60_000), refused: tooLarge },
  {
    name: "records whose fields are left out",
    to: "wides",
    text: () => list("{}", 60_000),
    refused: tooLarge,
  },
  { name: "cases", to: "cases", text: () => list('{"tag":"a"}'), refused: tooLarge },
  { name: "options in options", to: "choices", text: () => list('{"tag":"none"}'), refused: tooLarge },
  {
    name: "options that are null",
    to: "choices",
    text: () => list("null"),
    refused: [...wrong, ...tooLarge],
  },
  { name: "empty strings", to: "words", text: () => list('""'), refused: tooLarge },
  { name: "digits", to: "bools", text: () => list("1"), refused: [...wrong, ...tooLarge] },
  { name: "objects for numbers", to: "numbers", text: () => list("{}"), refused: tooLarge },
  {
    name: "a member of another name in each object",
    to: "wides",
    text: () => `[[${items(600_000, (i) => `{"${i.toString(36)}x":1}`)}]]`,
    refused: tooLarge,
  },
  { name: "members of large numbers", to: "numbers", text: () => list('{"9999":1}'), refused: tooLarge },
  {
    name: "many members",
    to: "word",
    text: () => `{${items(500_000, (i) => `"k${i}":1`)}}`,
    refused: [...wrong, ...tooLarge],
  },
  {
    name: "members of one name",
    to: "word",
    text: () => `{${items(1_000_000, () => '"vv":1')}}`,
    refused: wrong,
  },
  {
    name: "10,000 members, one unknown",
    to: "widest",
    text: () => `[{${items(10_000, (i) => `"f${i}":1`)},"g":1}]`,
    refused: wrong,
  },
  {
    name: "100,000 unknown members",
    to: "widest",
    text: () => `[{${items(100_000, (i) => `"g${i}":1`)}}]`,
    refused: [...wrong, ...tooLarge],
  },
  {
    name: "thousands of unknown flags",
    to: "marks",
    text: () => `[[[${items(500_000, (i) => `"g${i}"`)}]]]`,
    refused: wrong,
  },
  { name: "a million digits", to: "integers", text: () => `[["${"9".repeat(1_000_000)}"]]`, refused: wrong },
  {
    name: "a number of eight million digits",
    to: "numbers",
    text: () => `[[${"9".repeat(longest - 4)}]]`,
    refused: wrong,
  },
  {
    name: "an escaped string",
    to: "chars",
    text: () => `[["${"\\u0000".repeat(1_390_000)}"]]`,
    refused: wrong,
  },
  {
    name: "a text that is nearly base64",
    to: "blob",
    text: () => `["${"A".repeat(longest - 6)}*="]`,
    refused: wrong,
  },
  {
    name: "brackets in a string",
    to: "chars",
    text: () => `[["${"[{".repeat(4_000_000)}"]]`,
    refused: wrong,
  },
  {
    name: "brackets that never end",
    to: "texts",
    text: () => "[[[],".repeat(1_600_000),
    refused: [...tooLarge, "bad-json"],
  },
  { name: "spaces", to: "texts", text: () => `[${" ".repeat(longest - 4)}]`, refused: wrong },
  { name: "a large list of bytes", to: "blob", text: () => `["${"A".repeat(longest - 4)}"]` },
  { name: "a large list of bytes, as numbers", to: "blob", text: () => list("200") },
  { name: "800,000 numbers", to: "numbers", text: () => list("123456789", 8_000_000) },
  { name: "100,000 words", to: "words", text: () => list('"a word of twenty letters"', 2_700_000) },
  { name: "a string of many characters", to: "word", text: () => `["${"x".repeat(longest - 4)}"]` },
  { name: "30,000 tuples", to: "pairs", text: () => list("[1,2]", 180_000) },
];
