/** Checks of a plugin's folder: those of its `calls.json` and of its `requests.json`, and the settings they are made under. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { HotcellError } from "../../errors.ts";
import { parseJson } from "../../http/body/json-text.ts";
import { type Checks, type ChecksFile, parseChecks } from "../../registry/deploy/checks.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";
import { shownPath } from "../../text/paths.ts";

/** Checks of one file. */
export interface ChecksPart {
  readonly file: string;
  readonly checks: Checks;
}

export interface FolderChecks {
  /** Files that are there, calls before requests. */
  readonly parts: readonly ChecksPart[];
  readonly settings: SettingsInput;
}

/** Paths of the files, each of which may be missing. */
export type ChecksFiles = Readonly<Record<"calls" | "requests", string>>;

/**
 * Reads both. Throws `bad-json`, and `bad-settings` for what does not fit the format, also where each file has settings of
 * its own.
 */
export async function readChecks({ calls, requests }: ChecksFiles): Promise<FolderChecks> {
  const parts = [...(await partOf(calls, "calls.json")), ...(await partOf(requests, "requests.json"))];
  const [one, other] = parts.filter(({ checks }) => checks.settings !== undefined);
  const settings = one?.checks.settings ?? {};
  if (one && other && !isDeepStrictEqual(settings, other.checks.settings)) {
    throw new HotcellError(
      "bad-settings",
      `${shownPath(one.file)} and ${shownPath(other.file)} have other settings, and the plugin is deployed once for both.`,
      { subject: "settings", remedy: `Leave them out of ${shownPath(other.file)}.` },
    );
  }
  return { parts, settings };
}

async function partOf(file: string, format: ChecksFile): Promise<ChecksPart[]> {
  if (!existsSync(file)) return [];
  return [{ file, checks: parseChecks(parseJson(await readFile(file), shownPath(file)), format) }];
}
