import assert from "node:assert/strict";
import { type Authored, errorOf } from "../../authored.ts";

interface Condition {
  readonly fact: string;
  readonly op: "eq" | "lt" | "gt" | "in" | "has";
  readonly value?: string;
  readonly number?: number;
  readonly values?: readonly string[];
}

interface Rule {
  readonly name: string;
  readonly weight: number;
  readonly all: readonly Condition[];
  readonly any: readonly Condition[];
  readonly set: readonly { readonly fact: string; readonly value: string }[];
}

interface Facts {
  readonly text: Record<string, string>;
  readonly numbers: Record<string, number>;
}

const rules: readonly Rule[] = [
  {
    name: "free shipping",
    weight: 5,
    all: [{ fact: "total", op: "gt", number: 50 }],
    any: [],
    set: [{ fact: "shipping", value: "free" }],
  },
  {
    name: "gold customers",
    weight: 20,
    all: [{ fact: "customer", op: "eq", value: "gold" }],
    any: [
      { fact: "country", op: "in", values: ["de", "at", 'größe "x"'] },
      { fact: "coupon", op: "has" },
    ],
    set: [
      { fact: "shipping", value: "express" },
      { fact: "gift", value: "mug" },
    ],
  },
  {
    name: "small",
    weight: 10,
    all: [],
    any: [{ fact: "total", op: "lt", number: 10.5 }],
    set: [{ fact: "shipping", value: "pickup" }],
  },
];

const facts: readonly Facts[] = [
  { text: { customer: "gold", country: "de" }, numbers: { total: 99.5 } },
  { text: { customer: "gold", country: "us" }, numbers: { total: 3 } },
  { text: { customer: "none", country: 'größe "x"' }, numbers: { coupon: 1, total: 10.5 } },
  { text: { customer: "gold" }, numbers: { coupon: 7, total: -1 } },
];

function isTrue(
  { fact, op, value = "", number = 0, values = [] }: Condition,
  { text, numbers }: Facts,
): boolean {
  if (op === "has") return fact in text || fact in numbers;
  if (op === "lt") return (numbers[fact] ?? Number.POSITIVE_INFINITY) < number;
  if (op === "gt") return (numbers[fact] ?? Number.NEGATIVE_INFINITY) > number;
  return op === "eq" ? text[fact] === value : values.includes(text[fact] ?? "\0");
}

function holding(known: Facts): Rule[] {
  const holds = ({ all, any }: Rule) =>
    all.every((c) => isTrue(c, known)) && (any.length === 0 || any.some((c) => isTrue(c, known)));
  return rules.filter(holds).toSorted((a, b) => b.weight - a.weight);
}

export const jsonRules: Authored = {
  name: "rules",
  async use({ call }) {
    const text = JSON.stringify(rules);
    for (const known of facts) {
      const found = holding(known);
      assert.deepEqual(
        await call("matching", text, JSON.stringify(known)),
        found.map(({ name }) => name),
      );
      const changed = { ...known.text };
      for (const { set } of found.toReversed()) for (const { fact, value } of set) changed[fact] = value;
      const applied = (await call("apply", text, JSON.stringify(known))) as string;
      assert.deepEqual(JSON.parse(applied), { text: changed, numbers: known.numbers });
    }
    const noConditions = JSON.stringify([{ ...rules[0], all: [] }]);
    assert.equal(await errorOf(call("matching", noConditions, "{}")), "free shipping has no conditions");
  },
  trap: { call: "matching", args: ["[{nonsense", "{}"], file: "assembly/index.ts", function: "readRules" },
};
