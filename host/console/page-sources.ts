/** Parts that the console's page is made of, for whoever serves or bundles them. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Folder of the page's sources. */
export const pageFolder = fileURLToPath(new URL("page/", import.meta.url));

/** Style sheets of the page, in the order in which they apply. */
const sheets = ["tokens", "base", "shell", "parts", "views", "actions"];

/** Modules of packages that the page imports, by what it imports them as: their files in `node_modules`. */
export const packageModules: ReadonlyMap<string, string> = new Map([
  ["preact", "preact/dist/preact.mjs"],
  ["preact/hooks", "preact/hooks/dist/hooks.mjs"],
  ["htm", "htm/dist/htm.mjs"],
  ["@preact/signals-core", "@preact/signals-core/dist/signals-core.mjs"],
  ["@preact/signals", "@preact/signals/dist/signals.mjs"],
  ["uplot", "uplot/dist/uPlot.esm.js"],
]);

/** Absolute path of a file in `node_modules`, where the page's packages are: in a checkout. */
export function inPackages(file: string): string {
  const [, name = "", rest = ""] = /^((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(file) ?? [];
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  // Their package.json lets nobody resolve each of their files by name.
  return `${folders.find((folder) => existsSync(`${folder}/${name}`)) ?? folders[0]}/${name}/${rest}`;
}

/** The page's one style sheet. */
export async function styleSheet(): Promise<string> {
  const files = [
    inPackages("uplot/dist/uPlot.min.css"),
    ...sheets.map((name) => `${pageFolder}/styles/${name}.css`),
  ];
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
}
