import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** Version of Hotcell itself; undefined where its package is not there, as in a bundle. */
export function ownVersion(): string | undefined {
  try {
    const file = findPackageJSON(import.meta.url);
    const { name, version } = JSON.parse(readFileSync(file!, "utf8")) as { name: string; version: string };
    return name === "hotcell" ? version : undefined;
  } catch {
    return undefined;
  }
}
