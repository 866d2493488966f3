/** Attacks on the canonical ABI: what a guest gives back, and what it does when it is asked for memory. */

import { type GuestOptions, guest, importing, returning, shared, text } from "../../guests/hostile-text.ts";
import { type Attack, calling, harmless, refusal, trap } from "../attack.ts";

const enumerated = `(type $t' (enum "a" "b" "c")) (export $t "t" (type $t'))`;
const varied = `(type $t' (variant (case "a") (case "b" u32))) (export $t "t" (type $t'))`;
const flagged = `(type $t' (flags "a" "b")) (export $t "t" (type $t'))`;
const u32 = { go: "(result u32)" };

/** A core function that returns a constant. */
const constant = (value: string, type = "i32") =>
  `(func (export "go") (result ${type}) (${type}.const ${value}))`;

/** `go` gives these bytes as a string. */
const spoken = (bytes: readonly number[], encoding = "utf8", length: number | string = bytes.length) =>
  guest(
    `${returning([1024, length])}
     (data (i32.const 1024) "${bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")}")`,
    { go: "(result string)" },
    { encoding },
  );

const realloc = (body: string) => `(func (export "realloc") (param i32 i32 i32 i32) (result i32) ${body})`;

/** `go` takes a list of u32 and gives it back. */
const echo = (body: string, memory = "1") =>
  guest(
    `(func (export "go") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))`,
    { go: '(param "list" (list u32)) (result (list u32))' },
    { realloc: realloc(body), memory },
  );

/** Two resource types of the guest's own, and everything that can be done with their handles. */
const handles: GuestOptions = {
  before: `(type $r' (resource (rep i32))) (type $other (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r')) (core func $drop (canon resource.drop $r'))
    (core func $rep (canon resource.rep $r')) (core func $newOther (canon resource.new $other))
    (core func $dropOther (canon resource.drop $other))`,
  ...importing({
    new: "(param i32) (result i32)",
    drop: "(param i32)",
    rep: "(param i32) (result i32)",
    newOther: "(param i32) (result i32)",
    dropOther: "(param i32)",
  }),
};
const handling = (body: string) => guest(`(func (export "go") (local i32) ${body})`, { go: "" }, handles);

/** A parent that hands its child a resource to look at; the child does `body` with the borrowed handle, local 0. */
const lending = (body: string) =>
  text(`
    (component $Owner
      (type $r' (resource (rep i32))) (export $r "r" (type $r'))
      (core func $new (canon resource.new $r'))
      (core module $M (import "env" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 5))))
      (core instance $m (instantiate $M (with "env" (instance (export "new" (func $new))))))
      (func (export "make") (result (own $r)) (canon lift (core func $m "make"))))
    (instance $owner (instantiate $Owner))
    (alias export $owner "r" (type $r))
    (component $Child
      (import "r" (type $r (sub resource)))
      (core func $drop (canon resource.drop $r))
      (core module $M (import "env" "drop" (func $drop (param i32)))
        (global $kept (mut i32) (i32.const 0))
        (func (export "look") (param i32) ${body}))
      (core instance $m (instantiate $M (with "env" (instance (export "drop" (func $drop))))))
      (func (export "look") (param "r" (borrow $r)) (canon lift (core func $m "look"))))
    (instance $child (instantiate $Child (with "r" (type $r))))
    (core func $make (canon lower (func $owner "make")))
    (core func $look (canon lower (func $child "look")))
    (core func $drop (canon resource.drop $r))
    (core module $Main
      (import "env" "make" (func $make (result i32))) (import "env" "look" (func $look (param i32)))
      (import "env" "drop" (func $drop (param i32)))
      (func (export "go") (local i32)
        (local.set 0 (call $make)) (call $look (local.get 0)) (call $look (local.get 0)) (call $drop (local.get 0))))
    (core instance $main (instantiate $Main (with "env" (instance
      (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
    (func (export "go") (canon lift (core func $main "go")))`);

/**
 * A component that calls its own export through `canon lower`. It stays inside the instance it is in and so may
 * (CanonicalABI.md, `entering_set`); what ends it is the stack, or the fuel.
 */
const reentering = text(`
  (core module $A (table (export "t") 1 funcref) (type $f (func))
    (func (export "go") (call_indirect (type $f) (i32.const 0))))
  (core instance $a (instantiate $A))
  (func $go (canon lift (core func $a "go")))
  (core func $go' (canon lower (func $go)))
  (core module $B (import "a" "t" (table 1 funcref)) (import "a" "go" (func $go)) (elem (i32.const 0) $go))
  (alias core export $a "t" (core table $t))
  (core instance (instantiate $B (with "a" (instance (export "t" (table $t)) (export "go" (func $go'))))))
  (export "go" (func $go))`);

