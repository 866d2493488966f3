/** Lines of Markdown that look like rows of a table, and belong to none or have another number of cells than its header. */
export function brokenTables(markdown: string): string[] {
  const lines = markdown.replace(/^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1/gm, "").split("\n");
  const broken: string[] = [];
  let cells = 0;
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith("|")) {
      cells = 0;
      continue;
    }
    const begins = cells === 0 && /^\|(?: ?:?-+:? ?\|)+$/.test(lines[i + 1] ?? "");
    if (begins) cells = cellsOf(line);
    if (cells === 0 || cellsOf(line) !== cells || !line.endsWith("|")) broken.push(line);
  }
  return broken;
}

function cellsOf(row: string): number {
  return row.replaceAll("\\|", "").split("|").length - 2;
}
