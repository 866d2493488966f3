/** Threads of Node's own in programs of ours. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

/** Program that runs the command line, and then counts the threads that begin with the first work for them. */
const program = `
  import { pbkdf2 } from "node:crypto";
  import { readdirSync } from "node:fs";
  import { run } from "./host/cli/run.ts";
  const threads = () => readdirSync("/proc/self/task").length;
  const before = threads();
  await run(["--version"]);
  await new Promise((resolve) => pbkdf2("a", "b", 1, 32, "sha256", resolve));
  console.log(threads() - before);`;

it.runIf(process.platform === "linux").each([
  [undefined, "16"],
  ["3", "3"],
])("are more than Node's where the environment says %s", (asked, threads) => {
  const { UV_THREADPOOL_SIZE: _, ...rest } = process.env;
  const env = { ...rest, ...(asked !== undefined && { UV_THREADPOOL_SIZE: asked }) };
  const args = ["--input-type=module-typescript", "--eval", program];
  const told = execFileSync(process.execPath, args, { env, encoding: "utf8" });
  expect(told.trim().split("\n").at(-1)).toBe(threads);
});
