/** What a call's JSON costs the host beside parsing and printing it: checking and converting by the WIT types. */
import { exportedFunctions } from "../host/wit/exports.ts";
import { argumentsFromJson, resultToJson } from "../host/wit/json/json.ts";
import { recordConversions } from "../host/wit/values/conversion-copies.ts";
import { echo, eight, row } from "./support/guests.ts";
import { measure } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

export async function run(): Promise<Table[]> {
  const types = new Map(exportedFunctions(echo.world).map(({ key, type }) => [key, type]));
  // As starting a plugin does.
  recordConversions.prepare(types.values());
  const cases = [
    ["string of 5 characters", "utf16", "hello"],
    ["record of 8 fields", "eight", eight],
    ["list of 100 records", "rows", Array.from({ length: 100 }, (_, i) => row(i))],
  ] as const;
  const arriving: Table["rows"][number][] = [];
  const leaving: Table["rows"][number][] = [];
  for (const [name, key, value] of cases) {
    const type = types.get(key)!;
    const text = JSON.stringify([value]);
    arriving.push({
      name,
      nanoseconds: measure([
        { name: "JSON.parse", run: () => JSON.parse(text) },
        { name: "arguments", run: () => argumentsFromJson(type, JSON.parse(text)) },
      ]),
    });
    leaving.push({
      name,
      nanoseconds: measure([
        { name: "JSON.stringify", run: () => JSON.stringify(value) },
        { name: "result", run: () => JSON.stringify(resultToJson(type.result, value)) },
      ]),
    });
  }
  return [
    { title: "Arguments from JSON", subject: "JSON.parse", rows: arriving },
    { title: "A result to JSON", subject: "JSON.stringify", rows: leaving },
  ];
}
