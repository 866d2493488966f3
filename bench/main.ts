/** `npm run bench -- NAME [--json]`: runs `bench/NAME.ts`, whose `run` gives tables. */
import { readdir } from "node:fs/promises";
import {
  type EffortTable,
  json,
  jsonOfSizes,
  print,
  printEffort,
  printSizes,
  type SizeTable,
  type Table,
} from "./support/table.ts";

const [name, ...flags] = process.argv.slice(2);
const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.slice(0, -3));
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json]   (${names.join(", ")})`);
  process.exit(2);
}
type AnyTable = Table | SizeTable | EffortTable;
const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<AnyTable[]> };
const tables = await run();
const isTimes = (table: AnyTable): table is Table => "subject" in table;
const isEffort = (table: AnyTable): table is EffortTable => table.rows.some((row) => "waited" in row);
if (flags.includes("--json")) {
  const plain = tables.map((table) =>
    isTimes(table) ? json(table) : isEffort(table) ? table : jsonOfSizes(table),
  );
  console.log(JSON.stringify(plain, null, 2));
} else {
  for (const table of tables)
    isTimes(table) ? print(table) : isEffort(table) ? printEffort(table) : printSizes(table);
}
