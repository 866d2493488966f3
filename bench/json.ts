/** What a call's JSON costs the host beside parsing and printing it: checking and converting by the WIT types. */
import { exportedFunctions } from "../host/wit/exports.ts";
import { JsonTypes } from "../host/wit/json/json-function.ts";
import { echo, eight, row } from "./support/guests.ts";
import { measure } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

export async function run(): Promise<Table[]> {
  const types = new Map(exportedFunctions(echo.world).map(({ key, type }) => [key, type]));
  const json = new JsonTypes();
  const cases = [
    ["string of 5 characters", "utf16", "hello"],
    ["record of 8 fields", "eight", eight],
    ["list of 100 records", "rows", Array.from({ length: 100 }, (_, i) => row(i))],
  ] as const;
  const arriving: Table["rows"][number][] = [];
  const leaving: Table["rows"][number][] = [];
  for (const [name, key, value] of cases) {
    const edge = json.function(types.get(key)!);
    const text = JSON.stringify([value]);
    arriving.push({
      name,
      nanoseconds: measure([
        { name: "JSON.parse", run: () => JSON.parse(text) },
        { name: "arguments", run: () => edge.arguments(JSON.parse(text)) },
      ]),
    });
    leaving.push({
      name,
      nanoseconds: measure([
        { name: "JSON.stringify", run: () => JSON.stringify(value) },
        { name: "result", run: () => JSON.stringify(edge.result(value)) },
      ]),
    });
  }
  return [
    { title: "Arguments from JSON", subject: "JSON.parse", rows: arriving },
    { title: "A result to JSON", subject: "JSON.stringify", rows: leaving },
  ];
}
