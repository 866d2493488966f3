/**
 * Bundles of our own programs, for a checkout: `tools/bundle` makes them of the sources, and a program that is one file starts in
 * a quarter of the time that hundreds take, whose types are stripped. In the npm package bundles lie in the programs' own places.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../", import.meta.url));

/** Folder of the bundles, each named for its program. */
export const bundleFolder = fileURLToPath(new URL("../../build/programs/", import.meta.url));

/** Milliseconds at which a source changed last, or one was added, renamed or removed. */
let changed: number | undefined;

/** The bundle of the program of that name; undefined where there is none that may be read, or a source has changed since it was made. */
export function ownBundle(name: string): string | undefined {
  const file = join(bundleFolder, `${name}.mjs`);
  try {
    const made = statSync(file).mtimeMs;
    changed ??= lastChange();
    return changed < made ? file : undefined;
  } catch {
    return undefined;
  }
}

function lastChange(): number {
  const entries = readdirSync(sources, { recursive: true, encoding: "utf8" });
  return Math.max(...["", ...entries].map((path) => statSync(join(sources, path)).mtimeMs));
}
