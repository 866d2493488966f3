import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { component, name, section, vector } from "../guests/component-bombs.ts";
import { assemble } from "../support/oracle.ts";
import { refusal } from "../support/thrown.ts";

/** A module that exports `f`, and one that imports it, each with its own types. */
const linked = (types: string, exported: string, otherTypes: string, imported: string) => `
  (core module $m ${types} ${exported}) (core instance $i (instantiate $m))
  (core module $n ${otherTypes} (import "a" "f" ${imported})) (core instance (instantiate $n (with "a" (instance $i))))`;

const i32 = "(type $t (func (param i32)))";
const i64 = "(type $u (func (param i64)))";
const takes = (type: string) => `(func (export "f") (param (ref null ${type})))`;

describe("core types of different modules are compared by what they are", () => {
  it.each([
    [
      "the same function type under another number",
      linked(`${i64} ${i32}`, takes("$t"), i32, "(func (param (ref null $t)))"),
    ],
    [
      "a table of it",
      linked(`${i64} ${i32}`, '(table (export "f") 1 (ref null $t))', i32, "(table 1 (ref null $t))"),
    ],
    [
      "a global of it",
      linked(
        `${i64} ${i32}`,
        '(global (export "f") (mut (ref null $t)) (ref.null $t))',
        i32,
        "(global (mut (ref null $t)))",
      ),
    ],
    [
      "a tag of it",
      linked(`${i64} ${i32}`, '(tag (export "f") (param (ref null $t)))', i32, "(tag (param (ref null $t)))"),
    ],
    [
      "types of a recursion group",
      linked(
        `${i64} (rec (type $a (func (param (ref $b)))) (type $b (func (result (ref $a)))))`,
        '(func (export "f") (type $a))',
        `(rec (type $a (func (param (ref $b)))) (type $b (func (result (ref $a)))))`,
        "(func (type $a))",
      ),
    ],
    [
      "a group of one, written as a group or not",
      linked("(rec (type $t (func)))", '(func (export "f") (type $t))', "", "(func)"),
    ],
    [
      "a declared subtype of what is asked for",
      linked(
        `(type $s (sub (func))) (type $t (sub $s (func)))`,
        '(func (export "f") (type $t))',
        "(type $s (sub (func)))",
        "(func (type $s))",
      ),
    ],
    [
      "an immutable global of a subtype",
      linked("", '(global (export "f") i31ref (ref.null i31))', "", "(global anyref)"),
    ],
    [
      "types of the component around",
      `(core type $t (func (param i32)))
       (component $c (import "m" (core module (alias outer 2 $t (type $t)) (export "f" (func (param (ref null $t)))))))
       (core module $m ${i64} ${i32} ${takes("$t")}) (instance (instantiate $c (with "m" (core module $m))))`,
    ],
  ])("accepts %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).not.toThrow();
  });

  it.each([
    ["another type under the same number", linked(i64, takes("$u"), i32, "(func (param (ref null $t)))")],
    [
      "a table of another type",
      linked(i64, '(table (export "f") 1 (ref null $u))', i32, "(table 1 (ref null $t))"),
    ],
    ["a table of a subtype", linked(i32, '(table (export "f") 1 (ref null $t))', "", "(table 1 funcref)")],
    [
      "a mutable global of a subtype",
      linked("", '(global (export "f") (mut i31ref) (ref.null i31))', "", "(global (mut anyref))"),
    ],
    [
      "a type of another group that looks alike",
      linked(
        "(rec (type $a (func)) (type $b (func)))",
        '(func (export "f") (type $b))',
        "(rec (type $a (func)) (type $b (func)))",
        "(func (type $a))",
      ),
    ],
    [
      "a function whose type is no declared subtype",
      linked("", '(func (export "f"))', "(type $s (sub (func)))", "(func (type $s))"),
    ],
    [
      "a supertype of what is asked for",
      linked(
        "(type $s (sub (func)))",
        '(func (export "f") (type $s))',
        "(type $s (sub (func))) (type $t (sub $s (func)))",
        "(func (type $t))",
      ),
    ],
    [
      "a tag of a subtype",
      linked(
        "(type $s (sub (func))) (type $t (sub $s (func)))",
        '(tag (export "f") (type $t))',
        "(type $s (sub (func)))",
        "(tag (type $s))",
      ),
    ],
    [
      "a lowered function, whose type is final, for an open one",
      `(import "f" (func $f)) (core func $g (canon lower (func $f)))
       (core module $n (type $s (sub (func))) (import "a" "f" (func (type $s))))
       (core instance (instantiate $n (with "a" (instance (export "f" (func $g))))))`,
    ],
  ])("refuses %s", (_, body) => {
    expect(refusal(() => inspectComponent(assemble(body)))).toMatchObject({
      code: "invalid-component",
      facts: { offset: expect.any(Number) },
    });
  });
});

