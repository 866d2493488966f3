import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { sameJson } from "../../host/wit/json/json-function.ts";
import type { FunctionType, ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { anyFunctionType, anyValueOf, anyValueType } from "../support/arbitrary-values.ts";
import {
  argumentsFromJson,
  argumentsFromQuery,
  checkArguments,
  resultToJson,
  toJson,
} from "../support/conversions.ts";
import { refusal } from "../support/thrown.ts";

function type(text: string): ValueType {
  return parseFunctionType(`func() -> ${text}`).result!;
}

/** Passes JSON as a client's request would: as text. */
function decode(text: string, json: string): unknown {
  return argumentsFromJson(parseFunctionType(`func(v: ${text})`), JSON.parse(`[${json}]`))[0];
}

function encode(text: string, value: unknown): string {
  return JSON.stringify(toJson(type(text), value));
}

function complaint(text: string, json: string): string {
  const error = refusal(() => decode(text, json));
  expect(error.code).toBe("bad-argument");
  return error.message;
}

function functionAndArguments() {
  return anyFunctionType({ references: true, fixedLengthLists: true }).chain((type) =>
    fc.tuple(fc.constant(type), fc.tuple(...type.parameters.map((p) => anyValueOf(p.type)))),
  );
}

/** JSON text writes -0 as 0. */
function withoutNegativeZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (value instanceof Float32Array || value instanceof Float64Array) return value.map((n) => n + 0);
  if (ArrayBuffer.isView(value) || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutNegativeZero(part)]));
}

test("every value of every type survives JSON text, by position and by name", () => {
  fc.assert(
    fc.property(functionAndArguments(), ([type, values]) => {
      const json = JSON.parse(
        JSON.stringify(values.map((value, i) => toJson(type.parameters[i]!.type, value))),
      );
      const expected = withoutNegativeZero(values);
      assert.deepStrictEqual(argumentsFromJson(type, json), expected);
      const named = Object.fromEntries(type.parameters.map(({ name }, i) => [name, json[i]]));
      assert.deepStrictEqual(argumentsFromJson(type, named), expected);
    }),
    { numRuns: 500 },
  );
});

test("whatever JSON comes, arguments are valid values or a bad-argument", () => {
  const type = anyFunctionType({ depth: 2 });
  fc.assert(
    fc.property(type, fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()), (type, json) => {
      let args: unknown[];
      try {
        args = argumentsFromJson(type, json);
      } catch (error) {
        expect(error).toBeInstanceOf(HotcellError);
        expect((error as HotcellError).code).toBe("bad-argument");
        return;
      }
      assert.deepStrictEqual(checkArguments(type, args), args);
    }),
    { numRuns: 1000 },
  );
});

