/** A million calls of every type shape: what a plugin's memory needed after a tenth of them, and after all. */
import { memoryOfShapes } from "../tools/soak/runs/leak.ts";
import type { SizeTable } from "./support/table.ts";

const calls = 1_000_000;
const page = 65_536;

export async function run(): Promise<SizeTable[]> {
  const tables = new Map<string, SizeTable["rows"][number][]>();
  for await (const { runtime, type, before, after } of memoryOfShapes(calls)) {
    const rows = tables.get(runtime) ?? [];
    tables.set(runtime, rows);
    const bytes = new Map([
      [`${calls / 10} calls`, before * page],
      [`${calls} calls`, after * page],
    ]);
    rows.push({ name: type, bytes });
  }
  return Array.from(tables, ([runtime, rows]) => ({ title: `Bytes of memory, runtime ${runtime}`, rows }));
}
