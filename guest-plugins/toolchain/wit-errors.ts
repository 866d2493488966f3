import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { HotcellError } from "../../host/errors.ts";
import type { WasmTools } from "./wasm-tools.ts";

interface WitFile {
  readonly path: string;
  readonly text: string;
}

/**
 * What is wrong with a WIT folder, as an `invalid-wit` error. For folders wasm-tools often reports only which folder
 * failed, so the files are tried one by one, then all together as one source, until it says why.
 */
export function explainWitError(
  tools: WasmTools,
  witPath: string,
  world: string | undefined,
  error: unknown,
): HotcellError {
  const packages = readPackages(witPath);
  const { reason, at } = findReason(tools, packages, world, messageOf(error));
  const subject = at ?? locate(packages.flat(), reason) ?? shortPath(witPath);
  const remedy = remedyFor(reason, witPath);
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
    if (reason && syntaxError.test(reason)) return { reason, at: file.path };
  }
  return { reason: attempt(tools, packages.map(asNestedPackage).join("\n"), world) ?? message };
}

/** How wasm-tools begins to say that a file does not parse, as against that a name in it leads nowhere. */
const syntaxError = /^(expected|unexpected|unterminated|invalid|unclosed|found|escaped|control)/;

function remedyFor(reason: string, witPath: string): string | undefined {
  if (reason.startsWith("There are multiple worlds"))
    return "Choose one: add --use hotcell.world=NAME to the asc command.";
  if (/package '.*' not found/.test(reason)) {
    return `Put the package's WIT files into a folder under ${shortPath(join(witPath, "deps"))}.`;
  }
  return undefined;
}

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

/** The files of each package: the root's first, then one package a folder or file under `deps`. */
function readPackages(witPath: string): WitFile[][] {
  const packages = [readFolder(witPath)];
  const deps = join(witPath, "deps");
  if (statSync(deps, { throwIfNoEntry: false })?.isDirectory()) {
    for (const name of readdirSync(deps).sort()) {
      const path = join(deps, name);
      if (statSync(path).isDirectory()) packages.push(readFolder(path));
      else if (name.endsWith(".wit")) packages.push([readWit(path)]);
    }
  }
  return packages;
}

function readFolder(folder: string): WitFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".wit"));
  return names.sort().map((name) => readWit(join(folder, name)));
}

function readWit(path: string): WitFile {
  return { path: shortPath(path), text: readFileSync(path, "utf8") };
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

const packageLine = /^[ \t]*package\s+([^\s;{]+)\s*;/m;

function withPackage(text: string): string {
  return packageLine.test(text) ? text : `package local:file;\n${text}`;
}

function asNestedPackage(files: readonly WitFile[], index: number): string {
  const name = files.map((file) => packageLine.exec(file.text)?.[1]).find((found) => found !== undefined);
  const body = files.map((file) => file.text.replace(packageLine, "")).join("\n");
  return index === 0 ? `package ${name ?? "local:plugin"};\n${body}` : `package ${name} {\n${body}\n}`;
}

/** `file:line` of the name that a message quotes. */
function locate(files: readonly WitFile[], reason: string): string | undefined {
  const name = /[`']([^`'@]+)/.exec(reason)?.[1];
  if (!name) return undefined;
  for (const file of files) {
    const line = file.text.split("\n").findIndex((text) => text.replace(/\/\/.*/, "").includes(name));
    if (line >= 0) return `${file.path}:${line + 1}`;
  }
  return undefined;
}