describe("forms of values", () => {
  test("integers of 64 bits are numbers when safe, else decimal strings", () => {
    expect(encode("u64", 9_007_199_254_740_991n)).toBe("9007199254740991");
    expect(encode("u64", 9_007_199_254_740_992n)).toBe('"9007199254740992"');
    expect(encode("s64", -(2n ** 63n))).toBe('"-9223372036854775808"');
    expect(decode("u64", '"18446744073709551615"')).toBe(2n ** 64n - 1n);
    expect(decode("s64", '"-1"')).toBe(-1n);
    expect(decode("s64", "-1")).toBe(-1n);
    for (const wrong of [
      '"18446744073709551616"',
      '"-1"',
      "-1",
      '"1e3"',
      '"0x1"',
      '" 1"',
      '""',
      '"01"',
      "1.5",
    ]) {
      expect(complaint("u64", wrong)).toMatch("[0]: expected u64 (0 to 18446744073709551615), got ");
    }
    const error = refusal(() => decode("u64", "9007199254740993"));
    expect(error.message).toMatch("got 9007199254740992, which a JSON number can't carry exactly.");
    expect(error.facts.remedy).toBe(
      'Send integers beyond ±(2^53 - 1) as decimal strings. In JSON: 1, and beyond 2^53 - 1 a string: "18446744073709551615".',
    );
    complaint("u64", `"${"9".repeat(1_000_000)}"`);
  });

  test("smaller integers are numbers", () => {
    expect(decode("u8", "255")).toBe(255);
    expect(decode("u8", "1e2")).toBe(100);
    expect(Object.is(decode("s8", "-0"), 0)).toBe(true);
    expect(complaint("u8", "256")).toBe("[0]: expected u8 (0 to 255), got 256.");
    expect(complaint("u8", '"1"')).toBe('[0]: expected u8 (0 to 255), got "1".');
    expect(complaint("u8", "null")).toBe("[0]: expected u8 (0 to 255), got null.");
  });

  test("NaN and infinities are strings", () => {
    expect(encode("list<f64>", Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, -1 / 0, 1.5))).toBe(
      '["NaN","Infinity","-Infinity",1.5]',
    );
    expect(decode("f32", '"NaN"')).toBe(Number.NaN);
    expect(decode("f64", '"-Infinity"')).toBe(Number.NEGATIVE_INFINITY);
    expect(Object.is(decode("f64", "-0"), -0)).toBe(true);
    expect(encode("f64", -0)).toBe("0");
    expect(complaint("f64", '"1.5"')).toBe('[0]: expected f64, got "1.5".');
    expect(complaint("f64", "1e999")).toBe("[0]: expected f64, got a number too large for f64.");
  });

  test("strings and chars are well-formed Unicode", () => {
    expect(decode("string", '"\\u0000\\ufeff\\ud83d\\ude00"')).toBe("\0\ufeff😀");
    expect(complaint("string", '"a\\ud800"')).toBe(
      "[0]: expected string, got a string with a lone surrogate.",
    );
    expect(decode("char", '"\\ud83d\\ude00"')).toBe("😀");
    expect(complaint("char", '"\\ude00"')).toBe('[0]: expected char, got "\\ude00".');
  });

  test("list<u8> is base64, or an array", () => {
    expect(encode("list<u8>", Uint8Array.of(251, 255, 1).subarray(0, 2))).toBe('"+/8="');
    const bytes = Uint8Array.of(251, 255);
    for (const form of ['"+/8="', '"+/8"', '"-_8="', '"-_8"', "[251,255]"]) {
      expect(decode("list<u8>", form)).toStrictEqual(bytes);
    }
    expect(decode("list<u8>", '""')).toStrictEqual(new Uint8Array(0));
    for (const wrong of [
      '"+/8=="',
      '"+/8\\n"',
      '"+"',
      '"+=/8"',
      '"é///"',
      '"===="',
      '"hello world"',
      "[256]",
      "{}",
    ]) {
      complaint("list<u8>", wrong);
    }
    const error = refusal(() => decode("list<u8>", '"hello world"'));
    expect(error.message).toBe('[0]: expected list<u8>, got "hello world".');
    expect(error.facts.remedy).toBe(
      'Send base64, or an array of numbers. In JSON: "aGk=" (base64) or [104,105].',
    );
    expect(complaint("list<u8, 3>", '"+/8="')).toBe("[0]: expected list<u8, 3>, got a list of 2.");
    expect(complaint("list<s8>", '"+/8="')).toBe('[0]: expected list<s8>, got "+/8=".');
  });

  test("base64 of any bytes comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decode("list<u8>", encode("list<u8>", bytes))).toStrictEqual(bytes);
      }),
    );
  });

  test("other lists are arrays", () => {
    expect(encode("list<u64>", BigUint64Array.of(1n, 2n ** 63n))).toBe('[1,"9223372036854775808"]');
    expect(decode("list<u64>", '[1,"2"]')).toStrictEqual(BigUint64Array.of(1n, 2n));
    expect(encode("list<u8>", [1, 2])).toBe('"AQI="');
    expect(encode("list<list<u8>>", [Uint8Array.of(1), new Uint8Array(0)])).toBe('["AQ==",""]');
    expect(decode("list<string>", '["a"]')).toStrictEqual(["a"]);
    expect(complaint("list<string>", '["a",1]')).toBe("[0][1]: expected string, got 1.");
    expect(complaint("list<string>", '{"0":"a","length":1}')).toBe(
      '[0]: expected list<string>, got an object with "0", "length".',
    );
  });

  test("none is null, nested options are { tag, val }", () => {
    expect(encode("option<u8>", undefined)).toBe("null");
    expect(encode("option<u8>", 1)).toBe("1");
    expect(decode("option<u8>", "null")).toBe(undefined);
    const nested = "option<option<u8>>";
    expect(encode(nested, { tag: "none" })).toBe('{"tag":"none"}');
    expect(encode(nested, { tag: "some", val: undefined })).toBe('{"tag":"some","val":null}');
    expect(decode(nested, '{"tag":"some","val":null}')).toStrictEqual({ tag: "some", val: undefined });
    expect(decode(nested, '{"tag":"none"}')).toStrictEqual({ tag: "none", val: undefined });
    expect(complaint(nested, "null")).toBe("[0]: expected option<option<u8>>, got null.");
  });

  test("variants and inner results are { tag, val }", () => {
    expect(encode("variant { a, b-c(u8) }", { tag: "b-c", val: 1 })).toBe('{"tag":"b-c","val":1}');
    expect(encode("variant { a, b-c(u8) }", { tag: "a" })).toBe('{"tag":"a"}');
    expect(encode("list<result<_, string>>", [{ tag: "err", val: "x" }])).toBe('[{"tag":"err","val":"x"}]');
    expect(decode("variant { a, b-c(u8) }", '{"tag":"a","val":null}')).toStrictEqual({
      tag: "a",
      val: undefined,
    });
    expect(complaint("variant { a, b-c(u8) }", '{"tag":"bC","val":1}')).toBe(
      '[0]: expected variant { a, b-c(u8) }, got the unknown case "bC".',
    );
    expect(complaint("variant { a, b-c(u8) }", '{"tag":"b-c","value":1}')).toBe(
      '[0]: expected variant { a, b-c(u8) }, got the unknown field "value".',
    );
    expect(complaint("variant { a, b-c(u8) }", '{"tag":"b-c"}')).toBe(
      "[0].val: expected u8 (0 to 255), got nothing.",
    );
    expect(complaint("variant { a }", '{"tag":"a","val":1}')).toMatch(
      'got a payload for the case "a", which has none.',
    );
    expect(complaint("variant { a }", '"a"')).toBe('[0]: expected variant { a }, got "a".');
  });

  test("flags are objects of booleans; names are taken too", () => {
    const permissions = "flags { can-read, write }";
    expect(encode(permissions, { canRead: true, write: false })).toBe('{"canRead":true,"write":false}');
    const expected = { canRead: true, write: false };
    for (const form of [
      '{"canRead":true}',
      '{"can-read":true,"write":false}',
      '["canRead"]',
      '["can-read"]',
    ]) {
      expect(decode(permissions, form)).toStrictEqual(expected);
    }
    expect(complaint(permissions, '["exec"]')).toBe(
      `[0]: expected ${permissions}, got the unknown flag "exec".`,
    );
    expect(complaint(permissions, '["__proto__"]')).toMatch('got the unknown flag "__proto__".');
    expect(complaint(permissions, "[1]")).toBe("[0][0]: expected string, got 1.");
    expect(complaint(permissions, '{"write":1}')).toBe("[0].write: expected bool, got 1.");
    expect(complaint(permissions, "null")).toBe(`[0]: expected ${permissions}, got null.`);
  });

  test("fields may be named like what every object has, and be many", () => {
    const odd = "record { constructor: u8, to-string: option<string>, value-of: u8 }";
    expect(decode(odd, '{"constructor":1,"valueOf":2}')).toEqual({ constructor: 1, valueOf: 2 });
    expect(decode(odd, '{"constructor":1,"to-string":"x","value-of":2}')).toEqual({
      constructor: 1,
      toString: "x",
      valueOf: 2,
    });
    expect(complaint(odd, '{"constructor":1}')).toMatch("[0].valueOf: expected u8");
    expect(JSON.parse(encode(odd, { constructor: 1, toString: undefined, valueOf: 2 }))).toEqual({
      constructor: 1,
      toString: null,
      valueOf: 2,
    });

    for (const count of [1, 7, 8, 9, 12]) {
      const names = Array.from({ length: count }, (_, i) => `field${i}`);
      const type = `record { ${names.map((name) => `${name}: u8`).join(", ")} }`;
      const value = Object.fromEntries(names.map((name, i) => [name, i]));
      expect(decode(type, JSON.stringify(value))).toEqual(value);
      expect(encode(type, value)).toBe(JSON.stringify(value));
      for (const name of names)
        expect(complaint(type, JSON.stringify({ ...value, [name]: 256 }))).toBe(
          `[0].${name}: expected u8 (0 to 255), got 256.`,
        );
      expect(complaint(type, JSON.stringify({ ...value, other: 1 }))).toMatch('the unknown field "other"');
    }
  });

  test("records have camelCase members; WIT's spelling is taken too, others are refused", () => {
    const item = "record { unit-price: f64, note: option<string> }";
    expect(encode(item, { unitPrice: 1, note: undefined })).toBe('{"unitPrice":1,"note":null}');
    expect(decode(item, '{"unitPrice":1}')).toStrictEqual({ unitPrice: 1, note: undefined });
    expect(decode(item, '{"note":"x","unit-price":1}')).toStrictEqual({ unitPrice: 1, note: "x" });
    const error = refusal(() => decode(item, '{"unitPrice":1,"nots":"x"}'));
    expect(error.message).toBe(
      '[0]: expected record { unit-price: f64, note: option<string> }, got the unknown field "nots".',
    );
    expect(error.facts.remedy).toBe(
      'Did you mean note? Known: unitPrice, note. In JSON: {"unitPrice":1.5,"note":"text"}.',
    );
    expect(complaint(item, '{"unitPrice":1,"unit-price":1}')).toMatch("got a field in two spellings.");
    expect(complaint(item, '{"note":"x"}')).toBe("[0].unitPrice: expected f64, got nothing.");
    expect(complaint(item, '{"unitPrice":1,"__proto__":{"note":"x"}}')).toMatch(
      'got the unknown field "__proto__".',
    );
    expect(complaint(item, "[]")).toMatch("got an array of 0.");
    expect(decode("record { constructor: option<u8> }", "{}")).toStrictEqual({ constructor: undefined });
  });

  test("paths lead through everything", () => {
    const order = "record { items: list<tuple<string, variant { price(f64) }>> }";
    expect(
      complaint(order, '{"items":[["a",{"tag":"price","val":1}],["b",{"tag":"price","val":"2"}]]}'),
    ).toBe('[0].items[1][1].val: expected f64, got "2".');
  });
});

