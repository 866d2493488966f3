/** A plugin's `wit/` as its packages lie there: its own files, and one folder or file a package under `deps`. */

import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { HotcellError } from "../../errors.ts";
import { shownPath } from "../../text/paths.ts";

export interface WitText {
  readonly path: string;
  /** Comments are blank. */
  readonly text: string;
  /** Packages that the file declares: `wasi:io@0.2.0`. */
  readonly declares: readonly string[];
}

export interface WitFolder {
  readonly path: string;
  readonly files: readonly WitText[];
  /** `name@version` of what `use` and `import` and the like refer to, in the order it comes. */
  readonly mentioned: readonly string[];
}

/** Throws `no-wit` where the plugin's folder has no `wit`. */
export async function readWitFolder(plugin: string): Promise<WitFolder> {
  const path = join(plugin, "wit");
  if (!(existsSync(path) && (await stat(path)).isDirectory())) {
    throw new HotcellError("no-wit", `${shownPath(plugin)} is no plugin: it has no wit folder.`, {
      subject: shownPath(path),
      remedy: "Go to the plugin's folder, name it with --in DIR, or begin a plugin with: hotcell new NAME",
    });
  }
  const files = await Promise.all((await witFiles(path)).map(readWit));
  const references = /(?<![\w:-])([a-z][a-z0-9-]*:[a-z][a-z0-9-]*)\/%?[\w-]+@([0-9a-zA-Z.+-]*[0-9a-zA-Z])/g;
  const mentioned = files.flatMap(({ text }) =>
    Array.from(text.matchAll(references), ([, name, version]) => `${name}@${version}`),
  );
  return { path, files, mentioned: [...new Set(mentioned)] };
}

/** The plugin's own come first. Those that wasm-tools reads: no deeper than a folder under `deps`. */
async function witFiles(path: string): Promise<string[]> {
  const deps = join(path, "deps");
  const below = await Promise.all((await namesIn(deps)).map(async (name) => filesIn(join(deps, name))));
  return [...(await filesIn(path)), ...below.flat()];
}

async function filesIn(path: string): Promise<string[]> {
  if (path.endsWith(".wit")) return [path];
  const names = (await namesIn(path)).filter((name) => name.endsWith(".wit"));
  return names.map((name) => join(path, name));
}

async function namesIn(folder: string): Promise<string[]> {
  const isFolder = existsSync(folder) && (await stat(folder)).isDirectory();
  return isFolder ? (await readdir(folder)).sort() : [];
}

async function readWit(path: string): Promise<WitText> {
  const text = withoutComments(await readFile(path, "utf8"));
  const declares = Array.from(text.matchAll(/(?<![\w%-])package\s+([^\s;{]+)\s*[;{]/g), ([, id]) => id!);
  return { path, text, declares };
}

export function withoutComments(wit: string): string {
  return wit.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
}
