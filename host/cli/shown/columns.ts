/** Tables for a terminal: columns that stand below each other, and lines no wider than it is. */

import { harmlessLine } from "../../text/harmless.ts";
import { ink, type LinePiece, printLine } from "../terminal.ts";

const gap = 2;

/** Prints rows below their titles; a title that begins with `>` has its column end in line, as numbers do. */
export function printTable(titles: readonly string[], rows: readonly (readonly LinePiece[])[]): void {
  for (const line of tableLines(titles, rows, process.stdout.columns)) printLine(...line);
}

/** The lines of such a table. The last column is cut to what is left of `width`; without one it is whole. */
export function tableLines(
  titles: readonly string[],
  rows: readonly (readonly LinePiece[])[],
  width?: number,
): readonly (readonly LinePiece[])[] {
  const right = titles.map((title) => title.startsWith(">"));
  const head = titles.map((title) => ink("dim", title.replace(/^>/, "").toUpperCase()));
  const all = [head, ...rows];
  const widths = titles.map((_, column) =>
    column === titles.length - 1 && !right[column]
      ? 0
      : Math.max(...all.map((row) => lengthOf(row[column] ?? ""))),
  );
  const taken = widths.reduce((sum, each) => sum + each + gap, 0);
  const left = width === undefined ? undefined : Math.max(width - taken, 8);
  return all.map((row) =>
    row.flatMap((piece, column): LinePiece[] => {
      const last = column === row.length - 1;
      const text = last && left !== undefined && !right[column] ? cut(piece, left) : piece;
      const pad = " ".repeat(Math.max(0, widths[column]! - lengthOf(text)));
      const padded: LinePiece[] = right[column] ? [pad, text] : last ? [text] : [text, pad];
      return last ? padded : [...padded, " ".repeat(gap)];
    }),
  );
}

/** Places that a piece takes, as it will be shown: what is escaped is longer. */
function lengthOf(piece: LinePiece): number {
  return [...harmlessLine(typeof piece === "string" ? piece : piece.text)].length;
}

function cut(piece: LinePiece, length: number): LinePiece {
  const shown = [...harmlessLine(typeof piece === "string" ? piece : piece.text)];
  if (shown.length <= length) return piece;
  const text = `${shown.slice(0, length - 1).join("")}…`;
  return typeof piece === "string" ? text : ink(piece.style, text);
}
