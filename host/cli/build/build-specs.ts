/** The tests of inner functions: `*.spec.ts` in `assembly/`, compiled with the plugin to a component of their own. */

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HotcellError } from "../../errors.ts";
import { pathFrom } from "../../text/paths.ts";
import { printName } from "../../wit/text/print-types.ts";
import { readWitFolder } from "../wit/wit-folder.ts";
import type { Asc } from "./asc.ts";
import { compile } from "./build-plugin.ts";
import { type PluginFolder, readBytes } from "./plugin-folder.ts";

/** Paths, in order. */
export async function findSpecs({ entry }: PluginFolder): Promise<string[]> {
  const folder = dirname(entry);
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith(".spec.ts"))
    .sort()
    .map((name) => join(folder, name));
}

/** Names, in WIT, of the functions that the component of the specs exports besides the plugin's. */
export const specFunctions = { list: "hotcell-spec-list", run: "hotcell-spec-run" };

/**
 * Builds the target debug, so that failures have names and lines. `world` is the plugin's, where it has several.
 * Throws `build-failed` after asc has said why.
 */
export async function buildSpecs(
  asc: Asc,
  plugin: PluginFolder,
  specs: readonly string[],
  world?: string,
): Promise<Uint8Array> {
  const folder = join(plugin.path, "build/specs");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(plugin.path, "wit"), join(folder, "wit"), { recursive: true });
  const included = printName(world ?? (await onlyWorld(plugin)));
  await writeFile(join(folder, "wit/hotcell-specs.wit"), specWorld(included));
  const entry = join(folder, "index.ts");
  const hasDefault = /^export (?:default |\{[^}]*\bas default\b)/m.test(await readFile(plugin.entry, "utf8"));
  await writeFile(entry, specEntry(folder, plugin, specs, hasDefault));
  const out = join(folder, "specs.wasm");
  const transform = new URL(
    `../../../guest-plugins/toolchain/spec-places${extname(import.meta.url)}`,
    import.meta.url,
  );
  await compile(asc, plugin, {
    entry,
    out,
    target: "debug",
    uses: { "hotcell.world": "hotcell-specs" },
    more: ["--lib", libraryFolder(), "--transform", fileURLToPath(transform)],
  });
  return readBytes(out);
}

async function onlyWorld(plugin: PluginFolder): Promise<string> {
  const { path, files } = await readWitFolder(plugin.path);
  const own = files.filter((file) => dirname(file.path) === path);
  const worlds = own.flatMap(({ text }) =>
    Array.from(text.matchAll(/(?<![\w%-])world\s+%?([\w-]+)\s*\{/g), ([, name]) => name!),
  );
  const [first] = worlds;
  if (first !== undefined && worlds.length === 1) return first;
  throw new HotcellError("build-option", `wit/ has ${worlds.length} worlds, and specs are built for one.`, {
    subject: "--world",
    expected: worlds.join(", "),
    remedy: `Name it: --world ${worlds.join(" or ")}`,
  });
}

function specWorld(included: string): string {
  return `// Written by hotcell test.
world hotcell-specs {
  include ${included};
  export ${specFunctions.list}: func() -> list<string>;
  export ${specFunctions.run}: func(index: s32);
}
`;
}

/** Apart from the text around it, in which it would look like an export of this file. */
const everything = "export *";

function specEntry(
  folder: string,
  plugin: PluginFolder,
  specs: readonly string[],
  hasDefault: boolean,
): string {
  const from = (file: string) => JSON.stringify(pathFrom(folder, file).replace(/\.ts$/, ""));
  return `// Written by hotcell test.
${everything} from ${from(plugin.entry)};
${hasDefault ? `export { default } from ${from(plugin.entry)};\n` : ""}${specs.map((file) => `import ${from(file)};\n`).join("")}import { listed, runListed } from "hotcell/spec";

export function hotcellSpecList(): string[] {
  return listed();
}

export function hotcellSpecRun(index: i32): void {
  runListed(index);
}
`;
}

/** Folder in which asc finds "hotcell/spec". */
function libraryFolder(): string {
  const own = findPackageJSON(import.meta.url);
  if (own === undefined) throw new Error("Hotcell's own package.json is missing");
  return join(dirname(own), "guest-plugins/assembly");
}
