import assert from "node:assert/strict";
import { type Authored, errorOf, seeded } from "../../authored.ts";

const random = seeded(11);
const texts = ["", "plain", 'a "quote"', "comma, comma", "two\nlines", "größe", "3.5", "-2"];
const columns = ["name", "amount", "note, long"];
const rows = Array.from({ length: 40 }, (_, i) => [
  `row ${i}`,
  i % 7 === 0 ? "none" : String(random(10_000) / 8),
  texts[random(texts.length)]!,
]);

const quote = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const text = [columns, ...rows].map((row) => `${row.map(quote).join(",")}\n`).join("");
const withHeader = { separator: ",", header: true };

export const csv: Authored = {
  name: "csv",
  async use({ call }) {
    assert.deepEqual(await call("table/parse", text, withHeader), { columns, rows });
    assert.equal(await call("table/format", { columns, rows }), text);
    assert.deepEqual(await call("table/parse", "a;b\r\nc;d", { separator: ";", header: false }), {
      columns: [],
      rows: [
        ["a", "b"],
        ["c", "d"],
      ],
    });
    const numbers = rows.map(([, amount]) => Number(amount)).filter((n) => !Number.isNaN(n));
    assert.deepEqual(await call("table/summarise", text, "amount"), {
      count: numbers.length,
      sum: numbers.toSorted((a, b) => a - b).reduce((sum, n) => sum + n, 0),
      least: Math.min(...numbers),
      most: Math.max(...numbers),
    });
    assert.deepEqual(await call("table/summarise", "a\nb\n", "a"), {
      count: 0,
      sum: 0,
      least: null,
      most: null,
    });
    assert.equal(
      await errorOf(call("table/summarise", text, "nothing")),
      "no column nothing among name, amount, note, long",
    );
    for (const [bad, mistake] of [
      ['a,"b', { line: 1, column: 5, reason: "open-quote" }],
      ['a,b\n"c"d,e', { line: 2, column: 4, reason: "text-after-quote" }],
      ["a,b\nc\n", { line: 2, column: 1, reason: "uneven-row" }],
    ] as const)
      assert.deepEqual(await errorOf(call("table/parse", bad, withHeader)), mistake);
    assert.equal(await call("table/cell", "a,b\nc,d", 1, 0), "c");
  },
  trap: { call: "table/cell", args: ["a,b", 3, 0], file: "assembly/index.ts", function: "cell" },
};