describe("arguments from a body", () => {
  const quote = parseFunctionType(
    "func(order: record { count: u32 }, promo-code: option<string>, vip: bool)",
  );

  test("an array gives them by position, an object by name", () => {
    const expected = [{ count: 1 }, undefined, true];
    expect(argumentsFromJson(quote, [{ count: 1 }, null, true])).toStrictEqual(expected);
    expect(argumentsFromJson(quote, { vip: true, order: { count: 1 } })).toStrictEqual(expected);
    expect(argumentsFromJson(quote, { vip: true, order: { count: 1 }, "promo-code": "X" })[1]).toBe("X");
    expect(argumentsFromJson(quote, { vip: true, order: { count: 1 }, promoCode: "X" })[1]).toBe("X");
  });

  test("options at the end of an array may be left out; no body is no arguments", () => {
    const list = parseFunctionType("func(limit: option<u32>, after: option<option<u8>>)");
    const none = [undefined, { tag: "none", val: undefined }];
    for (const body of [undefined, [], {}, [null]]) expect(argumentsFromJson(list, body)).toStrictEqual(none);
    expect(argumentsFromJson(parseFunctionType("func()"), {})).toStrictEqual([]);
    expect(refusal(() => argumentsFromJson(quote, [{ count: 1 }])).message).toBe(
      "Expected 3 arguments (order: record { count: u32 }, promo-code: option<string>, vip: bool), got 1.",
    );
    expect(refusal(() => argumentsFromJson(list, [1, { tag: "none" }, 3])).code).toBe("bad-argument");
  });

  test("missing and unknown names are named", () => {
    expect(refusal(() => argumentsFromJson(quote, { order: { count: 1 } })).message).toBe(
      "vip: expected bool, got nothing.",
    );
    expect(refusal(() => argumentsFromJson(quote, { vip: true, order: { count: "1" } })).message).toBe(
      'order.count: expected u32 (0 to 4294967295), got "1".',
    );
    const error = refusal(() => argumentsFromJson(quote, { count: 1 }));
    expect(error.message).toBe(
      "Expected the arguments of func(order: record { count: u32 }, promo-code: option<string>, vip: bool), " +
        'got the unknown parameter "count".',
    );
    expect(error.facts.remedy).toBe(
      'Known: order, promoCode, vip. Send [{"count":1},"text",true] or {"order":{"count":1},"promoCode":"text","vip":true}.',
    );
  });

  test.each([null, 1, "x", true])("%j is neither array nor object", (body) => {
    const error = refusal(() => argumentsFromJson(quote, body));
    expect(error.code).toBe("bad-argument");
    expect(error.message).toMatch(/^Expected arguments as JSON array or object, got /);
  });

  test("functions with resources anywhere are not callable", () => {
    const resource = {
      name: "file",
      owner: { interface: "a:b/c", direction: "export" },
      body: { kind: "resource" },
    } as const;
    const own: ValueType = { kind: "list", element: { kind: "own", resource } };
    const functions: FunctionType[] = [
      { parameters: [{ name: "f", type: { kind: "borrow", resource } }] },
      { parameters: [], result: { kind: "result", err: own } },
      { parameters: [], result: { kind: "variant", cases: [{ name: "a" }, { name: "b", type: own }] } },
    ];
    for (const type of functions) {
      expect(refusal(() => argumentsFromJson(type, [])).code).toBe("not-callable");
      expect(refusal(() => argumentsFromQuery(type, new URLSearchParams())).code).toBe("not-callable");
    }
  });
});

