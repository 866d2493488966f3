#!/usr/bin/env node
// Imports nothing at first, so that an older Node gets to say what is wrong.
const needed = 24;
const running = process.versions.node;

if (Number(running.split(".")[0]) < needed) {
  console.error(
    `hotcell needs Node ${needed} or newer; this is Node ${running} (${process.execPath}).\n` +
      "Install one beside it and run hotcell through npx: npm install node && npx hotcell serve",
  );
  process.exitCode = 1;
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2));
}

export {};
