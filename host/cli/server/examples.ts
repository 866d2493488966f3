/** The example plugins of this repository, as `npm start` deploys them and shows them off. */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HotcellError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import type { Check } from "../../registry/deploy/call-check.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";
import { isObject } from "../../text/json-value.ts";
import { readFilesFolder } from "../build/files-folder.ts";
import { liveSettings } from "../build/live-settings.ts";
import { readChecks } from "../checks/folder-checks.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Example {
  readonly plugin: string;
  /** The built component. */
  readonly file: string;
  /** 1 unless the folder says `-v2` and so on: several builds of one plugin. */
  readonly build: number;
  /** Settings of its checks, and the calls among these. */
  readonly settings: SettingsInput;
  readonly calls: readonly Check[];
  /** Paths of its requests that ask for nothing but a page: `/hello/Ada`. */
  readonly pages: readonly string[];
  /** Folder of what comes with it, which may not be there. */
  readonly files: string;
}

/** Every folder of `guest-plugins` whose build exists, first builds first. */
export async function findExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  for (const name of (await readdir(join(root, "guest-plugins"))).sort()) {
    const file = join(root, "build", `${name}.wasm`);
    const folder = join(root, "guest-plugins", name);
    const { parts, settings } = await readChecks({
      calls: join(folder, "calls.json"),
      requests: join(folder, "requests.json"),
    });
    if (!existsSync(file) || parts.length === 0) continue;
    const [, plugin = name, build = "1"] = /^(.+)-v(\d+)$/.exec(name) ?? [];
    const calls = parts.flatMap(({ checks }) => checks.calls);
    const requests = parts.flatMap(({ checks }) => checks.requests ?? []);
    const pages = requests
      .filter(({ request: { method = "GET", headers } }) => method === "GET" && headers === undefined)
      .map(({ request }) => request.path);
    const files = join(folder, "files");
    examples.push({ plugin, file, build: Number(build), settings, calls, pages, files });
  }
  return examples.sort((a, b) => a.build - b.build);
}

/** An example that was left out. */
export interface MissingExample {
  readonly example: Example;
  /** A sentence that says why this host does not take it. Absent: its owner removed it. */
  readonly refusal?: string;
}

/** Examples, those last that are linked to others. */
function linkedLast(examples: readonly Example[]): Example[] {
  const isLinked = ({ settings: { grants } }: Example) => isObject(grants) && grants.plugins !== undefined;
  return [...examples.filter((each) => !isLinked(each)), ...examples.filter(isLinked)];
}

/**
 * Deploys each plugin's first build, with the settings of its checks. A plugin that is there already, from an earlier
 * start, stays what its owner made of it, and so does one that was removed: the store remembers the removal until
 * something is uploaded under the name. Gives those that are missing.
 */
export async function deployExamples(
  { registry, store }: Pick<Host, "registry" | "store">,
  examples: readonly Example[],
): Promise<MissingExample[]> {
  const missing: MissingExample[] = [];
  const known = new Map((await store.list()).map((record) => [record.name, record]));
  for (const example of linkedLast(examples)) {
    const { plugin, file, build, settings, files: folder } = example;
    const record = known.get(plugin);
    if (build !== 1) continue;
    if (record) {
      if (!record.live && !record.damaged) missing.push({ example });
      continue;
    }
    try {
      const files = await readFilesFolder(folder);
      await registry.deploy(plugin, await readFile(file), { ...liveSettings(settings), files });
    } catch (error) {
      // The host goes on without one that imports what it can't supply, or that is beyond its ceilings.
      if (!(error instanceof HotcellError) || error.status >= 500) throw error;
      missing.push({ example, refusal: error.message });
    }
  }
  return missing;
}
