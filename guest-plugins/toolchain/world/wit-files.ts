/** Files of a WIT folder, as wasm-tools finds them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { shownPath } from "../../../host/text/paths.ts";

export interface WitFile {
  readonly path: string;
  readonly text: string;
}

/** The files of each package: the root's first, then one package a folder or file under `deps`. */
export function readPackages(witPath: string): WitFile[][] {
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
  return { path: shownPath(path), text: readFileSync(path, "utf8") };
}
