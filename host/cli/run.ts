import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { HotcellError } from "../errors.ts";
import { raisePoolThreads } from "../platform/pool-threads.ts";
import { stackDepth } from "../platform/stack-depth.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import { ClosedPipe } from "./closed-pipe.ts";
import { requireText, UsageError } from "./command-line.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { report } from "./report.ts";
import { print, printError } from "./terminal.ts";
import { verbs } from "./verbs/verbs.ts";

/** Runs a command line without the program's name; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  Error.stackTraceLimit = stackDepth;
  raisePoolThreads();
  const [first, ...rest] = args;
  if (first === undefined) {
    printError(overview());
    return 2;
  }
  if (first === "--version" || first === "-v") {
    print(await version());
    return 0;
  }
  if (first === "--help" || first === "-h" || first === "help") return help(rest[0]);
  // Every verb has it.
  const json = beforeDashes(rest).includes("--json");
  const entry = verbs.get(first);
  if (!entry) return unknown(first, json);
  const verb = await entry.load();
  if (beforeDashes(rest).some((arg) => arg === "--help" || arg === "-h")) return help(first);
  using _ = new ClosedPipe(first !== "serve");
  try {
    requireText(rest);
    return await verb.run(rest);
  } catch (error) {
    if (error instanceof UsageError) return wrongLine(error.message, `hotcell ${first} --help`, json);
    report(error, { json });
    if (!isOfCommandLine(error)) return verb.operates ? exitCodeOf(error) : exitCodes.failed;
    if (!json) printError(`See: hotcell ${first} --help`);
    return exitCodes.line;
  }
}

/** Says what is wrong with the line itself, and where to look. */
function wrongLine(detail: string, see: string, json: boolean): number {
  if (json) report(new HotcellError("bad-request", detail, { remedy: `See: ${see}` }), { json });
  else printError(`${detail}\nSee: ${see}`);
  return exitCodes.line;
}

/** Arguments that may be options: what is behind `--` is none. */
function beforeDashes(args: readonly string[]): readonly string[] {
  const at = args.indexOf("--");
  return at < 0 ? args : args.slice(0, at);
}

/** A value that an option of the line has; the same one of a variable is the surroundings' fault. */
function isOfCommandLine(error: unknown): boolean {
  return (
    error instanceof HotcellError &&
    error.code === "bad-settings" &&
    (error.facts.subject?.startsWith("--") ?? false)
  );
}

async function help(name: string | undefined): Promise<number> {
  const entry = name === undefined ? undefined : verbs.get(name);
  if (name !== undefined && !entry) return unknown(name, false);
  print(entry ? (await entry.load()).help : overview());
  return 0;
}

function unknown(name: string, json: boolean): number {
  const near = nearest(name, verbs.keys());
  const hint = didYouMean(near) ?? `There is: ${[...verbs.keys()].join(", ")}.`;
  return wrongLine(`hotcell has no verb ${JSON.stringify(name)}. ${hint}`, "hotcell --help", json);
}

function overview(): string {
  const width = Math.max(...[...verbs.keys()].map((name) => name.length));
  const lines = [...verbs].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: hotcell VERB [options]

${lines.join("\n")}

  hotcell VERB --help   what a verb does
  hotcell --version     the version`;
}

async function version(): Promise<string> {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error("Hotcell's own package.json is missing");
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}
