/** Line of a difference between two texts. */
export interface DiffLine {
  readonly kind: "same" | "gone" | "new" | "left-out";
  readonly text: string;
}

/** Cells of the table that finds what two texts have in common: beyond, one is told as gone and the other as new. */
const mostCells = 4_000_000;
/** Lines that stay the same which are shown around what does not. */
const context = 3;

/** Difference of two texts by lines; what is the same far from any change is left out. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  return shortened(allLines(before.split("\n"), after.split("\n")));
}

function allLines(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: "same", text }));
  return [
    ...same(a.slice(0, start)),
    ...middleLines(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function middleLines(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const gone = (text: string): DiffLine => ({ kind: "gone", text });
  const added = (text: string): DiffLine => ({ kind: "new", text });
  if (a.length * b.length > mostCells) return [...a.map(gone), ...b.map(added)];
  const width = b.length + 1;
  // Length of what the rests of both have in common, from each pair of lines on.
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] =
        a[i] === b[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i]! });
      i++;
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) lines.push(gone(a[i++]!));
    else lines.push(added(b[j++]!));
  }
  return [...lines, ...a.slice(i).map(gone), ...b.slice(j).map(added)];
}

function shortened(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = new Set<number>();
  for (const [i, { kind }] of lines.entries())
    if (kind !== "same") for (let at = i - context; at <= i + context; at++) near.add(at);
  const shown: DiffLine[] = [];
  for (const [i, line] of lines.entries()) {
    if (near.has(i)) shown.push(line);
    else if (shown.at(-1)?.kind !== "left-out") shown.push({ kind: "left-out", text: "" });
  }
  return shown;
}
