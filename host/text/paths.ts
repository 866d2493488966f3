/**
 * Paths where they leave Node's own functions: shown to people, written into sources, given to WASI programs. One
 * function for each, and the system's rules as an argument, so that both systems' are tested on either.
 */
import system from "node:path";

/** Node's `path`, `path.win32` or `path.posix`. */
type Rules = Pick<typeof system, "sep" | "relative" | "resolve" | "isAbsolute">;

/** A path as people at a terminal in `from` would write it: relative below it, else absolute; `.` for itself. */
export function shownPath(path: string, from = process.cwd(), { relative, sep }: Rules = system): string {
  const short = relative(from, path);
  // A folder may be called `..b`.
  return short === ".." || short.startsWith(`..${sep}`) ? path : short || ".";
}

/** Path with slashes between its parts, as sources, URLs and asc write it. A backslash is part of a name elsewhere. */
export function slashed(path: string, { sep }: Rules = system): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** The path of `path` as seen from `folder`, slashed; absolute where that is on another drive. */
export function pathFrom(folder: string, path: string, rules: Rules = system): string {
  return slashed(rules.relative(folder, path), rules);
}

/** Path of `path` as an import of another file is written, which begins with a dot. */
export function importPath(folder: string, path: string, rules: Rules = system): string {
  const found = pathFrom(folder, path, rules);
  return found.startsWith(".") || rules.isAbsolute(found) ? found : `./${found}`;
}

/**
 * The path for a program that has the whole file system as WASI's root `/`. Windows' drives are below it only under the
 * prefix by which Windows takes paths as they are.
 */
export function wasiPath(path: string, { resolve, sep }: Rules = system): string {
  return sep === "/" ? resolve(path) : `//?/${resolve(path)}`;
}
