/** Reach of a host's plugins, as its owner says it. */
import { type AllowEntry, readEntries } from "./allow-list.ts";
import { type HostReach, publicReach } from "./client-settings.ts";

/** Words that are no destinations: private addresses too, and no destination at all. */
const inward = "private";
const none = "none";

/**
 * Reach by a list of entries, and of the words `private` and `none`; without a list, whatever is public. Throws `bad-settings`;
 * `source` is where the list comes from.
 */
export function readReach(list: readonly string[] | undefined, source: string): HostReach {
  if (!list) return publicReach;
  const entries: AllowEntry[] = readEntries(
    list.filter((text) => text !== inward && text !== none),
    source,
  );
  const any = entries.length === 0 && !list.includes(none) && list.length > 0;
  return { allow: any ? undefined : entries, private: list.includes(inward) };
}
