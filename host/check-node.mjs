// What npm scripts of a checkout run first.
import process from "node:process";
import { tooOld } from "./entry/needed-node.mjs";

const problem = tooOld();
if (problem) {
  console.error(
    [
      problem,
      "Its own Node comes with its packages, and npm scripts use that one. Either it is not installed yet:",
      "",
      "  npm ci        (without --ignore-scripts: the package `node` fetches its binary by an install script)",
      "",
      "or this was not started through npm. Use `npm start`, `npm test`, or put node_modules/.bin first in PATH.",
    ].join("\n"),
  );
  process.exit(1);
}
