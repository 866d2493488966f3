/** Every refusal is one of three: the bytes are not the format, they break a rule of it, or they use what isn't run. */
import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { component, name, times, vector } from "../guests/component-bombs.ts";
import { assemble } from "../support/oracle.ts";
import { refusal } from "../support/thrown.ts";

const core = (options: string) => `
  (core module $m (memory (export "m") 1) (memory (export "big") i64 1) (memory (export "shared") 1 1 shared)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "realloc64") (param i64 i64 i64 i64) (result i64) unreachable)
    (func (export "f")) (func (export "g") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "m" (core memory $m)) (alias core export $i "big" (core memory $big))
  (alias core export $i "shared" (core memory $shared))
  (alias core export $i "realloc" (core func $realloc)) (alias core export $i "realloc64" (core func $realloc64))
  (alias core export $i "f" (core func $f)) (alias core export $i "g" (core func $g))
  ${options}`;
const lift = (options: string) => core(`(func (canon lift (core func $f) ${options}))`);
const lower = (options: string) =>
  `(import "f" (func $imported)) ${core(`(core func (canon lower (func $imported) ${options}))`)}`;

function expectRefusal(bytes: Uint8Array, code: string, why: string): void {
  const said = refusal(() => inspectComponent(bytes));
  expect(said).toMatchObject({ code, facts: { offset: expect.any(Number) } });
  expect(said.message).toContain(why);
}

describe("canonical options", () => {
  it.each([
    ["realloc without memory", lift("(realloc (core func $realloc))"), "realloc needs the option memory"],
    [
      "realloc without memory, lowering",
      lower("(realloc (core func $realloc))"),
      "realloc needs the option memory",
    ],
    [
      "a realloc of another type",
      lift("(memory (core memory $m)) (realloc (core func $f))"),
      "realloc must be",
    ],
    [
      "a realloc of another type before memory",
      lift("(realloc (core func $f)) (memory (core memory $m))"),
      "realloc must be",
    ],
    [
      "a realloc of 64 bits for a memory of 32",
      lift("(memory (core memory $m)) (realloc (core func $realloc64))"),
      "realloc must be",
    ],
    ["memory twice", lift("(memory (core memory $m)) (memory (core memory $m))"), "memory is given twice"],
    [
      "realloc twice",
      lift("(memory (core memory $m)) (realloc (core func $realloc)) (realloc (core func $realloc))"),
      "realloc is given twice",
    ],
    [
      "post-return twice",
      lift("(post-return (core func $f)) (post-return (core func $f))"),
      "postReturn is given twice",
    ],
    ["two encodings", lift("string-encoding=utf8 string-encoding=utf16"), "stringEncoding is given twice"],
    [
      "an encoding twice",
      lower("string-encoding=utf8 string-encoding=utf8"),
      "stringEncoding is given twice",
    ],
    ["post-return, lowering", lower("(post-return (core func $f))"), "lower takes no post-return"],
    ["a post-return of another type", lift("(post-return (core func $g))"), "post-return must be"],
    ["a shared memory", lift("(memory (core memory $shared))"), "can't be a shared memory"],
  ])("refuses %s as invalid", (_, body, why) => {
    expectRefusal(assemble(body), "invalid-component", why);
  });

  it.each([
    [
      "realloc and memory that nothing needs",
      lift("(realloc (core func $realloc)) (memory (core memory $m))"),
    ],
    [
      "every option",
      lift(
        "string-encoding=latin1+utf16 (post-return (core func $f)) (realloc (core func $realloc)) (memory (core memory $m))",
      ),
    ],
  ])("accepts %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).not.toThrow();
  });

  it.each([
    ["a memory of 64 bits", lift("(memory (core memory $big))"), "64-bit memories"],
    [
      "a memory of 64 bits after its realloc",
      lift("(realloc (core func $realloc64)) (memory (core memory $big))"),
      "64-bit memories",
    ],
    ["async", lift("async"), "async lifting and lowering"],
    ["async, lowering", lower("async (memory (core memory $m))"), "async lifting and lowering"],
    ["a callback", lift("(callback (core func $f)) async"), "async callbacks"],
    ["the ABI for garbage-collected types", lift("gc"), "garbage-collected types"],
    [
      "a core type",
      core("(core type $t (func)) (func (canon lift (core func $f) (core-type $t)))"),
      "garbage-collected types",
    ],
  ])("refuses %s as unsupported", (_, body, feature) => {
    expectRefusal(assemble(body), "unsupported-feature", feature);
  });

  it("refuses options that don't exist as malformed", () => {
    const bytes = assemble(lift("string-encoding=latin1+utf16"));
    // The section of canonical definitions: one, a lift with one option.
    const at = bytes.findIndex((_, i) => /^8,\d+,1,0,0,\d+,1,2$/.test(bytes.subarray(i, i + 8).join()));
    expectRefusal(bytes.with(at + 7, 0x0a), "malformed-component", "0xa is no canonical option");
  });
});

describe("canonical definitions", () => {
  const known = [...times(0x2e, (i) => i), 0x40, 0x41, 0x42].filter((code) => code !== 0x07 && code !== 0x08);

  it.each(times(256, (code) => code).filter((code) => !known.includes(code)))(
    "refuses 0x%x, which there is not, as malformed",
    (code) => {
      const bytes = component(vector(8, [[code, 0, 0, 0]]));
      expectRefusal(bytes, "malformed-component", `0x${code.toString(16)} starts no canonical definition`);
    },
  );

  it.each(known.filter((code) => code > 0x04))("refuses 0x%x, which is not run, by name", (code) => {
    const bytes = component(vector(8, [[code, 0, 0, 0, 0]]));
    expectRefusal(bytes, "unsupported-feature", "the canonical built-in ");
  });
});

