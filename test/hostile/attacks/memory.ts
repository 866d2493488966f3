/** Attacks on the host's memory: more of it than one plugin should have, at once or little by little. */
import { hostile } from "../../guests/hostile-modules.ts";
import { guest, importing, many, returning, text, wrapped } from "../../guests/hostile-text.ts";
import { type Attack, calling, harmless, outOfFuel, refusal, refusing, trap } from "../attack.ts";

/** What exhausts whoever compiles or instantiates it, in a component. */
const inCoreModules: readonly Attack[] = hostile.map(({ name, bytes }) =>
  refusing(`a core module with ${name}`, wrapped(bytes), "component-limit"),
);

const instances = (count: number, module: string) =>
  text(`(core module $M ${module}) ${"(core instance (instantiate $M))".repeat(count)}`);

/** `go` gives `count` elements of a type, from address 16, where all is zero. */
const elements = (count: number, type: string, before = "", pages = 16) =>
  guest(
    `(func (export "go") (result i32)
      (i32.store (i32.const 8) (i32.const 16)) (i32.store (i32.const 12) (i32.const ${count})) (i32.const 8))`,
    { go: `(result (list ${type}))` },
    { before, memory: `${pages}` },
  );

const named = (type: string) => `(type $t' ${type}) (export $t "t" (type $t'))`;

export const memory: readonly Attack[] = [
  ...inCoreModules,
  refusing("4 GiB to begin with", text("(core module $M (memory 65536)) (core instance (instantiate $M))"), [
    "component-limit",
  ]),
  refusing("1,000 instances with 64 MiB each", instances(1000, "(memory 1024)"), [
    "component-limit",
    "no-capacity",
    "trial-failed",
  ]),
  refusing("1,000 instances with 65,000 table elements each", instances(1000, "(table 65000 funcref)"), [
    "component-limit",
    "no-capacity",
    "trial-failed",
    "out-of-fuel",
  ]),
  calling(
    "memory grown in a loop, beyond what there may be",
    guest(`(func (export "go") (loop (br_if 0 (i32.ge_s (memory.grow (i32.const 64)) (i32.const 0)))))`),
    harmless(),
  ),
  calling(
    "memory asked for without end, where there is no more",
    guest(`(func (export "go") (loop (drop (memory.grow (i32.const 65535))) (br 0)))`),
    outOfFuel,
  ),
  calling(
    "memory asked for and not given, and then an end for another reason",
    guest(`(func (export "go") (drop (memory.grow (i32.const -1)))
      (drop (i32.div_u (i32.const 1) (i32.const 0))))`),
    trap(/divide/),
  ),
  calling(
    "an end for want of memory, told in the longest words",
    guest(`(func (export "go") (drop (memory.grow (i32.const -1))) unreachable)
      (global (export "hotcell:abort") i32 (i32.const 0))
      (data (i32.const 0) "\\20\\00\\00\\00\\00\\7d\\00\\00")
      (data (i32.const 32) "m\\00e\\00m\\00o\\00r\\00y\\00 \\00")`),
    refusal(["out-of-memory", "trap"]),
  ),
  calling(
    "a realloc that is given no memory, and no address to give",
    guest(
      '(func (export "go") (param i32 i32))',
      { go: '(param "s" string)' },
      {
        realloc: `(func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (drop (memory.grow (i32.const -1))) (i32.const 0))`,
      },
    ),
    refusal("out-of-memory", /realloc found no memory/),
    ["hello"],
  ),
  calling(
    "a table grown in a loop",
    guest(`(table $t 0 funcref)
      (func (export "go") (loop (drop (table.grow $t (ref.null func) (i32.const 1000))) (br 0)))`),
    outOfFuel,
  ),
  calling(
    "a string with a forged length",
    guest(returning([16, 0x7fffffff]), { go: "(result string)" }),
    trap(/string/),
  ),
  calling(
    "a UTF-16 string with a forged length",
    guest(returning([16, 0x7fffffff]), { go: "(result string)" }, { encoding: "utf16" }),
    trap(/string/),
  ),
  calling(
    "a list with a forged length",
    guest(returning([16, 0xffffffff]), { go: "(result (list u64))" }),
    trap(/list/),
  ),
  calling(
    "a list whose size in bytes is 2^32 and so 0",
    guest(returning([16, 0x20000000]), { go: "(result (list u64))" }),
    trap(/list/),
  ),
  calling(
    "a list of lists with forged lengths",
    guest(returning([24, 2, 0, 0x0fffffff]), { go: "(result (list (list u32)))" }),
    trap(/list/),
  ),
  {
    ...calling("a megabyte of booleans", elements(1_000_000, "bool"), refusal("result-too-large")),
    settings: { limits: { resultBytes: 100_000 } },
  },
  calling(
    "a million times 32 flags, in four bytes each",
    elements(1_000_000, "$t", named(`(flags ${many(32, (i) => `"f${i}"`).join(" ")})`), 80),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "half a million records of 60 fields, most of them in one byte",
    elements(500_000, "$t", named(`(record ${many(60, (i) => `(field "f${i}" bool)`).join(" ")})`), 500),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "a million times a tuple in a tuple in a tuple in a tuple, in one byte each",
    elements(1_000_000, "(tuple (tuple (tuple (tuple u8))))"),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "half a million arrays of no numbers",
    elements(500_000, "(list u16)", "", 80),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "a million results and options of nothing",
    elements(1_000_000, "(result (option (option bool)))", "", 80),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "100,000 enum cases with a name of 9,000 letters",
    elements(100_000, "$t", named(`(enum "${"a".repeat(9000)}")`)),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "50,000 records with fields of 5,000 letters",
    elements(
      50_000,
      "$t",
      named(`(record (field "${"a".repeat(5000)}" bool) (field "${"b".repeat(5000)}" bool))`),
    ),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "50,000 times 32 flags with names of 300 letters",
    elements(50_000, "$t", named(`(flags ${many(32, (i) => `"f${i}${"a".repeat(300)}"`).join(" ")})`)),
    refusal(["out-of-fuel", "result-too-large"]),
  ),
  calling(
    "a result 99 lists deep",
    guest(
      `(func (export "go") (result i32) (local i32)
        (loop $fill
          (i32.store (local.get 0) (i32.add (local.get 0) (i32.const 8)))
          (i32.store offset=4 (local.get 0) (i32.const 1))
          (br_if $fill (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 2048))))
        (i32.const 0))`,
      { go: "(result $l98)" },
      { before: many(99, (i) => `(type $l${i} (list ${i === 0 ? "u8" : `$l${i - 1}`}))`).join(" ") },
    ),
    // What the innermost list holds is the low byte of an address.
    harmless(JSON.parse(`${"[".repeat(98)}"IA=="${"]".repeat(98)}`)),
  ),
  calling(
    "handles, as many as the fuel allows",
    guest(
      `(func (export "go") (loop (drop (call $new (i32.const 1))) (br 0)))`,
      { go: "" },
      {
        before: "(type $thing (resource (rep i32))) (core func $new (canon resource.new $thing))",
        ...importing({ new: "(param i32) (result i32)" }),
      },
    ),
    refusal(["out-of-fuel", "trap"]),
  ),
  calling(
    "an error as large as the memory",
    guest(returning([1, 1024, 60_000]), { go: "(result (result (error string)))" }),
    refusal("guest-error"),
  ),
];
