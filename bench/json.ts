/** What a call's JSON costs the host beside parsing and printing it: checking and converting by the WIT types. */
import { exportedFunctions } from "../host/wit/exports.ts";
import { argumentsFromJson, resultToJson } from "../host/wit/json.ts";
import { recordCode } from "../host/wit/record-copies.ts";
import { echo } from "./support/guests.ts";
import { measure } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const eight = { a: 7, b: -7, c: 1.5, d: true, e: 200, f: "é", g: 0.5, h: 60_000 };
const row = (i: number) => ({ id: i, name: `item ${i}`, price: i * 1.25, active: i % 2 === 0 });

export async function run(): Promise<Table[]> {
  // As compiling a component does.
  await recordCode.prepare([Object.keys(eight), Object.keys(row(0))]);
  const types = new Map(exportedFunctions(echo.world).map(({ key, type }) => [key, type]));
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
