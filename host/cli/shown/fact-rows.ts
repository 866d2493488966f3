/** Facts below each other, each with its name in front. */

import { ink, type LinePiece, printLine } from "../terminal.ts";

export type Row = readonly [label: string, lines: readonly LinePiece[]];

/** Prints rows; those without a line are left out. */
export function printRows(rows: readonly Row[]): void {
  const told = rows.filter(([, lines]) => lines.length > 0);
  const width = Math.max(0, ...told.map(([label]) => label.length)) + 2;
  for (const [label, lines] of told)
    for (const [i, line] of lines.entries())
      printLine(ink("dim", (i === 0 ? label : "").padEnd(width)), line);
}
