/** Packages that the host offers, with its own: `hotcell:plugin`, whose interfaces plugins export. */
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
  return [...offeredPackages(), await pluginPackage()];
}

async function pluginPackage(): Promise<OfferedPackage> {
  const own = findPackageJSON(import.meta.url);
  if (own === undefined) throw new Error("Hotcell's own package.json is missing");
  const text = await readFile(join(dirname(own), "wit/plugin.wit"), "utf8");
  const newest = declaredVersion(text);
  return {
    name: "hotcell:plugin",
    newest,
    versions: newest,
    interfaces: interfacesOf(text).map((name) => ({ name, exported: true })),
    needs: [],
    supports: (version) => version === newest,
    wit: () => text,
  };
}
