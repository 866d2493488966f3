/** Names that mean something to whoever prints, looks up or compares them. */

import { camelCase } from "../../../host/wit/wit-names.ts";
import { guest, name, sections, text, vector } from "../../guests/hostile-text.ts";
import { type Attack, type AttackCall, calling, harmless, refusal, refusing } from "../attack.ts";

/** What ends a string, a template literal, a comment or a line, or says something to who reads it. */
const spells: Readonly<Record<string, string>> = {
  "a double quote": 'f"+process.exit()+"',
  "a single quote": "f'+process.exit()+'",
  "a backtick": "f`+process.exit()+`",
  "a template literal": "$" + "{process.exit()}",
  "a backslash": "f\\",
  "a newline": "f\nprocess.exit()",
  "a carriage return": "f\rprocess.exit()",
  "a line separator": "f\u2028process.exit()",
  "a comment": "f*/process.exit()/*",
  "a line comment": "f//",
  NUL: "f\0",
  "a right-to-left mark": "f\u202e",
  "an escape sequence": "\u001b[2J\u001b[31mf",
  "a lone quote of HTML": '"><script>alert(1)</script>',
  __proto__: "__proto__",
  "nothing at all": "",
};

/** A core function of that name, called through an export of a harmless one. */
const core = (spoken: string) => {
  const quoted = [...new TextEncoder().encode(spoken)]
    .map((b) => `\\${b.toString(16).padStart(2, "0")}`)
    .join("");
  return text(`(core module $M (func (export "${quoted}") (result i32) (i32.const 7)))
    (core instance $m (instantiate $M))
    (func (export "go") (result u32) (canon lift (core func $m "${quoted}")))`);
};

/** A component that exports a function of no parameters under any name, also one that text can't have. */
const exported = (spoken: string) =>
  sections(
    vector(7, [[0x40, 0x00, 0x01, 0x00]]),
    vector(10, [[0x00, ...name("host"), 0x01, 0x00]]),
    vector(11, [[0x00, ...name(spoken), 0x01, 0x00, 0x00]]),
  );

const imported = (spoken: string) =>
  sections(vector(7, [[0x40, 0x00, 0x01, 0x00]]), vector(10, [[0x00, ...name(spoken), 0x01, 0x00]]));

const fields = (names: readonly string[]) =>
  sections(vector(7, [[0x72, names.length, ...names.flatMap((field) => [...name(field), 0x7d])]]));

const cases = (names: readonly string[]) =>
  sections(vector(7, [[0x6d, names.length, ...names.flatMap(name)]]));

/** Kebab-case words, which JavaScript has uses for. */
const meaningful = [
  "constructor",
  "prototype",
  "to-string",
  "value-of",
  "then",
  "to-JSON",
  "has-own-property",
  "class",
  "await",
  "default",
  "eval",
  "arguments",
  "length",
  "name",
];

const functions: Attack = {
  name: "functions called like properties of every object",
  bytes:
    text(`(core module $M (func (export "f") (result i32) (i32.const 7))) (core instance $m (instantiate $M))
    (func $f (result u32) (canon lift (core func $m "f")))
    ${meaningful.map((word) => `(export "${word}" (func $f))`).join(" ")}`),
  calls: [
    ...meaningful.map((word): AttackCall => ({ call: word, outcome: harmless(7) })),
    ...["__proto__", "hasOwnProperty%00", "isPrototypeOf", "toLocaleString", "__defineGetter__"].map(
      (word): AttackCall => ({ call: word, outcome: refusal("function-not-found") }),
    ),
  ],
};

const record = `(type $t' (record ${meaningful.map((word) => `(field "${word}" u8)`).join(" ")}))
  (export $t "t" (type $t'))`;
const values = Object.fromEntries(meaningful.map((word, i) => [camelCase(word), i]));
const echoing = `(func (export "go") (param ${"i32 ".repeat(meaningful.length)}) (result i32)
  ${meaningful.map((_, i) => `(i32.store8 (i32.const ${64 + i}) (local.get ${i}))`).join(" ")} (i32.const 64))`;

