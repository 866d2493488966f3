/** Packages that the host offers, with its own, whose interfaces plugins export: `hotcell:plugin`, and `hotcell:filter` for apps of embedders. */
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import {
  declaredVersion,
  interfacesOf,
  type OfferedPackage,
  offeredPackages,
} from "../../capabilities/offered-wit.ts";

export async function allPackages(): Promise<OfferedPackage[]> {
  return [...offeredPackages(), await exportedPackage("plugin"), await exportedPackage("filter")];
}

async function exportedPackage(file: string): Promise<OfferedPackage> {
  const own = findPackageJSON(import.meta.url);
  if (own === undefined) throw new Error("Hotcell's own package.json is missing");
  const text = await readFile(join(dirname(own), `wit/${file}.wit`), "utf8");
  const newest = declaredVersion(text);
  return {
    name: `hotcell:${file}`,
    newest,
    versions: newest,
    interfaces: interfacesOf(text).map((name) => ({ name, ...(name !== "types" && { exported: true }) })),
    needs: [],
    supports: (version) => version === newest,
    wit: () => text,
  };
}
