import { describe, expect, it } from "vitest";
import { recordAnswers } from "../../host/cli/checks/record-answers.ts";
import { jsonPlaces } from "../../host/text/json-places.ts";

const returns = (value: unknown, index = 0) => ({
  list: "calls" as const,
  index,
  kind: "returns" as const,
  value,
});
const err = (value: unknown, index = 0) => ({ list: "calls" as const, index, kind: "err" as const, value });

const response = (value: unknown, index = 0) => ({
  ...{ list: "requests" as const, index },
  ...{ kind: "response" as const, value },
});

describe("recorded answers", () => {
  it.each([
    [
      "one on its line",
      '{\n  "calls": [\n    { "call": "a", "args": [1], "returns": 1 },\n    { "call": "b" }\n  ]\n}\n',
      returns({ a: [1, "x"], b: null }),
      '{\n  "calls": [\n    { "call": "a", "args": [1], "returns": { "a": [1, "x"], "b": null } },\n    { "call": "b" }\n  ]\n}\n',
    ],
    [
      "one that was not there, on the line",
      '{ "calls": [{ "call": "a" }] }',
      returns([1, 2]),
      '{ "calls": [{ "call": "a", "returns": [1, 2] }] }',
    ],
    [
      "one that was not there, on a line of its own",
      '{\n\t"calls": [\n\t\t{\n\t\t\t"call": "a",\n\t\t\t"args": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t]\n}',
      returns([2]),
      '{\n\t"calls": [\n\t\t{\n\t\t\t"call": "a",\n\t\t\t"args": [\n\t\t\t\t1\n\t\t\t],\n\t\t\t"returns": [\n\t\t\t\t2\n\t\t\t]\n\t\t}\n\t]\n}',
    ],
    [
      "one where the call has a name and nothing else",
      '{"calls": [\n  {\n    "call": "a"\n  }\n]}',
      returns("x"),
      '{"calls": [\n  {\n    "call": "a",\n    "returns": "x"\n  }\n]}',
    ],
    [
      "a response, where a trap was expected",
      '{ "calls": [{ "call": "a" }], "requests": [{ "request": { "path": "/a" }, "traps": true }] }',
      response({ status: 200, body: "a" }),
      '{ "calls": [{ "call": "a" }], "requests": [{ "request": { "path": "/a" }, "response": { "status": 200, "body": "a" } }] }',
    ],
    [
      "a response that was not there, on lines of its own",
      '{\n  "requests": [\n    {\n      "request": { "path": "/a" }\n    }\n  ]\n}\n',
      response({
        status: 200,
        headers: { "content-type": "text/plain; charset=utf-8", etag: "abcdefgh" },
        body: "",
      }),
      '{\n  "requests": [\n    {\n      "request": { "path": "/a" },\n      "response": {\n        "status": 200,\n        "headers": {\n          "content-type": "text/plain; charset=utf-8",\n          "etag": "abcdefgh"\n        },\n        "body": ""\n      }\n    }\n  ]\n}\n',
    ],
    [
      "without blanks where the file has none",
      '{"calls":[{"call":"a","args":{},"returns":[1,2]}]}',
      returns([3, { a: 1 }]),
      '{"calls":[{"call":"a","args":{},"returns":[3,{"a":1}]}]}',
    ],
    [
      "another kind of answer, under its name",
      '{ "calls": [{ "call": "a", "returns": 1, "args": [] }] }',
      err("broken"),
      '{ "calls": [{ "call": "a", "err": "broken", "args": [] }] }',
    ],
    [
      "an answer for an expected trap, and none that is left over",
      '{ "calls": [{ "call": "a", "traps": true, "err": 1,\n  "returns": 2 }] }',
      returns(5),
      '{ "calls": [{ "call": "a", "returns": 5 }] }',
    ],
    [
      "a long one on lines, as the file is indented",
      '{\n    "calls": [\n        {\n            "call": "a",\n            "returns": 1\n        }\n    ]\n}\n',
      returns({ text: "x".repeat(90), n: 1 }),
      `{\n    "calls": [\n        {\n            "call": "a",\n            "returns": {\n                "text": "${"x".repeat(90)}",\n                "n": 1\n            }\n        }\n    ]\n}\n`,
    ],
    [
      "text that looks like JSON, in its quotes",
      '{ "settings": { "env": { "calls": "[{ \\"call\\"" } }, "calls": [{ "call": "a}\\\\", "returns": "]" }] }',
      returns('"}'),
      '{ "settings": { "env": { "calls": "[{ \\"call\\"" } }, "calls": [{ "call": "a}\\\\", "returns": "\\"}" }] }',
    ],
  ])("write %s", (_, text, answer, written) => {
    expect(recordAnswers(text, [answer])).toBe(written);
    expect(() => JSON.parse(written)).not.toThrow();
  });

  it("are written each to its call", () => {
    const text = '{ "calls": [{ "call": "a", "returns": 1 }, { "call": "b" }, { "call": "c", "err": 2 }] }';
    expect(recordAnswers(text, [returns(10), err("no", 2), returns(20, 1)])).toBe(
      '{ "calls": [{ "call": "a", "returns": 10 }, { "call": "b", "returns": 20 }, { "call": "c", "err": "no" }] }',
    );
  });
});

it("places are where the values are, for any JSON", () => {
  const values = [
    null,
    -1.5e-7,
    "",
    '\\"',
    [],
    {},
    [[], {}, "x"],
    { a: { "b:": [1, { c: "}" }] }, "": true },
  ];
  for (const value of values) {
    for (const indentation of [0, 2]) {
      const text = ` ${JSON.stringify(value, null, indentation)}\n`;
      const check = (place: ReturnType<typeof jsonPlaces>, expected: unknown): void => {
        expect(JSON.parse(text.slice(place.start, place.end))).toEqual(expected);
        for (const [i, item] of (place.items ?? []).entries()) check(item, (expected as unknown[])[i]);
        for (const { name, value: member } of place.members ?? [])
          check(member, (expected as Record<string, unknown>)[name]);
      };
      check(jsonPlaces(text), value);
    }
  }
});
