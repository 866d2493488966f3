/** What errors and pages tell callers to send: it must be taken as it stands. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argumentForms, exampleOf, formsOf } from "../../host/wit/json/json-form.ts";
import type { ValueType } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { anyFunctionType, anyValueType } from "../support/arbitrary-values.ts";
import { argumentsFromJson, argumentsFromQuery } from "../support/conversions.ts";
import { refusal } from "../support/thrown.ts";

const signature = (text: string) => parseFunctionType(`func(v: ${text})`);
const type = (text: string): ValueType => signature(text).parameters[0]!.type;
const map: ValueType = {
  ...(type("list<tuple<string, u32>>") as { kind: "list"; element: ValueType }),
  map: true,
};
const take = (text: string, json: unknown) => argumentsFromJson(signature(text), [json]);

test("an example of any type is a value of it", () => {
  const types = anyValueType({ references: true, fixedLengthLists: true });
  fc.assert(
    fc.property(types, (of) => {
      const example = exampleOf(of);
      if (example.includes("…")) return;
      argumentsFromJson({ parameters: [{ name: "v", type: of }] }, [JSON.parse(example)]);
    }),
    { numRuns: 1_000 },
  );
});

test("the arguments that are told for any function are taken by it, by position and by name", () => {
  fc.assert(
    fc.property(anyFunctionType({ references: true, depth: 2 }), (of) => {
      const forms = argumentForms(of);
      if (forms.includes("…")) return;
      if (of.parameters.length === 0) expect(forms).toBe("[], or no body at all");
      // Nothing in an example has this between two values.
      else for (const form of forms.split(" or ")) argumentsFromJson(of, JSON.parse(form));
    }),
    { numRuns: 500 },
  );
});

test("examples are short, whatever a binary brings", () => {
  const u8 = { kind: "u8" } as const;
  const name = (i: number) => `f${i}${"x".repeat(1_000)}`;
  const large: ValueType[] = [
    { kind: "record", fields: Array.from({ length: 1_000 }, (_, i) => ({ name: name(i), type: u8 })) },
    { kind: "tuple", elements: Array.from({ length: 1_000 }, () => u8) },
    { kind: "list", element: { kind: "u32" }, length: 1_000 },
    { kind: "list", element: u8, length: 1_000 },
    { kind: "enum", names: [name(1)] },
    Array.from({ length: 100 }).reduce<ValueType>((part) => ({ kind: "tuple", elements: [part] }), u8),
  ];
  for (const of of large) {
    expect(formsOf(of).length).toBeLessThan(3_000);
    expect(formsOf(of)).toContain("…");
  }
});

const shape = "variant { circle(f64), rounded-box(tuple<f64, f64>), dot }";
const perms = "flags { read, write-all }";
const point = "record { x: s32, label-text: option<string> }";

test("a map is told to be a list of pairs", () => {
  expect(formsOf(map)).toBe('[["text",1]], a list of pairs');
  const of = { parameters: [{ name: "v", type: map }] };
  argumentsFromJson(of, [[["text", 1]]]);
  expect(refusal(() => argumentsFromJson(of, [{ text: 1 }])).facts.remedy).toBe(`In JSON: ${formsOf(map)}.`);
});

/** Types in which it is a part that does not fit. */
const inner = new Map([[point, "-1, a whole number"]]);

