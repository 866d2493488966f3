import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import type { ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { vouchFor } from "../../host/wit/values/values.ts";
import { anyValueOf, anyValueType } from "../support/arbitrary-values.ts";
import { checkArguments, checkValue } from "../support/conversions.ts";
import { refusal } from "../support/thrown.ts";

function type(text: string): ValueType {
  return parseFunctionType(`func() -> ${text}`).result!;
}

function check(text: string, value: unknown): unknown {
  return checkValue(type(text), value, "[0]");
}

function complaint(text: string, value: unknown): string {
  const error = refusal(() => check(text, value));
  expect(error.code).toBe("bad-argument");
  return error.message;
}

test("every value of every type passes, and comes out equal and made of new objects", () => {
  const typeAndValue = anyValueType({ references: true, fixedLengthLists: true }).chain((type) =>
    fc.tuple(fc.constant(type), anyValueOf(type)),
  );
  fc.assert(
    fc.property(typeAndValue, ([type, value]) => {
      const checked = checkValue(type, value, "");
      // Not `toStrictEqual`, which asks an object with a field named constructor for its class.
      assert.deepStrictEqual(checked, value);
      if (typeof value === "object" && value !== null) expect(checked).not.toBe(value);
      assert.deepStrictEqual(checkValue(type, checked, ""), checked);
    }),
    { numRuns: 500 },
  );
});

test("no value of one type is taken for a type it does not fit", () => {
  const everything = [
    undefined,
    null,
    true,
    0,
    1.5,
    -1,
    2n ** 70n,
    "",
    "ab",
    "\ud800",
    [],
    {},
    [1],
    { tag: "x" },
  ];
  const more = [() => 0, Symbol("s"), new Map(), new Date(0), new Uint8Array(2), { a: 1 }, Number.NaN];
  fc.assert(
    fc.property(anyValueType(), fc.constantFrom(...everything, ...more), (type, value) => {
      let checked: unknown;
      try {
        checked = checkValue(type, value, "x");
      } catch (error) {
        expect(error).toBeInstanceOf(HotcellError);
        expect((error as HotcellError).code).toBe("bad-argument");
        return;
      }
      assert.deepStrictEqual(checkValue(type, checked, "x"), checked);
    }),
    { numRuns: 1000 },
  );
});

describe("numbers", () => {
  test.each([
    ["u8", 0, 255],
    ["s8", -128, 127],
    ["u16", 0, 65_535],
    ["s16", -32_768, 32_767],
    ["u32", 0, 4_294_967_295],
    ["s32", -2_147_483_648, 2_147_483_647],
  ])("%s takes the integers from %d to %d", (kind, min, max) => {
    expect(check(kind, min)).toBe(min);
    expect(check(kind, max)).toBe(max);
    for (const wrong of [min - 1, max + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, true, null]) {
      expect(complaint(kind, wrong)).toMatch(`[0]: expected ${kind} (${min} to ${max}), got `);
    }
    expect(Object.is(check(kind, -0), 0)).toBe(true);
  });

  test.each([
    ["u64", 0n, 2n ** 64n - 1n],
    ["s64", -(2n ** 63n), 2n ** 63n - 1n],
  ])("%s takes bigints from %d to %d, and safe integers", (kind, min, max) => {
    expect(check(kind, min)).toBe(min);
    expect(check(kind, max)).toBe(max);
    expect(check(kind, 7)).toBe(7n);
    expect(check(kind, Number.MAX_SAFE_INTEGER)).toBe(BigInt(Number.MAX_SAFE_INTEGER));
    for (const wrong of [min - 1n, max + 1n, 2 ** 53, 0.5, "1", true]) complaint(kind, wrong);
    expect(complaint(kind, 10n ** 1000n)).toMatch("got a bigint of more than 128 bits.");
  });

  test("floats take every number; f32 is rounded as the guest will see it", () => {
    for (const value of [1.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324]) {
      expect(check("f64", value)).toBe(value);
      expect(check("f32", value)).toBe(Math.fround(value));
    }
    expect(complaint("f32", "1.5")).toBe('[0]: expected f32, got "1.5".');
    expect(complaint("f64", 1n)).toBe("[0]: expected f64, got 1n.");
  });
});

describe("text", () => {
  test("a string is any sequence of Unicode scalar values", () => {
    for (const text of ["", "a\0b", "👩‍👩‍👧 é\ufeff", "\ufeffstart"])
      expect(check("string", text)).toBe(text);
    expect(complaint("string", "a\ud800b")).toBe("[0]: expected string, got a string with a lone surrogate.");
    expect(complaint("string", new String("boxed"))).toMatch("expected string, got an object");
  });

  test("a char is one scalar value", () => {
    for (const char of ["a", "\0", "é", "👍"]) expect(check("char", char)).toBe(char);
    for (const wrong of ["", "ab", "e\u0301", "👍👍", "👍a", "\ud83d", "\udc4d", "\udc4d\ud83d", 97])
      complaint("char", wrong);
    expect(complaint("char", "ab")).toBe('[0]: expected char, got "ab".');
  });
});

describe("composites", () => {
  test("the error names the path, what was expected and what came", () => {
    const order = "record { items: list<record { unit-price: f64, name: option<string> }> }";
    const items = [{ unitPrice: 1 }, { unitPrice: 2, name: null }, { unitPrice: "3" }];
    const error = refusal(() => check(order, { items }));
    expect(error.message).toBe('[0].items[2].unitPrice: expected f64, got "3".');
    expect(error.facts).toMatchObject({ subject: "[0].items[2].unitPrice", expected: "f64", actual: '"3"' });
    const kebab = refusal(() => check(order, { items: [{ "unit-price": 3 }] }));
    expect(kebab.message).toContain("[0].items[0]: expected record {");
    expect(kebab.message).toContain('got the unknown field "unit-price".');
    expect(kebab.facts.remedy).toMatch(/^Did you mean unitPrice\? Known: unitPrice, /);
    expect(complaint(order, {})).toMatch(/^\[0\]\.items: expected list<.*>, got nothing\.$/);
    expect(complaint(order, [])).toMatch("got an array of 0.");
    expect(refusal(() => checkValue(type("bool"), 1, "")).message).toBe("value: expected bool, got 1.");
  });

  test("records take objects of classes but no further fields, and give plain objects of the type's fields", () => {
    class Point {
      x = 1;
      get y() {
        return this.x + 1;
      }
    }
    const checked = check("record { x: u8, y: u8 }", new Point());
    expect(checked).toStrictEqual({ x: 1, y: 2 });
    expect(complaint("record { x: u8 }", { x: 1, z: 2 })).toMatch('got the unknown field "z"');
    expect(complaint("record { x: u8 }", { z: 2 })).toMatch('got the unknown field "z"');
    expect(complaint("record { a: option<u8>, b: u8 }", { b: 1, c: 2 })).toMatch('got the unknown field "c"');
    expect(check("record { a: option<u8>, b: u8 }", { b: 1, a: null })).toStrictEqual({ a: undefined, b: 1 });
    expect(complaint("option<option<u8>>", { tag: "some", value: 1 })).toMatch('unknown field "value"');
  });

  test("fields are never taken from Object.prototype", () => {
    const names = "record { constructor: option<string>, to-string: option<bool>, planted: option<u8> }";
    const prototype = Object.prototype as { planted?: number };
    prototype.planted = 1;
    try {
      const none = { constructor: undefined, toString: undefined, planted: undefined };
      expect(check(names, {})).toStrictEqual(none);
      expect(check(names, { constructor: "own" })).toStrictEqual({ ...none, constructor: "own" });
    } finally {
      delete prototype.planted;
    }
    const hostile = JSON.parse('{ "__proto__": { "x": 1 }, "y": 2 }');
    expect(complaint("record { x: u8 }", hostile)).toMatch('got the unknown field "__proto__"');
    expect(complaint("flags { x, y }", hostile)).toBe(
      '[0]: expected flags { x, y }, got the unknown flag "__proto__".',
    );
  });

  test("names that are one in camelCase are refused", () => {
    const error = refusal(() => check("record { a1: u8, a-1: u8 }", { a1: 1 }));
    expect(error.code).toBe("unsupported-feature");
    expect(error.message).toBe('The name "a-1" and "a1" are the same in camelCase.');
    const proto: ValueType = { kind: "record", fields: [{ name: "__proto__", type: { kind: "u8" } }] };
    expect(refusal(() => checkValue(proto, {}, "")).message).toBe('The name "__proto__" is not allowed.');
  });

  test("variants and results", () => {
    const shape = "variant { dot, circle(f64), free-form(list<u8>) }";
    expect(check(shape, { tag: "circle", val: 2 })).toStrictEqual({ tag: "circle", val: 2 });
    expect(check(shape, { tag: "dot" })).toStrictEqual({ tag: "dot", val: undefined });
    const error = refusal(() => check(shape, { tag: "square" }));
    expect(error.message).toBe(
      '[0]: expected variant { dot, circle(f64), free-form(list<u8>) }, got the unknown case "square".',
    );
    expect(error.facts.remedy).toBe("Known: dot, circle, free-form.");
    expect(complaint(shape, { tag: "circle", val: "2" })).toBe('[0].val: expected f64, got "2".');
    expect(complaint(shape, { tag: "dot", val: 1 })).toMatch(
      'got a payload for the case "dot", which has none.',
    );
    expect(complaint(shape, "dot")).toMatch('got "dot".');
    expect(complaint(shape, { tag: "constructor" })).toMatch('the unknown case "constructor"');
    expect(check("result<u8, string>", { tag: "err", val: "no" })).toStrictEqual({ tag: "err", val: "no" });
    expect(check("result", { tag: "ok" })).toStrictEqual({ tag: "ok", val: undefined });
    expect(complaint("result<_, string>", { tag: "error", val: "no" })).toMatch('the unknown case "error"');
  });

  test("options are nullable, but for one directly around a nullable one", () => {
    expect(check("option<u8>", undefined)).toBe(undefined);
    expect(check("option<u8>", null)).toBe(undefined);
    expect(check("option<u8>", 1)).toBe(1);
    const nested = "option<option<u8>>";
    expect(check(nested, { tag: "none" })).toStrictEqual({ tag: "none", val: undefined });
    expect(check(nested, { tag: "some" })).toStrictEqual({ tag: "some", val: undefined });
    expect(check(nested, { tag: "some", val: 1 })).toStrictEqual({ tag: "some", val: 1 });
    expect(check(nested, undefined)).toStrictEqual({ tag: "none", val: undefined });
    expect(complaint(nested, null)).toBe("[0]: expected option<option<u8>>, got null.");
    expect(check(`option<${nested}>`, null)).toBe(undefined);
  });

  test("enums and flags", () => {
    expect(check("enum { red, dark-blue }", "dark-blue")).toBe("dark-blue");
    expect(complaint("enum { red, dark-blue }", "darkBlue")).toBe(
      '[0]: expected enum { red, dark-blue }, got the unknown case "darkBlue".',
    );
    expect(check("flags { can-read, write }", { canRead: true })).toStrictEqual({
      canRead: true,
      write: false,
    });
    expect(complaint("flags { can-read, write }", { canRead: 1 })).toBe("[0].canRead: expected bool, got 1.");
    expect(complaint("flags { can-read, write }", { "can-read": true })).toMatch(
      'got the unknown flag "can-read".',
    );
    expect(complaint("flags { can-read, write }", ["write"])).toMatch("got an array of 1.");
  });

  test("tuples", () => {
    expect(check("tuple<u8, string>", [1, "a"])).toStrictEqual([1, "a"]);
    expect(complaint("tuple<u8, string>", [1])).toBe("[0]: expected tuple<u8, string>, got an array of 1.");
    expect(complaint("tuple<u8, string>", [1, 2])).toBe("[0][1]: expected string, got 2.");
  });
});

describe("lists", () => {
  test("lists of numbers come out as typed arrays, whatever they were", () => {
    expect(check("list<u16>", [1, 2])).toStrictEqual(Uint16Array.of(1, 2));
    expect(check("list<u16>", Float64Array.of(1, 2))).toStrictEqual(Uint16Array.of(1, 2));
    expect(check("list<u64>", [1, 2n])).toStrictEqual(BigUint64Array.of(1n, 2n));
    expect(check("list<u8>", Buffer.from("hi"))).toStrictEqual(Uint8Array.of(104, 105));
    expect(check("list<u8>", Uint8ClampedArray.of(1))).toStrictEqual(Uint8Array.of(1));
    expect(check("list<bool>", [true])).toStrictEqual([true]);
    expect(complaint("list<u8>", Uint16Array.of(1, 256))).toBe("[0][1]: expected u8 (0 to 255), got 256.");
    expect(complaint("list<u8>", "AQI=")).toBe('[0]: expected list<u8>, got "AQI=".');
    expect(complaint("list<u8>", new ArrayBuffer(2))).toMatch("[0]: expected list<u8>, got an object");
    expect(complaint("list<u8>", { length: 1, 0: 1 })).toMatch("got an object with");
  });

  test("fixed lengths are kept", () => {
    expect(check("list<f32, 2>", [1, 2])).toStrictEqual(Float32Array.of(1, 2));
    expect(complaint("list<f32, 2>", [1])).toBe("[0]: expected list<f32, 2>, got a list of 1.");
    expect(complaint("list<u8, 3>", new Uint8Array(2))).toBe("[0]: expected list<u8, 3>, got a list of 2.");
  });

  test("a typed array is seen as it is, not as it claims to be", () => {
    class Liar extends Uint8Array {
      override get length() {
        return 1000;
      }
      override get byteOffset() {
        return 1;
      }
    }
    const checked = check("list<u8>", new Liar([1, 2])) as Uint8Array;
    expect(checked).toStrictEqual(Uint8Array.of(1, 2));
    const lying = Object.defineProperty(Uint8Array.of(1, 2), "length", { value: 1000 });
    expect(check("list<u8>", lying)).toStrictEqual(Uint8Array.of(1, 2));
    expect(check("list<u8>", Uint8Array.of(1, 2, 3).subarray(1))).toStrictEqual(Uint8Array.of(2, 3));
  });

  test("bytes that may shrink are copied", () => {
    const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
    const checked = check("list<u8>", new Uint8Array(buffer)) as Uint8Array;
    buffer.resize(0);
    expect(checked).toStrictEqual(new Uint8Array(4));
  });

  test("holes and absurd lengths are refused at once", () => {
    expect(complaint("list<option<u8>>", new Array(2 ** 20))).toBe(
      "[0][0]: expected list<option<u8>>, got a hole in the array.",
    );
    expect(complaint("list<option<u8>>", new Array(2 ** 32 - 1))).toBe(
      "[0]: expected list<option<u8>>, got a list of 4294967295.",
    );
    expect(check("list<option<u8>>", [undefined, 1])).toStrictEqual([undefined, 1]);
    for (const length of [-1, Number.NaN, 1.5, "2", 2 ** 53]) {
      const proxy = new Proxy([], { get: (_, key) => (key === "length" ? length : 1) });
      complaint("list<u8>", proxy);
    }
  });
});

describe("hostile values", () => {
  test("everything is read once", () => {
    const reads: PropertyKey[] = [];
    const counting = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(of, key, receiver) {
          reads.push(key);
          const value = Reflect.get(of, key, receiver);
          return typeof value === "object" && value !== null ? counting(value) : value;
        },
      });
    const value = { list: [1, 2], variant: { tag: "a", val: true }, flags: { x: true } };
    const checked = check(
      "record { list: list<f64>, variant: variant { a(bool) }, flags: flags { x } }",
      counting(value),
    );
    expect(checked).toStrictEqual({ ...value, list: Float64Array.of(1, 2) });
    expect(reads).toEqual(["list", "length", "0", "1", "variant", "tag", "val", "flags", "x"]);
  });

  test("what throws when it is read is refused, the cause kept", () => {
    const cause = new Error("mine");
    const value = {
      inner: {
        get x() {
          throw cause;
        },
      },
    };
    const error = refusal(() => check("record { inner: record { x: u8 } }", value));
    expect(error.code).toBe("bad-argument");
    expect(error.message).toBe(
      "[0].inner.x: expected record { x: u8 }, got a value that throws when it is read.",
    );
    expect(error.facts.cause).toBe(cause);
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(complaint("list<list<u8>>", [proxy])).toMatch("got a value that throws when it is read.");
    expect(complaint("u8", proxy)).toMatch("got a value that throws when it is read.");
  });

  test("cyclic values end where the type does", () => {
    const cyclic: Record<string, unknown> = { name: "a" };
    cyclic.next = cyclic;
    const type = "record { name: string, next: record { name: string, next: option<u8> } }";
    expect(complaint(type, cyclic)).toMatch("[0].next.next: expected option<u8>");
    expect(complaint("string", cyclic)).toBe('[0]: expected string, got an object with "name", "next".');
  });

  test("messages stay short and on one line", () => {
    expect(complaint("u8", "x\n".repeat(10_000)).length).toBeLessThan(150);
    expect(complaint("u8", { [`${"k".repeat(10_000)}\n`]: 1 })).not.toMatch("\n");
    const wide = `enum { ${Array.from({ length: 1000 }, (_, i) => `c${i}`).join(", ")} }`;
    expect(complaint(wide, 1).length).toBeLessThan(250);
  });

  test("a type that shares its parts 2^60 times costs nothing", () => {
    let shared: ValueType = { kind: "option", some: { kind: "u8" } };
    for (let i = 0; i < 60; i++)
      shared = {
        kind: "record",
        fields: [
          { name: "a", type: shared },
          { name: "b", type: shared },
        ],
      };
    expect(refusal(() => checkValue(shared, { a: 1 }, "x")).message).toMatch(
      /^x\.a: expected record \{ a: .*, got 1\.$/,
    );
  });
});

