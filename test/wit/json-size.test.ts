import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonSizeOf } from "../../host/wit/json/json-size.ts";
import type { ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { anyFunctionType, anyValueOf } from "../support/arbitrary-values.ts";
import { toJson } from "../support/conversions.ts";

function type(text: string): ValueType {
  return parseFunctionType(`func() -> ${text}`).result!;
}

describe("the size of a value as JSON", () => {
  test("is never less than its text, escapes apart", () => {
    const sized = anyFunctionType({ references: true, fixedLengthLists: true }).chain(({ parameters }) =>
      fc.tuple(...parameters.map((p) => anyValueOf(p.type).map((value) => ({ type: p.type, value })))),
    );
    fc.assert(
      fc.property(sized, (all) => {
        for (const { type, value } of all) {
          const bound = jsonSizeOf(type);
          const size = typeof bound === "number" ? bound : bound(value);
          // An escape has six units and stands for one.
          expect(JSON.stringify(toJson(type, value)).length).toBeLessThanOrEqual(6 * size);
        }
      }),
    );
  });

  test.each([
    ["list<u8>", new Uint8Array(300)],
    ["list<bool>", Array.from({ length: 300 }, () => false)],
    ["list<option<u32>>", Array.from({ length: 300 }, () => 0xffffffff)],
    ["string", "x".repeat(300)],
    ["list<list<s64>>", [new BigInt64Array(10).fill(-(2n ** 63n)), new BigInt64Array(0)]],
    ["list<f64>", new Float64Array(100).fill(-1.2345678901234568e-300)],
    ["result<string, u8>", { tag: "ok", val: "text" }],
    ["variant { a, b(list<string>) }", { tag: "b", val: ["a", "bc", ""] }],
    ["flags { a, long-name }", { a: false, longName: false }],
    ["enum { a, long-name }", "a"],
    ["option<option<char>>", { tag: "some", val: "\0" }],
  ])("%s takes about what it says", (text, value) => {
    const bound = jsonSizeOf(type(text));
    const size = typeof bound === "number" ? bound : bound(value);
    const { length } = JSON.stringify(toJson(type(text), value));
    expect(length).toBeLessThanOrEqual(size);
    expect(size).toBeLessThan(2 * length + 30);
  });

  test("beyond any bearable length is refused before anything is made", () => {
    const name = "a".repeat(1000);
    const long = Array.from({ length: 100_000 }, () => name);
    expect(() => toJson(type(`list<enum { ${name} }>`), long)).toThrow(
      expect.objectContaining({ code: "result-too-large", status: 502 }),
    );
  });
});