const records: Attack = {
  name: "fields called like properties of every object",
  bytes: guest(echoing, { go: '(param "t" $t) (result $t)' }, { before: record }),
  calls: [
    { call: "go", args: [values], outcome: harmless(values) },
    // Inherited properties are no fields.
    { call: "go", args: [{}], outcome: refusal("bad-argument") },
    { call: "go", args: [JSON.parse('{"__proto__":{"then":1}}')], outcome: refusal("bad-argument") },
  ],
};

const enumerated: Attack = {
  name: "cases called like properties of every object",
  bytes: guest(
    `(func (export "go") (param i32) (result i32) (local.get 0))`,
    { go: '(param "t" $t) (result $t)' },
    { before: `(type $t' (enum ${meaningful.map((w) => `"${w}"`).join(" ")})) (export $t "t" (type $t'))` },
  ),
  calls: [
    { call: "go", args: ["constructor"], outcome: harmless("constructor") },
    { call: "go", args: ["then"], outcome: harmless("then") },
    { call: "go", args: ["__proto__"], outcome: refusal("bad-argument") },
    { call: "go", args: ["hasOwnProperty"], outcome: refusal("bad-argument") },
  ],
};

const varied: Attack = {
  name: "variants called like properties of every object",
  bytes: guest(
    `(func (export "go") (param i32 i32) (result i32)
      (i32.store8 (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (local.get 1)) (i32.const 64))`,
    { go: '(param "t" $t) (result $t)' },
    {
      before: `(type $t' (variant (case "constructor" u32) (case "to-string" u32) (case "then")))
        (export $t "t" (type $t'))`,
    },
  ),
  calls: [
    { call: "go", args: [{ tag: "constructor", val: 1 }], outcome: harmless({ tag: "constructor", val: 1 }) },
    { call: "go", args: [{ tag: "then" }], outcome: harmless({ tag: "then" }) },
    { call: "go", args: [{ tag: "__proto__", val: 1 }], outcome: refusal("bad-argument") },
    { call: "go", args: [JSON.parse('{"__proto__":{"tag":"then"}}')], outcome: refusal("bad-argument") },
  ],
};

const unusable = Object.entries(spells);

export const names: readonly Attack[] = [
  ...unusable.map(([what, spoken]) => calling(`core name with ${what}`, core(spoken), harmless(7))),
  ...unusable
    .filter(([what]) => what !== "nothing at all" && what !== "a line comment")
    .map(
      ([what, spoken]): Attack => ({
        ...refusing(`core name with ${what}, on the jco engine`, core(spoken), "unsafe-name"),
        settings: { engine: "jco" },
      }),
    ),
  ...unusable.map(([what, spoken]) =>
    refusing(`export name with ${what}`, exported(spoken), "invalid-component"),
  ),
  ...unusable.map(([what, spoken]) =>
    refusing(`import name with ${what}`, imported(spoken), "invalid-component"),
  ),
  ...unusable.map(([what, spoken]) =>
    refusing(`field name with ${what}`, fields([spoken]), "invalid-component"),
  ),
  ...unusable.map(([what, spoken]) =>
    refusing(`case name with ${what}`, cases([spoken]), "invalid-component"),
  ),
  refusing(
    "a name of invalid UTF-8",
    sections(vector(10, [[0x00, 2, 0xff, 0xfe, 0x01, 0x00]])),
    "malformed-component",
  ),
  refusing("an import name of 20,000 letters", imported("a".repeat(20_000)), "component-limit"),
  refusing("a field name of 20,000 letters", fields(["a".repeat(20_000)]), "component-limit"),
  refusing("two fields of one name", fields(["same", "same"]), "invalid-component"),
  refusing("two fields that differ in case alone", fields(["same", "SAME"]), "invalid-component"),
  refusing(
    "two fields of one name in camelCase",
    guest(
      '(func (export "go") (param i32 i32))',
      { go: '(param "t" $t)' },
      {
        before: `(type $t' (record (field "a-1" u8) (field "a1" u8))) (export $t "t" (type $t'))`,
      },
    ),
    ["unsupported-feature", "invalid-component"],
  ),
  functions,
  records,
  enumerated,
  varied,
];
