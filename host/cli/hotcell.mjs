#!/usr/bin/env node
// The `hotcell` command. Plain JavaScript, so that an older Node gets to say what is wrong.
import { existsSync } from "node:fs";
import process from "node:process";
import { tooOld } from "../entry/needed-node.mjs";

const problem = tooOld();
if (problem) {
  const [verb = "serve", ...args] = process.argv.slice(2);
  const line = [verb, ...args].join(" ");
  const remedy = `Install one beside it and run hotcell through npx: npm install node && npx hotcell ${line}`;
  if (!args.includes("--json")) console.error(`${problem}\n${remedy}`);
  else if (verb === "doctor")
    console.log(
      JSON.stringify(
        { ok: false, findings: [{ name: "node", state: "wrong", found: problem, remedy }] },
        null,
        2,
      ),
    );
  else console.error(JSON.stringify({ code: "tool-missing", detail: problem, remedy }));
  process.exitCode = 1;
} else {
  // In a checkout the TypeScript source; in the npm package, where Node strips no types, the compiled file.
  const source = new URL("./run.ts", import.meta.url);
  const compiled = new URL("../../dist/host/cli/run.js", import.meta.url);
  const { run } = await import((existsSync(source) ? source : compiled).href);
  process.exitCode = await run(process.argv.slice(2));
}