/** What a guest says when it aborts, at these words. */
const aborting = (at: string, words: readonly (number | string)[]) =>
  guest(
    `${returning(words, "fill")} (global (export "hotcell:abort") i32 (i32.const ${at}))
     (func (export "go") unreachable)`,
    { go: "", fill: "(result u32)" },
  );

export const abi: readonly Attack[] = [
  calling(
    "a string beyond the memory",
    guest(returning([0xfffffff0, 100]), { go: "(result string)" }),
    trap(/string/),
  ),
  calling(
    "a string whose end lies beyond it",
    guest(returning([65_535, 2]), { go: "(result string)" }),
    trap(/string/),
  ),
  calling(
    "a list beyond the memory",
    guest(returning([65_532, 2]), { go: "(result (list u32))" }),
    trap(/list/),
  ),
  calling("a misaligned list", guest(returning([17, 2]), { go: "(result (list u32))" }), trap(/unaligned/)),
  calling(
    "a misaligned UTF-16 string",
    guest(returning([17, 2]), { go: "(result string)" }, { encoding: "utf16" }),
    trap(/unaligned/),
  ),
  calling(
    "results at an address beyond the memory",
    guest(constant("-4"), { go: "(result string)" }),
    trap(/outside/),
  ),
  calling(
    "results at a misaligned address",
    guest(constant("17"), { go: "(result string)" }),
    trap(/unaligned/),
  ),
  calling("an enum of no case", guest(constant("3"), { go: "(result $t)" }, { before: enumerated }), trap()),
  calling("an enum of case -1", guest(constant("-1"), { go: "(result $t)" }, { before: enumerated }), trap()),
  calling(
    "a variant of no case",
    guest(returning([2, 0]), { go: "(result $t)" }, { before: varied }),
    trap(),
  ),
  calling("an option that is neither", guest(returning([2, 0]), { go: "(result (option u32))" }), trap()),
  calling("a result that is neither", guest(constant("2"), { go: "(result (result))" }), trap()),
  calling("a bool of 2 is true", guest(constant("2"), { go: "(result bool)" }), harmless(true)),
  calling("a surrogate as char", guest(constant("0xd800"), { go: "(result char)" }), trap(/char/)),
  calling("a char beyond Unicode", guest(constant("0x110000"), { go: "(result char)" }), trap(/char/)),
  calling("a char of -1", guest(constant("-1"), { go: "(result char)" }), trap(/char/)),
  calling(
    "flags that don't exist are none",
    guest(constant("-1"), { go: "(result $t)" }, { before: flagged }),
    harmless({ a: true, b: true }),
  ),
  calling("a u8 of 2^32 - 1 is cut", guest(constant("-1"), { go: "(result u8)" }), harmless(255)),
  calling("an s16 of 2^31 - 1 is cut", guest(constant("0x7fffffff"), { go: "(result s16)" }), harmless(-1)),
  calling(
    "a NaN with a payload is NaN",
    guest(constant("nan:0x12345", "f64"), { go: "(result f64)" }),
    harmless("NaN"),
  ),
  ...(
    [
      ["a byte that starts nothing", [0x61, 0xff]],
      ["an overlong NUL", [0xc0, 0x80]],
      ["an encoded surrogate", [0xed, 0xa0, 0x80]],
      ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
      ["a character cut short", [0xe4, 0xb8]],
    ] as const
  ).map(([what, bytes]) => calling(`invalid UTF-8: ${what}`, spoken(bytes), trap(/utf-8/))),
  calling("a lone high surrogate", spoken([0x3c, 0xd8], "utf16", 1), trap(/surrogate/)),
  calling("surrogates the wrong way round", spoken([0x3c, 0xdc, 0x3c, 0xd8], "utf16", 2), trap(/surrogate/)),
  calling(
    "a lone surrogate under the UTF-16 tag",
    spoken([0x3c, 0xd8], "latin1+utf16", 0x80000001),
    trap(/surrogate/),
  ),
  calling("the UTF-16 tag with the greatest length", spoken([0x61, 0], "latin1+utf16", "-1"), trap(/string/)),
  calling(
    "a handle made up",
    guest(constant("77"), { go: "(result (own $r))" }, handles),
    refusal("not-callable"),
  ),
  calling("dropping a handle made up", handling("(call $drop (i32.const 77))"), trap(/unknown handle/)),
  calling("dropping handle 0", handling("(call $drop (i32.const 0))"), trap(/unknown handle/)),
  calling("dropping handle -1", handling("(call $drop (i32.const -1))"), trap(/unknown handle/)),
  calling(
    "dropping a handle twice",
    handling("(local.set 0 (call $new (i32.const 5))) (call $drop (local.get 0)) (call $drop (local.get 0))"),
    trap(/unknown handle/),
  ),
  calling(
    "using a handle after it was dropped",
    handling(
      "(local.set 0 (call $new (i32.const 5))) (call $drop (local.get 0)) (drop (call $rep (local.get 0)))",
    ),
    trap(/unknown handle/),
  ),
  calling(
    "dropping a handle as another type",
    handling("(call $dropOther (call $new (i32.const 5)))"),
    trap(/wrong type/),
  ),
  calling(
    "reading a handle of another type",
    handling("(drop (call $rep (call $newOther (i32.const 5))))"),
    trap(/wrong type/),
  ),
  calling(
    "keeping what was lent",
    lending("(global.set $kept (local.get 0))"),
    trap(/borrowed handles remain/),
  ),
  calling(
    "dropping what was lent twice",
    lending("(call $drop (local.get 0)) (call $drop (local.get 0))"),
    trap(/unknown handle/),
  ),
  calling(
    "using what was lent before",
    lending(`(if (global.get $kept) (then (call $drop (global.get $kept)) (call $drop (i32.const 2))))
      (global.set $kept (local.get 0)) (call $drop (local.get 0))`),
    trap(/unknown handle/),
  ),
  calling("calling itself through its own export without end", reentering, refusal(["trap", "out-of-fuel"])),
  calling("realloc that points beyond the memory", echo("(i32.const -16)"), trap(/outside/), [[1, 2]]),
  calling("realloc that points at the very end", echo("(i32.const 65532)"), trap(/outside/), [[1, 2]]),
  calling("realloc that is misaligned", echo("(i32.const 17)"), trap(/aligned/), [[1, 2]]),
  calling("realloc that gives 0 gets what it asked for", echo("(i32.const 64)"), harmless([1, 2]), [[1, 2]]),
  calling("realloc that traps", echo("unreachable"), trap(/unreachable/), [[1, 2]]),
  calling(
    "realloc that moves the memory while it is written",
    echo("(drop (memory.grow (i32.const 1))) (i32.const 64)"),
    harmless([1, 2]),
    [[1, 2]],
  ),
  calling(
    "realloc that gives the same block to all",
    guest(
      `(func (export "go") (param i32 i32 i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))`,
      { go: '(param "a" string) (param "b" string) (result string)' },
      { realloc: realloc("(i32.const 64)") },
    ),
    harmless("two"),
    ["one", "two"],
  ),
  calling(
    "realloc that makes a resource",
    guest(
      '(func (export "go") (param i32 i32))',
      { go: '(param "s" string)' },
      { ...handles, realloc: realloc("(drop (call $new (i32.const 1))) (i32.const 64)") },
    ),
    trap(/leave/),
    ["x"],
  ),
  calling(
    "post-return that makes a resource",
    guest(`${constant("1")} (func (export "post") (param i32) (drop (call $new (i32.const 1))))`, u32, {
      ...handles,
      options: '(post-return (core func $m "post"))',
    }),
    trap(/leave/),
  ),
  calling(
    "post-return that traps",
    guest(`${constant("1")} (func (export "post") (param i32) unreachable)`, u32, {
      options: '(post-return (core func $m "post"))',
    }),
    trap(/unreachable/),
  ),
  calling(
    "post-return that overwrites what it returned",
    guest(
      `(func (export "go") (result i32) (i32.store (i32.const 16) (i32.const 1024))
         (i32.store (i32.const 20) (i32.const 4)) (i32.store (i32.const 1024) (i32.const 0x7470656b)) (i32.const 16))
       (func (export "post") (param i32) (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536)))`,
      { go: "(result string)" },
      { options: '(post-return (core func $m "post"))' },
    ),
    harmless("kept"),
  ),
  calling("an abort's message beyond the memory", aborting("-4", [0]), trap(/unreachable/)),
  calling(
    "an abort's message of forged length",
    aborting("16", [64, 0x7fffffff, 0, 0, 1, 1]),
    trap(/unreachable/),
  ),
  calling(
    "a sibling that forges a string for the next one",
    text(`
      (component $Taker ${shared}
        (core module $M (func (export "take") (param i32 i32)))
        (core instance $m (instantiate $M))
        (func (export "take") (param "s" string)
          (canon lift (core func $m "take") (memory $memory) (realloc $realloc))))
      (instance $taker (instantiate $Taker))
      ${shared}
      (core func $take (canon lower (func $taker "take") (memory $memory) (realloc $realloc)))
      (core module $M (import "env" "take" (func $take (param i32 i32)))
        (func (export "go") (call $take (i32.const 16) (i32.const 0x7fffffff))))
      (core instance $m (instantiate $M (with "env" (instance (export "take" (func $take))))))
      (func (export "go") (canon lift (core func $m "go")))`),
    trap(/string/),
  ),
];