describe("arguments from a query", () => {
  function query(signature: string, text: string): unknown[] {
    return argumentsFromQuery(parseFunctionType(signature), new URLSearchParams(text));
  }
  const queryComplaint = (signature: string, text: string) => refusal(() => query(signature, text)).message;

  test("scalars are taken as text", () => {
    const signature =
      "func(yes: bool, n: s8, big: u64, x: f64, c: char, text: string, color: enum { red, dark-blue }, nick-name: option<string>)";
    const text = "yes=true&n=-5&big=18446744073709551615&x=1.5e3&c=%F0%9F%98%80&text=1&color=dark-blue";
    const expected = [true, -5, 2n ** 64n - 1n, 1500, "😀", "1", "dark-blue"];
    expect(query(signature, text)).toStrictEqual([...expected, undefined]);
    expect(query(signature, `${text}&nickName=`)).toStrictEqual([...expected, ""]);
    expect(query(signature, `${text}&nick-name=a+b`)).toStrictEqual([...expected, "a b"]);
    expect(query("func(x: f32)", "x=NaN")).toStrictEqual([Number.NaN]);
    expect(query("func()", "")).toStrictEqual([]);
  });

  test("lists of scalars are given by repeating the name", () => {
    expect(query("func(id: list<u32>)", "id=1&id=2")).toStrictEqual([Uint32Array.of(1, 2)]);
    expect(query("func(id: list<string>)", "")).toStrictEqual([[]]);
    expect(query("func(id: option<list<string>>)", "")).toStrictEqual([undefined]);
    expect(query("func(id: option<list<bool>>)", "id=true")).toStrictEqual([[true]]);
    expect(query("func(bytes: list<u8>)", "bytes=AQI%3D")).toStrictEqual([Uint8Array.of(1, 2)]);
  });

  test("options of other types may be left out, as by who knows a version without them", () => {
    const signature = "func(n: u8, more-of-it: option<record { a: u8 }>, deep: option<option<u8>>)";
    expect(query(signature, "n=1")).toEqual([1, undefined, { tag: "none" }]);
    for (const name of ["moreOfIt", "more-of-it"]) {
      expect(queryComplaint(signature, `n=1&${name}=1`)).toBe(
        "The parameter more-of-it is option<record { a: u8 }>, which a query can't carry.",
      );
    }
  });

  test("elements of lists may be options, as they may have become", () => {
    expect(query("func(id: list<option<string>>)", "id=a&id=")).toStrictEqual([["a", ""]]);
    expect(query("func(n: option<list<option<u8>>>)", "n=1&n=2")).toStrictEqual([[1, 2]]);
    expect(queryComplaint("func(n: list<option<u8>>)", "n=x")).toBe('n[0]: expected option<u8>, got "x".');
    expect(queryComplaint("func(n: list<option<option<u8>>>)", "n=1")).toContain("which a query can't carry");
  });

  test("bytes beside it are the one list<u8>, or else the one option of that", () => {
    const bytes = Uint8Array.of(1, 2);
    const take = (signature: string, text = "") =>
      argumentsFromQuery(parseFunctionType(signature), new URLSearchParams(text), bytes);
    expect(take("func(data: list<u8>, thumb: option<list<u8>>)", "thumb=Aw")).toStrictEqual([
      bytes,
      Uint8Array.of(3),
    ]);
    expect(take("func(data: option<list<u8>>, n: option<u8>)")).toStrictEqual([bytes, undefined]);
    const several = "func(a: option<list<u8>>, b: option<list<u8>>)";
    for (const signature of [several, "func(a: list<u8>, b: list<u8>)", "func(a: list<s8>)"]) {
      expect(refusal(() => take(signature)).code).toBe("unsupported-media-type");
    }
  });

  test("mistakes are named", () => {
    expect(queryComplaint("func(n: u8)", "n=256")).toBe("n: expected u8 (0 to 255), got 256.");
    expect(queryComplaint("func(n: u8)", "n=")).toBe('n: expected u8 (0 to 255), got "".');
    expect(queryComplaint("func(n: u8)", "n=0x10")).toBe('n: expected u8 (0 to 255), got "0x10".');
    expect(queryComplaint("func(n: u8)", "")).toBe("n: expected u8 (0 to 255), got nothing.");
    expect(queryComplaint("func(n: bool)", "n=1")).toBe('n: expected bool, got "1".');
    expect(queryComplaint("func(n: f64)", "n=+1")).toBe('n: expected f64, got " 1".');
    expect(queryComplaint("func(n: list<u8, 1>, m: list<s8>)", "n=AQ&m=1&m=x")).toBe(
      'm[1]: expected s8 (-128 to 127), got "x".',
    );
    expect(queryComplaint("func(n: u8)", "n=1&n=2")).toBe("n: expected one value, got 2.");
    expect(queryComplaint("func(n: u8)", "n=1&m=2")).toBe(
      'Expected the arguments of func(n: u8), got the unknown parameter "m".',
    );
    expect(queryComplaint("func(n: u8)", "n=1&__proto__=2")).toMatch('the unknown parameter "__proto__"');
  });

  test("other types are not callable by GET", () => {
    for (const other of [
      "record { a: u8 }",
      "list<list<u8>>",
      "option<option<u8>>",
      "result",
      "flags { a }",
    ]) {
      const error = refusal(() => query(`func(v: ${other})`, "v=1"));
      expect(error.code).toBe("not-callable");
      expect(error.message).toBe(`The parameter v is ${other}, which a query can't carry.`);
      expect(error.facts.remedy).toMatch(/^POST the arguments as JSON: \[.*\] or \{"v":.*\}\.$/);
    }
  });
});

