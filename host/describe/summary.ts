/** Summaries of docs: what stands where there is one line only. */

import { beginning } from "../text/cut.ts";

/** Characters of a summary. */
const maxSummary = 160;

/** First paragraph in one line, or its first sentence where that is long; undefined where there are no docs. */
export function summaryOf(docs: string | undefined): string | undefined {
  const [first = ""] = docs?.trim().split(/\n\s*\n/, 1) ?? [];
  const paragraph = first.replaceAll(/\s+/g, " ");
  if (paragraph === "") return undefined;
  if (paragraph.length <= maxSummary) return paragraph;
  // A point before a capital ends a sentence; that of "e.g. this" does not.
  const [sentence = paragraph] = /^.{20,}?[.!?。](?=\s+\p{Lu}|$)/u.exec(paragraph) ?? [];
  return sentence.length <= maxSummary ? sentence : `${beginning(sentence, maxSummary - 1).trimEnd()}…`;
}