describe("definitions of core types are checked", () => {
  it.each([
    ["an index of nothing", "(core type (func (param (ref 7))))", "unknown core type 7"],
    [
      "an index of nothing in a group",
      "(core rec (type (func (param (ref 2)))) (type (func)))",
      "unknown core type 2",
    ],
    [
      "a supertype that comes later",
      "(core rec (type (sub 1 (func))) (type (sub (func))))",
      "unknown core type 1",
    ],
    [
      "a module type where a type belongs",
      "(core type (module)) (core type (func (param (ref 0))))",
      "is a module type",
    ],
    ["a final supertype", "(core type (func)) (core type (sub 0 (func)))", "final supertype"],
    [
      "a supertype of another kind",
      "(core type (sub (struct))) (core type (sub 0 (func)))",
      "does not match its supertype",
    ],
    [
      "parameters that are no supertypes",
      "(core type (sub (func (param anyref)))) (core type (sub 0 (func (param eqref))))",
      "does not match its supertype",
    ],
    [
      "results that are no subtypes",
      "(core type (sub (func (result eqref) unreachable))) (core type (sub 0 (func (result anyref))))".replace(
        " unreachable",
        "",
      ),
      "does not match its supertype",
    ],
    [
      "fewer fields",
      "(core type (sub (struct (field i32)))) (core type (sub 0 (struct)))",
      "does not match its supertype",
    ],
    [
      "a mutable field of a subtype",
      "(core type (sub (struct (field (mut anyref))))) (core type (sub 0 (struct (field (mut eqref)))))",
      "does not match its supertype",
    ],
    [
      "a struct where a function belongs",
      '(core type (module (type (struct)) (import "a" "b" (func (type 0)))))',
      "is not a function type",
    ],
    [
      "a struct as the type of a tag",
      '(core type (module (type (struct)) (import "a" "b" (tag (type 0)))))',
      "is not a function type",
    ],
    [
      "an import of an unknown type",
      '(core type (module (import "a" "b" (func (type 3)))))',
      "unknown core type 3",
    ],
    [
      "a global of an unknown type",
      '(core type (module (import "a" "b" (global (ref null 3)))))',
      "unknown core type 3",
    ],
    [
      "a table of an unknown type",
      '(core type (module (import "a" "b" (table 1 (ref null 3)))))',
      "unknown core type 3",
    ],
    ["a function of an unknown type in a module", "(core module (func (type 9)))", "unknown core type 9"],
    ["a final supertype in a module", "(core module (type (func)) (type (sub 0 (func))))", "final supertype"],
    [
      "a shared memory without a maximum",
      '(core type (module (import "a" "b" (memory 1 shared))))',
      "needs a maximum",
    ],
    [
      "a minimum above the maximum",
      '(core type (module (import "a" "b" (memory 2 1))))',
      "must not be above its maximum",
    ],
    [
      "a table's minimum above its maximum",
      '(core type (module (import "a" "b" (table 2 1 funcref))))',
      "must not be above its maximum",
    ],
    [
      "more pages than there can be",
      '(core type (module (import "a" "b" (memory 65537))))',
      "more than 65536 pages",
    ],
    [
      "a maximum of more pages than there can be",
      '(core type (module (import "a" "b" (memory 1 65537))))',
      "more than 65536 pages",
    ],
    [
      "more 64-bit pages than there can be",
      '(core type (module (import "a" "b" (memory i64 281474976710657))))',
      "more than 281474976710656 pages",
    ],
    [
      "pages of another size",
      '(core type (module (import "a" "b" (memory 1 (pagesize 2)))))',
      "a page has 1 or 65536 bytes",
    ],
    [
      "a supertype too many",
      `(core type (sub (func))) ${Array.from({ length: 64 }, (_, i) => `(core type (sub ${i} (func)))`).join(" ")}`,
      "more than 63 supertypes",
    ],
  ])("refuses %s", (_, body, why) => {
    expect(refusal(() => inspectComponent(assemble(body)))).toMatchObject({
      code: "invalid-component",
      message: expect.stringContaining(why),
    });
  });

  it.each([
    ["a type that refers to itself", "(core type (struct (field (ref null 0))))"],
    [
      "63 supertypes",
      `(core type (sub (func))) ${Array.from({ length: 63 }, (_, i) => `(core type (sub ${i} (func)))`).join(" ")}`,
    ],
    [
      "a subtype",
      "(core type (sub (struct (field anyref)))) (core type (sub final 0 (struct (field eqref) (field i8))))",
    ],
    ["an empty group", "(core rec) (core type (func))"],
    ["a shared memory in a module type", '(core type (module (import "a" "b" (memory 1 2 shared))))'],
    ["pages of a byte in a module type", '(core type (module (import "a" "b" (memory 1 (pagesize 1)))))'],
  ])("accepts %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).not.toThrow();
  });

  it("refuses two supertypes", () => {
    const types = vector(3, [
      [0x00, 0x50, 0x00, 0x60, 0, 0],
      [0x4f, 0x02, 0x00, 0x00, 0x60, 0, 0],
    ]);
    expect(refusal(() => inspectComponent(component(types)))).toMatchObject({
      code: "invalid-component",
      message: expect.stringContaining("more than one supertype"),
    });
  });

  it("takes a non-final subtype in a module type, marked or not, for what it is", () => {
    const declared = (...type: number[]) => component(vector(3, [[0x50, 0x01, 0x01, ...type]]));
    expect(() => inspectComponent(declared(0x00, 0x50, 0x00, 0x60, 0, 0))).not.toThrow();
    expect(() => inspectComponent(declared(0x50, 0x00, 0x60, 0, 0))).not.toThrow();
    expect(refusal(() => inspectComponent(declared(0x50, 0x00)))).toMatchObject({
      code: "invalid-component",
      message: expect.stringContaining("a module type can't define a module type"),
    });
  });
});

