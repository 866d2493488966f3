/** `npm run bench -- NAME [--json]`: runs `bench/NAME.ts`, whose `run` gives tables. */
import { readdir } from "node:fs/promises";
import { json, jsonOfSizes, print, printSizes, type SizeTable, type Table } from "./support/table.ts";

const [name, ...flags] = process.argv.slice(2);
const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.slice(0, -3));
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [--json]   (${names.join(", ")})`);
  process.exit(2);
}
const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<(Table | SizeTable)[]> };
const tables = await run();
const isTimes = (table: Table | SizeTable): table is Table => "subject" in table;
if (flags.includes("--json"))
  console.log(
    JSON.stringify(
      tables.map((table) => (isTimes(table) ? json(table) : jsonOfSizes(table))),
      null,
      2,
    ),
  );
else for (const table of tables) isTimes(table) ? print(table) : printSizes(table);
