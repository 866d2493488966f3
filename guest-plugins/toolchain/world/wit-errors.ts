import { join } from "node:path";
import { HotcellError } from "../../../host/errors.ts";
import { shownPath } from "../../../host/text/paths.ts";
import type { WasmTools } from "../wasm-tools.ts";
import { isHosts, witCommand } from "./wit-command.ts";
import { isLone, readPackages, type WitFile } from "./wit-files.ts";

/**
 * Explanation of what is wrong with a WIT folder, as an `invalid-wit` error. For folders wasm-tools often reports only
 * which folder failed, so the files are tried one by one, then all together as one source, until it says why.
 */
export function explainWitError(
  tools: WasmTools,
  witPath: string,
  world: string | undefined,
  error: unknown,
): HotcellError {
  const packages = readPackages(witPath);
  const found = findReason(tools, packages, world, messageOf(error));
  const reason = found.reason.replace(/\. known packages:[\s\S]*$/, "");
  const subject = found.at ?? locate(packages.flat(), reason) ?? shownPath(witPath);
  const remedy = remedyFor(reason, witPath, packages);
  return new HotcellError("invalid-wit", `${subject}: ${reason}`, {
    subject,
    cause: error,
    ...(remedy && { remedy }),
  });
}

function findReason(
  tools: WasmTools,
  packages: readonly WitFile[][],
  world: string | undefined,
  message: string,
): { reason: string; at?: string } {
  if (!message.startsWith("failed to parse")) return { reason: message };
  for (const file of packages.flat()) {
    const reason = attempt(tools, withPackage(file.text));
    if (reason && syntaxError.test(reason))
      return { reason, at: file.path + placeOfSyntaxError(tools, file.text, reason) };
  }
  return { reason: attempt(tools, packages.map(asNestedPackage).join("\n"), world) ?? message };
}

/** Words by which wasm-tools begins to say that a file does not parse, as against that a name in it leads nowhere. */
const syntaxError = /^(expected|unexpected|unterminated|invalid|unclosed|found|escaped|control)/;

/**
 * `:line:column` of the word at which wasm-tools stops, which it does not tell. Cut off before that word a document
 * ends too early; cut off after it, it has the same error as the whole: so the place can be searched for.
 */
function placeOfSyntaxError(tools: WasmTools, text: string, reason: string): string {
  const words = [...text.matchAll(/\/\/.*|\/\*[\s\S]*?\*\/|%?[\w-]+|\S/g)];
  const endOf = (i: number) => words[i]!.index + words[i]![0].length;
  const fails = (i: number) => attempt(tools, withPackage(text.slice(0, endOf(i)))) === reason;
  let [low, high] = [0, words.length - 1];
  if (high < 0 || !fails(high)) return "";
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fails(middle)) high = middle;
    else low = middle + 1;
  }
  return position(text, words[low]!.index);
}

/** `:line:column`, both from 1. */
function position(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `:${lines.length}:${lines.at(-1)!.length + 1}`;
}

function remedyFor(reason: string, witPath: string, packages: readonly WitFile[][]): string | undefined {
  if (reason.startsWith("There are multiple worlds"))
    return "Choose one: add --use hotcell.world=NAME to the asc command.";
  if (/^World `.*` not found/.test(reason)) {
    const text = (packages[0] ?? []).map((file) => withoutComments(file.text)).join("\n");
    const worlds = Array.from(text.matchAll(/^\s*world\s+%?([\w-]+)/gm), ([, name]) => name);
    return `Its worlds: ${worlds.join(", ")}.`;
  }
  if (reason.endsWith("contains no worlds"))
    return "Add one that says what the plugin imports and exports: world plugin { export run: func(); }";
  const keyword = /^expected an identifier.*found keyword `(.+)`$/.exec(reason)?.[1];
  if (keyword) return `As a name write %${keyword}, because ${keyword} is a word of WIT's own.`;
  const missing = /package '(.*)' not found/.exec(reason)?.[1];
  if (missing === undefined) return undefined;
  if (isLone(witPath))
    return `Name the folder of ${shownPath(witPath)} instead, with ${missing} in its deps.`;
  const deps = shownPath(join(witPath, "deps"));
  const others = packages.slice(1).flatMap((files) => packageName(files) ?? []);
  const other = others.find((name) => name.split("@")[0] === missing.split("@")[0]);
  const command = isHosts(missing) ? `: ${witCommand(witPath, missing)}` : undefined;
  return other
    ? `${deps} has ${other}: use that version, or put ${missing} there${command ?? "."}`
    : command
      ? `Put what the host offers of it into ${deps}${command}`
      : `Put the package's WIT files into a folder under ${deps}.`;
}

/** The same error for authors: which WIT says it, and that it is the world's and not the binary's. */
export function explainUnsupported(witPath: string, error: HotcellError): HotcellError {
  const feature = error.facts.subject ?? "";
  const word = Object.entries(unsupportedWords).find(([start]) => feature.startsWith(start))?.[1];
  const files = readPackages(witPath).flat();
  const at = (word && locateWord(files, word)) ?? shownPath(witPath);
  return new HotcellError(
    "unsupported-feature",
    `${at}: the world uses ${feature}, which AssemblyScript components can't have.`,
    {
      subject: feature,
      remedy: "Leave it out of the world: plugins use the synchronous component model (WASI 0.2).",
      cause: error,
    },
  );
}

/** Words of the decoder → how an author writes what they mean. */
const unsupportedWords: Readonly<Record<string, RegExp>> = {
  async: /\basync\b/,
  stream: /\bstream\b/,
  future: /\bfuture\b/,
  "error-context": /\berror-context\b/,
};

function attempt(tools: WasmTools, witSource: string, world?: string): string | undefined {
  try {
    tools.componentEmbed({ witSource, ...(world !== undefined && { world }) });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const packageLine = /^[ \t]*package\s+([^\s;{]+)\s*;/m;

function withPackage(text: string): string {
  return packageLine.test(text) ? text : `package local:file;\n${text}`;
}

function packageName(files: readonly WitFile[]): string | undefined {
  return files.map((file) => packageLine.exec(file.text)?.[1]).find((found) => found !== undefined);
}

function asNestedPackage(files: readonly WitFile[], index: number): string {
  const name = packageName(files);
  const body = files.map((file) => file.text.replace(packageLine, "")).join("\n");
  return index === 0 ? `package ${name ?? "local:plugin"};\n${body}` : `package ${name} {\n${body}\n}`;
}

/** `file:line:column` of the name that a message quotes. */
function locate(files: readonly WitFile[], reason: string): string | undefined {
  if (reason.includes("record needs at least one field"))
    return locateWord(files, /(?<=\brecord\s+)[%\w-]+(?=\s*\{\s*\})/);
  if (reason.includes("flags can't have more than 32"))
    return locateWord(files, /(?<=\bflags\s+)[%\w-]+(?=\s*\{(?:[^},]*,){32}\s*[%\w])/);
  // Not the package, where it is another name that leads nowhere.
  const name = /[`']([^`'@]+)/.exec(reason)?.[1];
  if (!name) return undefined;
  const escaped = name.replaceAll(/[^\w-]/g, "\\$&");
  return locateWord(files, new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`));
}

function locateWord(files: readonly WitFile[], word: RegExp): string | undefined {
  for (const { path, text } of files) {
    const found = word.exec(withoutComments(text));
    if (found) return path + position(text, found.index);
  }
  return undefined;
}

/** Blanks in the place of comments, so that nothing moves. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
}
