import { expect, it } from "vitest";
import { summaryOf } from "../../host/describe/summary.ts";

it.each([
  [undefined, undefined],
  ["  \n ", undefined],
  ["Adds.", "Adds."],
  ["Adds two\nnumbers,  as they are.\n\nMore of it.", "Adds two numbers, as they are."],
  [
    `Prices a cart, e.g. one of a member.\nIt is ${"very ".repeat(40)}long.`,
    "Prices a cart, e.g. one of a member.",
  ],
  [`${"word ".repeat(60)}`, `${"word ".repeat(31)}word…`],
])("a summary of %j is %j", (docs, summary) => {
  expect(summaryOf(docs)).toBe(summary);
});
