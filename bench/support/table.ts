/** What a bench found: one row a case, one column a contender, in nanoseconds. */
export interface Table {
  readonly title: string;
  /** The contender that ratios are of. */
  readonly subject: string;
  readonly rows: readonly { readonly name: string; readonly nanoseconds: ReadonlyMap<string, number> }[];
}

/** Sizes: one row a thing, one column a way to make it. */
export interface SizeTable {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly bytes: ReadonlyMap<string, number> }[];
}

/** Work by whom it costs what: one row a piece of work. Times are milliseconds. */
export interface EffortTable {
  readonly title: string;
  readonly rows: readonly Effort[];
}

export interface Effort {
  readonly name: string;
  readonly wall: number;
  /** Of the host's thread. */
  readonly thread: number;
  /** Units, as the plugin's counters say; undefined where no plugin is at work. */
  readonly fuel: number | undefined;
  /** How long somebody else's call waited for the host's thread, and how long by the clock. */
  readonly waited: number;
  readonly waitedByClock: number;
}

export function printEffort({ title, rows }: EffortTable): void {
  const head = ["wall", "thread", "fuel", "somebody waited", "by the clock"];
  console.log(`\n${title}\n`);
  console.log("".padEnd(64) + head.map((column) => column.padStart(17)).join(""));
  for (const { name, wall, thread, fuel, waited, waitedByClock } of rows) {
    const time = (milliseconds: number) => duration(milliseconds * 1e6);
    const cells = [
      time(wall),
      time(thread),
      fuel?.toLocaleString("en") ?? "—",
      time(waited),
      time(waitedByClock),
    ];
    console.log(name.padEnd(64) + cells.map((cell) => cell.padStart(17)).join(""));
  }
}

export function printSizes({ title, rows }: SizeTable): void {
  const columns = [...new Set(rows.flatMap((row) => [...row.bytes.keys()]))];
  console.log(`\n${title}\n`);
  console.log("".padEnd(48) + columns.map((column) => column.padStart(24)).join(""));
  for (const { name, bytes } of rows) {
    const cells = columns.map((column) => (bytes.get(column)?.toLocaleString("en") ?? "—").padStart(24));
    console.log(name.padEnd(48) + cells.join(""));
  }
}

export function jsonOfSizes({ title, rows }: SizeTable): unknown {
  return { title, rows: rows.map(({ name, bytes }) => ({ name, bytes: Object.fromEntries(bytes) })) };
}

/** Times, and beside each how many times as long it is as the subject's. Many contenders are printed one a line. */
export function print({ title, subject, rows }: Table): void {
  const contenders = [...new Set(rows.flatMap((row) => [...row.nanoseconds.keys()]))];
  const cell = ({ nanoseconds }: Table["rows"][number], contender: string) => {
    const time = nanoseconds.get(contender);
    return time === undefined
      ? "—"
      : `${duration(time)} (${(time / nanoseconds.get(subject)!).toFixed(2)} ×)`;
  };
  const down = contenders.length > 6;
  const heads = down ? rows.map(({ name }) => name) : contenders;
  const lines = down
    ? contenders.map((name) => ({ name, cells: rows.map((row) => cell(row, name)) }))
    : rows.map((row) => ({ name: row.name, cells: contenders.map((name) => cell(row, name)) }));
  const width = Math.max(24, ...heads.map((head) => head.length + 2));
  console.log(`\n${title}\n`);
  console.log("".padEnd(34) + heads.map((head) => head.padStart(width)).join(""));
  for (const { name, cells } of lines)
    console.log(name.padEnd(34) + cells.map((text) => text.padStart(width)).join(""));
}

export function json({ title, subject, rows }: Table): unknown {
  return {
    title,
    subject,
    rows: rows.map(({ name, nanoseconds }) => ({ name, nanoseconds: Object.fromEntries(nanoseconds) })),
  };
}

function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`;
  return `${(nanoseconds / 1e6).toFixed(2)} ms`;
}