describe("core types of proposals that Hotcell does not run are refused by name", () => {
  const type = (...bytes: number[]) => component(vector(3, [bytes]));
  const importing = (...bytes: number[]) =>
    component(vector(3, [[0x50, 0x01, 0x00, ...name("a"), ...name("b"), ...bytes]]));
  const module = (...sections: number[][]) =>
    component(section(1, [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]));

  it.each([
    ["shared types", type(0x65, 0x60, 0, 0), "shared core types"],
    ["references to shared types", type(0x60, 1, 0x63, 0x65, 0x70, 0), "shared core types"],
    ["shared globals", importing(0x03, 0x7f, 0x02), "shared core types"],
    ["shared tables", importing(0x01, 0x70, 0x03, 0, 1), "shared core types"],
    ["continuations", type(0x5d, 0x00), "stack switching"],
    ["references to continuations", type(0x60, 1, 0x68, 0), "stack switching"],
    ["descriptors", type(0x4d, 0x00, 0x5f, 0), "custom descriptors"],
    ["exact references", type(0x60, 1, 0x63, 0x62, 0x00, 0), "custom descriptors"],
    ["exact functions", importing(0x20, 0x00), "custom descriptors"],
    [
      "tags with results",
      module(vector(1, [[0x60, 0, 1, 0x7f]]), vector(13, [[0x00, 0x00]])),
      "stack switching",
    ],
  ])("%s", (_, bytes, feature) => {
    expect(refusal(() => inspectComponent(bytes))).toMatchObject({
      code: "unsupported-feature",
      facts: { subject: expect.stringContaining(feature), offset: expect.any(Number) },
    });
  });
});
