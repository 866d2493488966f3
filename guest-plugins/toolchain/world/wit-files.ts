/** Files of WIT as wasm-tools finds them: those of a folder, or one alone. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { shownPath } from "../../../host/text/paths.ts";

export interface WitFile {
  readonly path: string;
  readonly text: string;
}

/** The files of each package: the root's first, then one package a folder or file under `deps`. */
export function readPackages(witPath: string): WitFile[][] {
  if (isLone(witPath)) return [[readWit(witPath)]];
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

/** True for a file: what is beside it is not looked at. */
export function isLone(witPath: string): boolean {
  return statSync(witPath, { throwIfNoEntry: false })?.isFile() ?? false;
}

function readFolder(folder: string): WitFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".wit"));
  return names.sort().map((name) => readWit(join(folder, name)));
}

function readWit(path: string): WitFile {
  return { path: shownPath(path), text: readFileSync(path, "utf8") };
}
