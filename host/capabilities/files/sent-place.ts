import { HotcellError } from "../../errors.ts";
import type { ParsedGrants } from "../grants.ts";
import { files } from "./files.ts";
import { sentAt } from "./files-settings.ts";

/** Throws `bad-settings` where files came with a version whose plugin has a mount of its own in their place. */
export function requirePlaceForSent(plugin: string, grants: ParsedGrants): void {
  const taken = grants.settingsOf(files)?.mounts.some(({ at }) => at === sentAt);
  if (!taken) return;
  throw new HotcellError(
    "bad-settings",
    `Files came with the version of ${plugin}, and they are at ${sentAt}.`,
    {
      subject: "grants.files.mounts",
      actual: sentAt,
      expected: "another place, such as /data",
      remedy:
        'Mount what the plugin keeps elsewhere ({"grants":{"files":{"mounts":[{"at":"/data"}]}}}), or send no files.',
    },
  );
}