describe("arguments", () => {
  const order = parseFunctionType(
    "func(order-id: u32, note: option<string>, nested: option<option<u8>>) -> bool",
  );

  test("are checked by position; options at the end may be left out", () => {
    expect(checkArguments(order, [1, "x", { tag: "none" }])).toStrictEqual([
      1,
      "x",
      { tag: "none", val: undefined },
    ]);
    expect(checkArguments(order, [1])).toStrictEqual([1, undefined, { tag: "none", val: undefined }]);
    expect(refusal(() => checkArguments(order, [1, 2])).message).toBe("[1]: expected option<string>, got 2.");
  });

  test("their number is checked", () => {
    const parameters = "(order-id: u32, note: option<string>, nested: option<option<u8>>)";
    expect(refusal(() => checkArguments(order, [])).message).toBe(
      `Expected 3 arguments ${parameters}, got 0.`,
    );
    expect(refusal(() => checkArguments(order, [1, null, null, 4])).message).toBe(
      `Expected 3 arguments ${parameters}, got 4.`,
    );
    expect(refusal(() => checkArguments(parseFunctionType("func()"), [1])).message).toBe(
      "Expected 0 arguments, got 1.",
    );
    expect(refusal(() => checkArguments(parseFunctionType("func(a: u8)"), [])).message).toBe(
      "Expected 1 argument (a: u8), got 0.",
    );
  });
});

test("arguments are taken unchecked only for the type that they were vouched for", () => {
  const [type, other] = [parseFunctionType("func(a: u8)"), parseFunctionType("func(a: u8)")];
  const args = vouchFor(type, [256]);
  expect(checkArguments(type, args)).toBe(args);
  expect(() => checkArguments(other, args)).toThrow(HotcellError);
  expect(() => checkArguments(type, [...args])).toThrow(HotcellError);
});