describe("results", () => {
  test("a top-level result gives its ok value", () => {
    expect(resultToJson(undefined, undefined)).toBe(undefined);
    expect(resultToJson(type("u64"), 5n)).toBe(5);
    expect(resultToJson(type("option<u8>"), undefined)).toBe(null);
    expect(resultToJson(type("result<list<u8>, string>"), Uint8Array.of(1))).toBe("AQ==");
    expect(resultToJson(type("result<_, string>"), undefined)).toBe(undefined);
    expect(resultToJson(type("result<result<u8>>"), { tag: "ok", val: 1 })).toEqual({ tag: "ok", val: 1 });
  });

  test("resources have no JSON form", () => {
    const resource = { name: "file", owner: { direction: "export" }, body: { kind: "resource" } } as const;
    expect(refusal(() => toJson({ kind: "own", resource }, {})).code).toBe("not-callable");
  });
});

describe("sameJson", () => {
  test("is equality of JSON data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(sameJson(json, JSON.parse(JSON.stringify(json)))).toBe(true);
        expect(sameJson(json, [json])).toBe(false);
        expect(sameJson({ a: json }, { b: json })).toBe(false);
        expect(sameJson([json, 1], [json, 2])).toBe(false);
      }),
    );
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson({ a: 1 }, JSON.parse('{"__proto__":1}'))).toBe(false);
    expect(sameJson([], {})).toBe(false);
    expect(sameJson(null, {})).toBe(false);
    expect(sameJson({ a: undefined }, {})).toBe(false);
    expect(sameJson("1", 1)).toBe(false);
  });
});

test("encoding gives JSON data and nothing else", () => {
  const typeAndValue = anyValueType().chain((type) => fc.tuple(fc.constant(type), anyValueOf(type)));
  fc.assert(
    fc.property(typeAndValue, ([type, value]) => {
      const json = toJson(type, value);
      expect(sameJson(json, JSON.parse(JSON.stringify(json)))).toBe(true);
    }),
  );
});
