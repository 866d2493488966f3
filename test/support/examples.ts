import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { examplePlugins } from "../../guest-plugins/build.ts";
import { readFilesFolder } from "../../host/cli/build/files-folder.ts";
import { needsOf } from "../../host/cli/build/needs.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { Registry } from "../../host/registry/api.ts";
import { type Checks, parseChecks } from "../../host/registry/deploy/checks.ts";

const root = new URL("../../", import.meta.url);

/** The bytes of a built example plugin (`npm test` builds them first). */
export function exampleWasm(name: string): Uint8Array {
  return readFileSync(examplePath(name));
}

export function examplePath(name: string): string {
  return fileURLToPath(new URL(`build/${name}.wasm`, root));
}

/** What an example imports that no capability offers: then it is for other hosts. */
export function foreignImports(name: string): string[] {
  const needs = needsOf(inspectComponent(exampleWasm(name)).world);
  return needs.flatMap((need) =>
    need.problem === undefined && need.grant !== "plugins" ? [] : [need.import],
  );
}

/** Checks of an example: of its `calls.json`, or else of its `requests.json`. */
export function exampleChecks(name: string): Checks {
  const files = ["calls.json", "requests.json"].map((file) => new URL(`guest-plugins/${name}/${file}`, root));
  return parseChecks(JSON.parse(readFileSync(files.find((file) => existsSync(file))!, "utf8")));
}

/** Plugins that an example's own settings link it to. */
export function linksOf(name: string): string[] {
  const grants: { readonly plugins?: object } = exampleChecks(name).settings?.grants ?? {};
  return Object.values(grants.plugins ?? {});
}

/** Names of all examples that this host runs, what others link to first. `merchant` is for hosts that have its database. */
export async function runnableExamples(): Promise<readonly string[]> {
  const all = await examplePlugins();
  const runnable = all.filter((name) => foreignImports(name).length === 0 || linksOf(name).length > 0);
  return runnable.sort((a, b) => linksOf(a).length - linksOf(b).length);
}

/** Deploys an example with its settings and files. */
export async function deployExample(registry: Registry, name: string): Promise<void> {
  const { settings = {} } = exampleChecks(name);
  const folder = new URL(`../../guest-plugins/${name}/files`, import.meta.url);
  const files = await readFilesFolder(fileURLToPath(folder));
  await registry.deploy(name, exampleWasm(name), { settings, files });
}