describe("names", () => {
  const importing = (text: string) => assemble(`(import "${text}" (instance))`);

  it.each([
    "a:b:c/d",
    "a:b/c/d",
    "a:b:c/d/e@1.0.0",
    "unlocked-dep=<a:b>",
    "locked-dep=<a:b@1.0.0>,integrity=<sha256-a>",
    "url=<https://a.b>",
    "integrity=<sha256-a>",
  ])("refuses %s as unsupported", (text) => {
    expectRefusal(importing(text), "unsupported-feature", text);
  });

  it.each([
    "[async]f",
    "[async method]r.f",
    "[foo]a",
    "a:b/c/D_",
    "a:b:C/d",
    "a:b/c/d@x",
    "unlocked-dep=a:b",
    "url=<a<b>",
  ])("refuses %s as invalid", (text) => {
    expectRefusal(importing(text), "invalid-component", JSON.stringify(text));
  });

  it("has no names of implementations for exports", () => {
    const bytes = assemble('(import "a" (instance $i)) (export "unlocked-dep=<a:b>" (instance $i))');
    expectRefusal(bytes, "invalid-component", "is not a valid import or export name");
  });
});

describe("gated features", () => {
  it.each([
    ["a resource that is an i64", "(type (resource (rep i64)))", "represented by an i64"],
    ["an async function type", `(type (func async))`, "async functions"],
    ["error contexts", "(type error-context)", "error-context"],
    ["a future", "(type (future))", "futures"],
  ])("refuses %s as unsupported", (_, body, feature) => {
    expectRefusal(assemble(body), "unsupported-feature", feature);
  });

  it("refuses a resource that is anything else as invalid", () => {
    expectRefusal(component(vector(7, [[0x3f, 0x7d, 0x00]])), "invalid-component", "represented by an i32");
    expectRefusal(component(vector(7, [[0x3f, 0x00, 0x00]])), "malformed-component", "is no core value type");
  });

  it("refuses what starts no type as malformed", () => {
    for (const code of [0x3e, 0x44, 0x62, 0x6c]) {
      expectRefusal(component(vector(7, [[code, 0, 0, 0]])), "malformed-component", "starts no type");
    }
    expectRefusal(
      component(vector(7, [[0x40, 1, ...name("x"), 0x6c, 1, 0]])),
      "malformed-component",
      "starts no value type",
    );
  });
});

describe("what an import refers to", () => {
  const resource = "(type $r (resource (rep i32)))";

  it.each([
    ["an exported resource", `${resource} (export $e "e" (type $r)) (import "i" (type (eq $e)))`],
    ["a resource of its own", `${resource} (import "i" (type (eq $r)))`],
    [
      "a resource of an instance it made",
      `(component $c (type $r (resource (rep i32))) (export "r" (type $r))) (instance $c (instantiate $c))
       (alias export $c "r" (type $r)) (import "i" (type (eq $r)))`,
    ],
    [
      "an exported resource, in an instance",
      `${resource} (export $e "e" (type $r))
       (import "i" (instance (alias outer 1 $e (type $o)) (export "t" (type (eq $o)))))`,
    ],
    [
      "an exported resource, in a component",
      `${resource} (export $e "e" (type $r))
       (import "c" (component (alias outer 1 $e (type $o)) (import "t" (type $t (eq $o))) (import "f" (func (param "x" (own $t))))))`,
    ],
    [
      "an exported resource, in a type",
      `${resource} (export $e "e" (type $r)) (type $t (component (alias outer 1 $e (type $o)) (import "t" (type (eq $o)))))
       (import "i" (type (eq $t)))`,
    ],
    [
      "an exported resource, in a function",
      `${resource} (export $e "e" (type $r)) (import "f" (func (param "x" (own $e))))`,
    ],
    [
      "an exported resource of a component type",
      `(type (component (export "e" (type $e (sub resource))) (import "i" (type (eq $e)))))`,
    ],
    [
      "an exported record",
      `(type $t (record (field "x" u8))) (export $e "e" (type $t)) (import "f" (func (param "x" $e)))`,
    ],
  ])("may not be %s", (_, body) => {
    expectRefusal(assemble(body), "invalid-component", "uses a type that has no name outside the component");
  });

  it.each([
    [
      "an imported resource",
      `(import "r" (type $r (sub resource))) (export $e "e" (type $r)) (import "i" (type (eq $e)))`,
    ],
    [
      "a resource of an imported instance",
      `(import "a" (instance $a (export "r" (type (sub resource))))) (alias export $a "r" (type $r)) (import "i" (type (eq $r)))`,
    ],
    [
      "a resource from around a component type",
      `${resource} (type (component (alias outer 1 $r (type $o)) (import "i" (type $i (eq $o))) (import "f" (func (param "x" (own $i))))))`,
    ],
    [
      "a resource that it brings",
      `(import "c" (component (import "t" (type $t (sub resource))) (import "f" (func (param "x" (own $t))))))`,
    ],
    [
      "an exported type that is no resource",
      `(type $t (record (field "x" u8))) (export $e "e" (type $t)) (import "i" (type (eq $e)))`,
    ],
  ])("may be %s", (_, body) => {
    expect(() => inspectComponent(assemble(body))).not.toThrow();
  });

  it("may be named by an export only where that exports the resource too", () => {
    const ascribed = (exported: string) => `${resource}
      (component $c (import "r" (type $t (sub resource))))
      ${exported} (export "c" (component $c) (component (alias outer 1 $r (type $o)) (import "r" (type (eq $o)))))`;
    expect(() => inspectComponent(assemble(ascribed('(export "r" (type $r))')))).not.toThrow();
    expectRefusal(assemble(ascribed("")), "invalid-component", "has no name outside the component");
  });
});
