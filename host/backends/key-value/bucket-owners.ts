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

  /** Quota of a plugin that has a bucket of its own by that name; undefined where it has none. */
  quotaOf(plugin: string, bucket: string): Amounts | undefined {
    const settings = this.#settingsOf(plugin);
    const own = settings && Object.hasOwn(settings.buckets, bucket) ? settings.buckets[bucket] : undefined;
    return own && own.shared === undefined ? settings : undefined;
  }
}
