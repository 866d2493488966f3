/** Runs the component of a plugin's specs in a real host. */

import { HotcellError } from "../../errors.ts";
import { createHost } from "../../host.ts";
import { isTrap } from "../../registry/deploy/call-check.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";
import { shownPath, slashed } from "../../text/paths.ts";
import { specFunctions } from "../build/build-specs.ts";
import type { PluginFolder } from "../build/plugin-folder.ts";

export interface SpecOutcome {
  /** `assembly/parse.spec.ts:12:1`, as asc calls the file. */
  readonly place: string;
  readonly name: string;
  /** Why it failed, with the place if the plugin said one; undefined when it passed. */
  readonly failure: string | undefined;
}

/**
 * Deploys with the settings of the plugin's checks, but in mode `fresh`, so that no spec sees what another one left.
 * Yields each outcome as it is known. Throws what a deployment throws, for example where top-level code traps.
 */
export async function* runSpecs(
  { name: plugin, path }: PluginFolder,
  wasm: Uint8Array,
  settings: SettingsInput,
): AsyncGenerator<SpecOutcome, void, void> {
  await using host = await createHost();
  const here = (text: string) => placesFrom(shownPath(path), text);
  await host.registry.deploy(plugin, wasm, { settings: { ...settings, mode: "fresh" } });
  const call = async (name: string, ...args: unknown[]) =>
    (await host.registry.callable(plugin, name)).call(args);
  const list = (await call(specFunctions.list)) as string[];
  for (let i = 0; i < list.length; i += 4) {
    const [kind, name = "", file = "", at = ""] = list.slice(i, i + 4);
    const ended = await endOf(() => call(specFunctions.run, i / 4));
    const wanted = kind === "traps" ? "trapped" : "returned";
    const why = ended.why === undefined ? "expected a trap, and there was none" : here(ended.why);
    yield { place: here(`${file}:${at}`), name, failure: ended.how === wanted ? undefined : why };
  }
}

/** Names of files as people at this terminal write them: in the component they are named from `build/specs`. */
function placesFrom(folder: string, text: string): string {
  const prefix = folder === "." ? "" : `${slashed(folder)}/`;
  return text.replace(/(?<![^\s(])(?:\.\.\/\.\.\/)?(assembly\/[^\s()]+:\d+)/g, `${prefix}$1`);
}

interface End {
  readonly how: "returned" | "trapped" | "stopped";
  readonly why?: string;
}

async function endOf(call: () => Promise<unknown>): Promise<End> {
  try {
    await call();
    return { how: "returned" };
  } catch (error) {
    if (!(error instanceof HotcellError) || error.code === "fault") throw error;
    if (!isTrap(error)) return { how: "stopped", why: error.message };
    const why = error.message.replace(/^The plugin trapped while calling "[^"]*": (.*)\.$/s, "$1");
    return { how: "trapped", why };
  }
}
