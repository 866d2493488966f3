/** The example plugins of this repository, as `npm start` deploys them and shows them off. */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HotcellError } from "../errors.ts";
import { parseJson } from "../http/json-text.ts";
import type { Registry } from "../registry/api.ts";
import { type Checks, parseChecks } from "../registry/checks.ts";
import { liveSettings } from "./live-settings.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Example {
  readonly plugin: string;
  /** The built component. */
  readonly file: string;
  /** 1 unless the folder says `-v2` and so on: several builds of one plugin. */
  readonly build: number;
  readonly checks: Checks;
}

/** Every folder of `guest-plugins` whose build exists, first builds first. */
export async function findExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for (const name of (await readdir(join(root, "guest-plugins"))).sort()) {
    const file = join(root, "build", `${name}.wasm`);
    const checks = join(root, "guest-plugins", name, "calls.json");
    if (!existsSync(file) || !existsSync(checks)) continue;
    const [, plugin = name, build = "1"] = /^(.+)-v(\d+)$/.exec(name) ?? [];
    const parsed = parseChecks(parseJson(await readFile(checks), checks));
    examples.push({ plugin, file, build: Number(build), checks: parsed });
  }
  return examples.sort((a, b) => a.build - b.build);
}

/** An example for other hosts: it imports what this one can't supply. */
export interface ForeignExample {
  readonly plugin: string;
  /** A sentence that names the imports. */
  readonly reason: string;
}

/**
 * Deploys each plugin's first build, with the settings of its checks. A plugin that is there already, from an earlier
 * start, stays what its owner made of it. Gives those that this host can't run.
 */
export async function deployExamples(
  registry: Registry,
  examples: readonly Example[],
): Promise<ForeignExample[]> {
  const foreign: ForeignExample[] = [];
  const there = new Set(registry.list().map(({ name }) => name));
  for (const { plugin, file, build, checks } of examples) {
    if (build !== 1 || there.has(plugin)) continue;
    try {
      await registry.deploy(plugin, await readFile(file), liveSettings(checks.settings ?? {}));
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code !== "unknown-import") throw error;
      foreign.push({ plugin, reason: error.message });
    }
  }
  return foreign;
}
