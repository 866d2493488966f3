import type { KeyValueSettings } from "./key-value-settings.ts";
import type { Amounts } from "./key-value-store.ts";

/** Settings of a plugin's grant as they hold now; undefined where it has none, or is not deployed. */
export type SettingsOfPlugin = (plugin: string) => KeyValueSettings | undefined;

/** Owners of buckets that others may open too, as their registry knows them, which is opened after the driver is made. */
export class BucketOwners {
  #settingsOf: SettingsOfPlugin = () => undefined;

  connect(settingsOf: SettingsOfPlugin): void {
    this.#settingsOf = settingsOf;
  }

  /** Quota of a plugin that has a bucket of its own by that name and shares it with `borrower` now; undefined for any other. */
  quotaFor(borrower: string, plugin: string, bucket: string): Amounts | undefined {
    const settings = this.#settingsOf(plugin);
    const own = settings && Object.hasOwn(settings.buckets, bucket) ? settings.buckets[bucket] : undefined;
    if (!own || own.shared !== undefined) return undefined;
    return borrower === plugin || isSharedWith(own.sharedWith ?? [], borrower) ? settings : undefined;
  }
}

/** Tells whether names and patterns of plugins are one's: one `*` stands for any characters, or none. */
export function isSharedWith(patterns: readonly string[], plugin: string): boolean {
  return patterns.some((pattern) => {
    const [before = "", after] = pattern.split("*");
    if (after === undefined) return pattern === plugin;
    return (
      plugin.length >= before.length + after.length && plugin.startsWith(before) && plugin.endsWith(after)
    );
  });
}