describe("every form that is told", () => {
  test.each<[string, string, ...string[]]>([
    ["bool", "true or false", "true", "false"],
    ["u8", "1, a whole number", "1"],
    ["s16", "-1, a whole number", "-1"],
    ["u64", '1, and beyond 2^53 - 1 a string: "18446744073709551615"', "1", '"18446744073709551615"'],
    ["s64", '-1, and beyond ±(2^53 - 1) a string: "-9223372036854775808"', "-1", '"-9223372036854775808"'],
    ["f32", '1.5, "NaN", "Infinity" or "-Infinity"', "1.5", '"NaN"', '"Infinity"', '"-Infinity"'],
    ["char", '"a", a string of one character', '"a"'],
    ["string", '"text"', '"text"'],
    ["list<u8>", '"aGk=" (base64) or [104,105]', '"aGk="', "[104,105]"],
    ["list<u8, 4>", '"aGloaQ==" (base64) or [104,105,105,105]', '"aGloaQ=="', "[104,105,105,105]"],
    ["list<string>", '["text"]', '["text"]'],
    ["list<u32, 3>", "[1,1,1]", "[1,1,1]"],
    ["tuple<u8, string>", '[1,"text"]', '[1,"text"]'],
    [point, '{"x":-1,"labelText":"text"}', '{"x":-1,"labelText":"text"}'],
    [shape, '{"tag":"circle","val":1.5} or {"tag":"dot"}', '{"tag":"circle","val":1.5}', '{"tag":"dot"}'],
    ["enum { red, dark-blue }", '"red"', '"red"', '"dark-blue"'],
    [perms, '["read"] or {"read":true}', '["read"]', '{"read":true}'],
    ["option<u8>", "null or 1, a whole number", "null", "1"],
    [
      "option<option<u8>>",
      '{"tag":"none"} or {"tag":"some","val":1}',
      '{"tag":"none"}',
      '{"tag":"some","val":1}',
      '{"tag":"some","val":null}',
    ],
    [
      "result<u8, string>",
      '{"tag":"ok","val":1} or {"tag":"err","val":"text"}',
      '{"tag":"ok","val":1}',
      '{"tag":"err","val":"text"}',
    ],
    ["result", '{"tag":"ok"} or {"tag":"err"}', '{"tag":"ok"}', '{"tag":"err"}'],
    ["result<_, u8>", '{"tag":"ok"} or {"tag":"err","val":1}', '{"tag":"ok"}', '{"tag":"err","val":1}'],
  ])("of %s is taken, and told when something else comes", (text, told, ...taken) => {
    expect(formsOf(type(text))).toBe(told);
    for (const json of taken) take(text, JSON.parse(json));
    const wrong = text === "string" ? 7 : text === "f32" ? "x" : { x: [] };
    const { code, facts } = refusal(() => take(text, wrong));
    expect([code, facts.remedy]).toEqual([
      "bad-argument",
      expect.stringContaining(`In JSON: ${inner.get(text) ?? told}.`),
    ]);
  });
});

describe("a name that is nearly right", () => {
  test.each([
    [
      shape,
      { tag: "cirle", val: 1 },
      'Did you mean circle? Known: circle, rounded-box, dot. In JSON: {"tag":"circle","val":1.5}.',
    ],
    [shape, { tag: "Circle", val: 1 }, "Did you mean circle?"],
    [shape, { tag: "roundedBox", val: [1, 1] }, 'In JSON: {"tag":"rounded-box","val":[1.5,1.5]}.'],
    [shape, "dot", 'In JSON: {"tag":"dot"}.'],
    [shape, { circle: 1 }, 'In JSON: {"tag":"circle","val":1.5}.'],
    ["result<u8, string>", { Err: "no" }, 'In JSON: {"tag":"err","val":"text"}.'],
    [
      "enum { red, dark-blue }",
      "darkBlue",
      'Did you mean dark-blue? Known: red, dark-blue. In JSON: "dark-blue".',
    ],
    [
      perms,
      ["wirteAll"],
      'Did you mean writeAll? Known: read, writeAll. In JSON: ["writeAll"] or {"writeAll":true}.',
    ],
    [perms, { raed: true }, "Did you mean read?"],
    [point, { x: 1, lableText: "a" }, "Did you mean labelText? Known: x, labelText."],
  ])("of %s in %j is told", (text, json, told) => {
    expect(refusal(() => take(text, json)).facts.remedy).toContain(told);
  });
});

describe("arguments that don't fit", () => {
  const add = parseFunctionType("func(a: u32, line-item: option<string>) -> u32");
  const json = '[1,"text"] or {"a":1,"lineItem":"text"}';

  test.each([[[]], [[1, null, 3]], [7], ["x"], [{ b: 1 }], [{ A: 1 }]])(
    "%j are told what to send",
    (body) => {
      expect(refusal(() => argumentsFromJson(add, body)).facts.remedy).toContain(`Send ${json}.`);
    },
  );

  test("in a query are told what to send there", () => {
    const get = (text: string, query: string) =>
      refusal(() => argumentsFromQuery(parseFunctionType(text), new URLSearchParams(query))).facts.remedy;
    expect(get("func(a: u32)", "")).toBe("Send ?a=1.");
    expect(get("func(a: u32, b: string)", "a=1&c=2")).toContain("Send ?a=1&b=text.");
    expect(get("func(a: u32)", "a=1&a=2")).toBe("Send ?a=1.");
    expect(get("func(b: bool)", "b=yes")).toBe("Send ?b=true.");
    expect(get("func(c: enum { red, dark-blue })", "c=darkBlue")).toBe(
      "Did you mean dark-blue? Known: red, dark-blue. Send ?c=dark-blue.",
    );
    expect(get("func(xs: list<s8>)", "xs=x")).toBe("Send ?xs=-1&xs=-1.");
    expect(get("func(d: list<u8>)", "d=%25")).toContain("Send ?d=aGk (base64, with - and _ for + and /).");
    expect(get("func(t: tuple<u8, u8>)", "t=1")).toBe('POST the arguments as JSON: [[1,1]] or {"t":[1,1]}.');
  });
});
