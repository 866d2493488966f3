// Plain JavaScript, because an older Node can't even read the rest: it must be the one to say so.
const needed = 24;
const running = process.versions.node;

if (Number(running.split(".")[0]) < needed) {
  console.error(
    [
      `Hotcell needs Node ${needed} or newer; this is Node ${running} (${process.execPath}).`,
      "Its own Node comes with its packages, and npm scripts use that one. Either it is not installed yet:",
      "",
      "  npm ci        (without --ignore-scripts: the package `node` fetches its binary by an install script)",
      "",
      "or this was not started through npm. Use `npm start`, `npm test`, or put node_modules/.bin first in PATH.",
    ].join("\n"),
  );
  process.exit(1);
}
