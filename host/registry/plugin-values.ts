/** Values by key of a plugin: the registry's promises to its owner. */
import type { BucketUsage, KeptValue, ListedKeys } from "../backends/key-value/key-value-store.ts";

/** Page of a bucket's keys. */
export interface KeysPage {
  /** Place that the page before gave as `next`. */
  readonly after?: number;
  /** Keys at most; there may be fewer, and more behind them. */
  readonly limit?: number;
}

export interface PluginBucket extends BucketUsage {
  /** The plugin may open it; else it is left of another time. */
  readonly granted: boolean;
}

/** Conditions of a change of a value. */
export interface ValueConditions {
  /** Refuse (`stale-value`) unless the value has this version, one of these, or `any`, so that it is there. */
  readonly ifVersion?: number | readonly number[] | "any";
  /** Refuse (`stale-value`) if there is a value. */
  readonly ifAbsent?: boolean;
}

/** Options of a change of a value. */
export interface ValueOptions extends ValueConditions {
  /** Who asks, for the event log. */
  readonly who?: string;
}

/**
 * Values by key that a plugin keeps in buckets of its own. Buckets of which only values are left can be read and emptied, those of
 * a removed plugin too. Every method rejects with `bucket-not-found` for others, and with what the store fails at.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { createHost } from "hotcell";
 *
 * const { registry, close } = await createHost();
 * await registry.deploy("greet", await readFile("greet.wasm"), { grant: ["kv"] });
 * const values = registry.values("greet");
 * await values.put("default", "greeting", Buffer.from("Hello"));
 * const { value } = await values.get("default", "greeting");
 * console.log(Buffer.from(value).toString()); // → Hello
 * await close();
 * ```
 */
export interface PluginValues {
  /** Buckets that it has, by name. */
  buckets(): Promise<readonly PluginBucket[]>;
  /** In the order in which they were first set. */
  keys(bucket: string, page?: KeysPage): Promise<ListedKeys>;
  /** Rejects with `key-not-found`. */
  get(bucket: string, key: string): Promise<KeptValue>;
  /** Throws what `put` would reject with before it sees a value. */
  requireWritable(bucket: string, key: string): void;
  /**
   * Version of the value that is there now. Rejects with `over-quota`, and with `too-large` or `bad-request` beyond the sizes
   * that the grant allows.
   */
  put(bucket: string, key: string, value: Uint8Array, options?: ValueOptions): Promise<number>;
  /** Rejects with `key-not-found`. */
  delete(bucket: string, key: string, options?: ValueOptions): Promise<void>;
}
