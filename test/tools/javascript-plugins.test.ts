import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const main = join(import.meta.dirname, "../../tools/third-party/main.ts");

// The toolchain loads packages in a way that only Node's own loader knows.
it.each([
  ["an interpreter in Rust", "quickjs", "text"],
  ["SpiderMonkey with all that it imports", "js", "system"],
])("JavaScript runs as a plugin, by %s", { timeout: 600_000 }, async (_, name, world) => {
  const { stdout } = await run(process.execPath, [main, name, world]);
  expect(stdout).toContain(`${name} ${world}: `);
});
