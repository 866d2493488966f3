import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { sameFunctionType } from "../../host/wit/equal.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { printFunctionType } from "../../host/wit/text/print-types.ts";
import { anyFunctionType } from "../support/arbitrary-values.ts";

function complaint(text: string): string {
  try {
    parseFunctionType(text);
  } catch (error) {
    if (!(error instanceof HotcellError)) throw error;
    expect(error.code).toBe("bad-type-expression");
    return error.message;
  }
  throw new Error(`${text} was parsed`);
}

test("what is printed is parsed again", () => {
  fc.assert(
    fc.property(
      anyFunctionType({ fixedLengthLists: true }),
      fc.constantFrom("", " ", "\n\t"),
      (type, space) => {
        const text = printFunctionType(type).replace(/->|[(){}<>,:]/g, (symbol) => space + symbol + space);
        const parsed = parseFunctionType(text);
        expect(printFunctionType(parsed)).toBe(printFunctionType(type));
        expect(sameFunctionType(parsed, type, { parameterNames: true })).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

describe("forms", () => {
  test.each([
    ["func()", "func()"],
    ["  func ( ) ", "func()"],
    ["func(name:string)->string", "func(name: string) -> string"],
    ["func(string, u32) -> bool", "func(p1: string, p2: u32) -> bool"],
    ["func(a: u8, list<u8>,)", "func(a: u8, p2: list<u8>)"],
    [
      "func(string: string, %record: record { %flags: u8, list: s8, })",
      "func(%string: string, %record: record { %flags: u8, %list: s8 })",
    ],
    ["func() -> result", "func() -> result"],
    ["func() -> result<u8>", "func() -> result<u8>"],
    ["func() -> result<u8,>", "func() -> result<u8>"],
    ["func() -> result<_, string>", "func() -> result<_, string>"],
    ["func() -> result<u8, string,>", "func() -> result<u8, string>"],
    ["func() -> list<u8, 16>", "func() -> list<u8, 16>"],
    ["func() -> tuple<u8, tuple<char>>", "func() -> tuple<u8, tuple<char>>"],
    ["func() -> variant{a,b-2(option<u8>),}", "func() -> variant { a, b-2(option<u8>) }"],
    ["func() -> enum { a, HTTP-x }", "func() -> enum { a, HTTP-x }"],
    ["func() -> flags { a }", "func() -> flags { a }"],
  ])("%s", (text, printed) => {
    expect(printFunctionType(parseFunctionType(text))).toBe(printed);
  });
});

describe("mistakes", () => {
  test.each([
    ["", 'Expected "func" at position 0, found the end.'],
    ["string", 'Expected "func" at position 0, found "string".'],
    ["func", 'Expected "(" at position 4, found the end.'],
    ["func(", "Expected a type at position 5, found the end."],
    ["func(a: u8", 'Expected "," or ")" at position 10, found the end.'],
    ["func() string", 'Expected -> or the end at position 7, found "string".'],
    ["func() -> u8 u8", 'Expected the end at position 13, found "u8".'],
    ["func() -> u8;", 'Expected the end at position 12, found ";".'],
    [
      "func(a: order)",
      'Expected a type at position 8, found "order". Named types can\'t be referred to here, but resources that the function has: write the type itself.',
    ],
    ["func() -> float64", 'Expected a type at position 10, found "float64". It is f64 in WIT.'],
    [
      "func() -> stream<u8>",
      'Expected a type at position 10, found "stream". Async types are not supported.',
    ],
    [
      "func() -> own<file>",
      'Expected a type at position 10, found "own". Resources are those that the function\'s own type names: look at String(symbol).',
    ],
    ["async func()", 'Expected func at position 0, found "async". Async functions are not supported.'],
    ["func() -> list", 'Expected "<" at position 14, found the end.'],
    ["func() -> list<u8, 0>", 'Expected a length from 1 to 4294967295 at position 19, found "0".'],
    [
      "func() -> list<u8, 4294967296>",
      'Expected a length from 1 to 4294967295 at position 19, found "4294967296".',
    ],
    ["func() -> result<_>", 'Expected "," at position 18, found ">".'],
    ["func() -> result<_,>", 'Expected a type at position 19, found ">".'],
    ["func() -> tuple<>", "Expected at least one type at position 17, found the end."],
    ["func() -> record {}", "Expected at least one field at position 19, found the end."],
    [
      "func() -> record { a: u8, a: u8 }",
      "Expected distinct field names at position 33, found the end. There are two named a.",
    ],
    [
      "func(a: u8, A: u8)",
      "Expected distinct parameter names at position 18, found the end. There are two named A.",
    ],
    ["func() -> record { camelCase: u8 }", 'Expected the name of a field at position 19, found "camelCase".'],
    ["func() -> enum { a-, b }", 'Expected the name of a case at position 17, found "a-".'],
    ["func() -> variant { a() }", 'Expected a type at position 22, found ")".'],
    ["func(a: u8) -> 😀", 'Expected a type at position 15, found "😀".'],
    ["func(\u0000)", 'Expected a type at position 5, found "\\u0000".'],
  ])("%j", (text, message) => {
    expect(complaint(text)).toBe(message);
  });

  test("depth and length are bounded", () => {
    const nested = (depth: number) => `func() -> ${"list<".repeat(depth)}u8${">".repeat(depth)}`;
    expect(parseFunctionType(nested(99)).result?.kind).toBe("list");
    expect(complaint(nested(100))).toMatch("Types may nest 100 deep.");
    expect(complaint("func(".padEnd(1_000_001))).toBe(
      "The type expression is longer than 1000000 characters.",
    );
    expect(complaint("func() -> ".padEnd(20_000))).toMatch(
      "Expected a type at position 20000, found the end.",
    );
    expect(complaint(`func() -> ${"x".repeat(19_000)}`).length).toBeLessThan(200);
  });

  test("any text gives a type or a bad-type-expression", () => {
    const words = [
      "func",
      "(",
      ")",
      "->",
      "<",
      ">",
      "{",
      "}",
      ",",
      ":",
      "_",
      "%",
      "a",
      "u8",
      "list",
      "record",
      "-",
      "1",
      "\n",
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words)).map((list) => `func(${list.join(" ")}`),
    );
    fc.assert(
      fc.property(text, (text) => {
        try {
          parseFunctionType(text);
        } catch (error) {
          expect(error).toBeInstanceOf(HotcellError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("names of many words that turn out to be none are refused at once", () => {
  // Every word of digits could once be read in two ways, and all combinations were tried.
  const name = `a${"-1".repeat(200)}-_`;
  expect(() => parseFunctionType(`func(${name}: u32)`)).toThrow(HotcellError);
});
