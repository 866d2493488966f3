import assert from "node:assert/strict";
import { type Authored, errorOf } from "../../authored.ts";

const kinds = [
  ["number", /\d[\d.]*/y],
  ["name", /[A-Za-z_][A-Za-z_0-9]*/y],
  ["operator", /[-+*/^]/y],
  ["open", /\(/y],
  ["close", /\)/y],
] as const;

function tokens(text: string): { kind: string; text: string; at: number }[] {
  const found = [];
  for (let at = 0; at < text.length; ) {
    const here = kinds.flatMap(([kind, pattern]) => {
      pattern.lastIndex = at;
      const [match] = pattern.exec(text) ?? [];
      return match === undefined ? [] : [{ kind, text: match, at }];
    });
    found.push(...here);
    at += here[0]?.text.length ?? 1;
  }
  return found;
}

const x = 2.5;
const long_name1 = -4;
const names = [
  ["x", x],
  ["long_name1", long_name1],
];

export const tokenizer: Authored = {
  name: "tokens",
  async use({ call }) {
    for (const text of ["1+2", " (x1 ^ 2) * long_name/3.25 - -7 ", "(((", "a b\n\tc"])
      assert.deepEqual(await call("tokenize", text), tokens(text));
    assert.equal(await errorOf(call("tokenize", "  \n")), "there is nothing in it");
    for (const [text, value] of [
      ["1 + 2 * 3", 1 + 2 * 3],
      ["(1 + 2) * 3 - 10 / 4", (1 + 2) * 3 - 10 / 4],
      ["2 ^ 3 ^ 2", 2 ** (3 ** 2)],
      ["x * (long_name1 + x) / -0.5", (x * (long_name1 + x)) / -0.5],
      ["10 - 4 - 3", 10 - 4 - 3],
      ["100 / 5 / 2 * 3", (100 / 5 / 2) * 3],
    ] as const)
      assert.equal(await call("evaluate", text, names), value, text);
    for (const [text, problem] of [
      ["1 / (2 - 2)", "division by zero"],
      ["y", "nothing is called y"],
      ["(1 + 2", "a bracket is not closed"],
      ["1 +", "a value is missing at the end"],
      ["1 2", "what comes after is not understood: 2"],
      ["* 2", "a value is missing before *"],
    ] as const)
      assert.equal(await errorOf(call("evaluate", text, names)), problem, text);
  },
  trap: { call: "tokenize", args: ["1 + ?"], file: "assembly/tokenizer.ts", function: "Tokenizer#read" },
};
