#!/usr/bin/env node
// The `hotcell` command. Plain JavaScript without imports at first, so that an older Node gets to say what is wrong.
import { existsSync } from "node:fs";

const needed = 24;
const running = process.versions.node;

if (Number(running.split(".")[0]) < needed) {
  console.error(
    `hotcell needs Node ${needed} or newer; this is Node ${running} (${process.execPath}).\n` +
      "Install one beside it and run hotcell through npx: npm install node && npx hotcell serve",
  );
  process.exitCode = 1;
} else {
  // In a checkout the TypeScript source; in the npm package, where Node strips no types, the compiled file.
  const source = new URL("./run.ts", import.meta.url);
  const compiled = new URL("../../dist/host/cli/run.js", import.meta.url);
  const { run } = await import((existsSync(source) ? source : compiled).href);
  process.exitCode = await run(process.argv.slice(2));
}
