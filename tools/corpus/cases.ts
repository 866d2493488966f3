/** The packages of a folder of WIT, and the worlds in them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface CorpusCase {
  /** `many-arguments.wit: the-world` */
  readonly name: string;
  /** The package: a folder, or one file. */
  readonly path: string;
  readonly world: string;
}

/**
 * Every top-level `.wit` and each subfolder with WIT files is a package, every world in it a case; subfolders without
 * are looked into. A folder with a `deps` folder is one package itself. Worlds are found without resolving anything, so
 * what does not parse is a case too.
 */
export function findCases(folder: string, prefix = ""): CorpusCase[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.some((entry) => entry.isDirectory() && entry.name === "deps"))
    return casesOf(folder, prefix || ".", witFiles(folder));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = join(prefix, entry.name);
    if (!entry.isDirectory()) return entry.name.endsWith(".wit") ? casesOf(path, name, [path]) : [];
    const files = witFiles(path);
    return files.length ? casesOf(path, name, files) : findCases(path, name);
  });
}

function witFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".wit"))
    .sort()
    .map((name) => join(folder, name));
}

function casesOf(path: string, name: string, files: readonly string[]): CorpusCase[] {
  const worlds = files.flatMap((file) => worldsOf(readFileSync(file, "utf8")));
  return worlds.map((world) => ({ name: `${name}: ${world}`, path, world }));
}

/** The worlds that a document declares: plain names, and full ids of those in nested packages. */
export function worldsOf(text: string): string[] {
  const worlds: string[] = [];
  let depth = 0;
  let nested: string | undefined;
  const tokens = withoutComments(text).matchAll(/[{}]|\b(package|world)\s+%?([^\s;{]+)\s*(?=[;{])/g);
  for (const [token, keyword, id = ""] of tokens) {
    if (token === "{") depth++;
    else if (token === "}") depth--;
    else if (keyword === "package") nested = depth === 0 ? id : nested;
    else if (depth === 0) worlds.push(id);
    else if (depth === 1 && nested) worlds.push(worldId(nested, id));
  }
  return worlds;
}

/** `a:b@1.0.0` and `w` → `a:b/w@1.0.0`. */
function worldId(pkg: string, world: string): string {
  const [name, version] = pkg.split("@");
  return `${name}/${world}${version === undefined ? "" : `@${version}`}`;
}

function withoutComments(text: string): string {
  let rest = text.replaceAll(/\/\/.*/g, "");
  // Block comments nest: the innermost first.
  for (let before = ""; before !== rest; ) {
    before = rest;
    rest = rest.replaceAll(/\/\*(?:(?!\/\*|\*\/)[\s\S])*\*\//g, " ");
  }
  return rest;
}
