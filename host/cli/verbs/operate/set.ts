import { parseLine, UsageError } from "../../command-line.ts";
import { canAsk, hidden } from "../../questions.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { configure, configureHelp, configureLine, configureOptions } from "./configure.ts";
import { jsonGiven } from "./json-given.ts";

const options = {
  unset: { type: "string", multiple: true },
  ...configureOptions,
  ...hostOptions,
} as const;

export const set: Verb = {
  help: `Usage: hotcell set NAME PATH=VALUE … [options]
       hotcell set NAME JSON|@FILE|- [options]

Changes settings: mode, placement, limits.fuel, env.KEY, routes, schedule … A VALUE is JSON, or else the text itself; those of
env are texts always. The second form is a merge patch, from the line, a file, or standard input.

  --unset PATH         take a setting back to its default; may be repeated
  --unset env.KEY      take a variable away
${configureHelp}
${hostHelp}

env.KEY without a value is a secret that is asked for: no list of processes or history of a shell has it, and no answer shows it.

Example: hotcell set greet limits.fuel=200000000 mode=fresh env.GREETING=Hi`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name, ...words] = given;
    if (name === undefined) throw new UsageError("NAME is missing.");
    const unset = values.unset ?? [];
    if (words.length === 0 && unset.length === 0)
      throw new UsageError("What is to be set? PATH=VALUE, or --unset PATH.");
    const host = remoteHost(values.url, values.token, process.env);
    await configure(host, name, await patchOf(words, unset), configureLine(values));
    return 0;
  },
};

/** Names that a merge patch would take for something else. */
const unsafe = new Set(["__proto__", "constructor", "prototype"]);

async function patchOf(words: readonly string[], unset: readonly string[]): Promise<object> {
  const [first = ""] = words;
  if (words.length === 1 && unset.length === 0 && /^(\{|@|-$)/.test(first))
    return jsonGiven(first, "The patch");
  const patch: Record<string, unknown> = {};
  for (const word of words) {
    const [, path, value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (path === undefined) throw new UsageError(`${JSON.stringify(word)} is no PATH=VALUE.`);
    put(patch, path, value === undefined ? await secretFor(path) : settingOf(path, value));
  }
  for (const path of unset) put(patch, path, null);
  return patch;
}

async function secretFor(path: string): Promise<object> {
  if (!path.startsWith("env.")) throw new UsageError(`${path} has no value: ${path}=VALUE.`);
  if (!canAsk()) throw new UsageError(`Nobody can be asked for ${path}: send {"env":{…}} on standard input.`);
  return { secret: await hidden(`Secret for ${path}`) };
}

function settingOf(path: string, text: string): unknown {
  if (path.startsWith("env.")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Variables and grants may have dots in their names; nothing else has. */
function put(patch: Record<string, unknown>, path: string, value: unknown): void {
  const parts = /^(env|grants|limits)\.(.+)$/s.exec(path)?.slice(1) ?? path.split(".");
  if (parts.some((part) => part === "" || unsafe.has(part)))
    throw new UsageError(`${JSON.stringify(path)} is no path of a setting.`);
  let group = patch;
  for (const part of parts.slice(0, -1)) {
    const there = group[part];
    const inner = typeof there === "object" && there !== null ? (there as Record<string, unknown>) : {};
    group[part] = inner;
    group = inner;
  }
  group[parts.at(-1)!] = value;
}
