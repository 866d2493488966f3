import type { Soon } from "../../platform/soon.ts";

/**
 * The contract of key-value stores: buckets of plugins, with values by key. It keeps and counts; who may open which bucket,
 * and how much there may be, is decided by whoever asks (`key-value-driver.ts`, and the API for owners).
 *
 * What has been answered is durable, where the store is kept at all: it survives the death of the process and of the
 * machine. All operations are linearizable, those on several keys too. Every method rejects with HotcellError: `closed`
 * after `close`, and `store-unavailable`, `store-full`, `store-corrupt` or `store-too-new` where the store fails; then
 * nothing of the operation has happened, unless the message says that this is not known.
 *
 * Single values may be answered at once, where they are at hand.
 *
 * Keys are any well-formed texts, compared as they are. A driver passes `test/backends/key-value/contract.ts`.
 */
export interface KeyValueStore extends AsyncDisposable {
  /** Values of these keys, in their order. Undefined where they have more than `maxBytes` together. */
  get(
    bucket: BucketId,
    keys: readonly string[],
    maxBytes: number,
  ): Soon<readonly (KeptValue | undefined)[] | undefined>;
  /** Version of a key's value; 0 where there is none. */
  version(bucket: BucketId, key: string): Soon<number>;
  /**
   * Keys in the order in which they were first set, from behind the place `after` (0: the first): at most `keys` of them,
   * and of `bytes` together, but one at least. A key that is there all the while is listed exactly once.
   */
  list(bucket: BucketId, page: KeyPage): Promise<ListedKeys>;
  /** All of a change or nothing. `quota` is that of all buckets of the bucket's plugin together. */
  change(bucket: BucketId, change: KeyChange, quota: Amounts): Promise<ChangeOutcome>;
  /** Buckets of a plugin that have any keys, by name. */
  usage(plugin: string): Promise<readonly BucketUsage[]>;
  /** Plugins that have any keys, by name. */
  plugins(): Promise<readonly string[]>;
  /** Removes all buckets of a plugin. */
  forget(plugin: string): Promise<void>;
  /** Ends what was begun, then releases everything. */
  close(): Promise<void>;
}

/** Bucket of a plugin. */
export interface BucketId {
  readonly plugin: string;
  readonly bucket: string;
}

/** Value of a key, as it is kept. */
export interface KeptValue {
  readonly value: Uint8Array;
  /** Number that no other value of any key has: later ones have higher. */
  readonly version: number;
}

/** Page of a bucket's keys that is asked for. */
export interface KeyPage {
  readonly after: number;
  readonly keys: number;
  readonly bytes: number;
}

/** Page of a bucket's keys. */
export interface ListedKeys {
  readonly keys: readonly { readonly key: string; readonly bytes: number; readonly version: number }[];
  /** Place of the last one; absent where there are no more behind it. */
  readonly next?: number;
}

/** Change of a bucket. With `expected`, only if the (first) key's value has that version; 0 is no value. */
export type KeyChange =
  | {
      readonly kind: "put";
      readonly entries: readonly (readonly [key: string, value: Uint8Array])[];
      readonly expected?: number;
    }
  | { readonly kind: "delete"; readonly keys: readonly string[]; readonly expected?: number }
  /** Adds to a whole number in decimal digits; what is not there counts as 0. The sum is to be in a range. */
  | {
      readonly kind: "add";
      readonly key: string;
      readonly delta: bigint;
      readonly least: bigint;
      readonly most: bigint;
    };

/** Outcome of a change: that it was made, or why it was not. */
export type ChangeOutcome =
  /** `version`: of what was put last; `sum`: what was added up to. */
  | { readonly done: true; readonly version: number; readonly sum?: bigint }
  | { readonly refused: "stale"; readonly version: number }
  | {
      readonly refused: "quota";
      readonly of: keyof Amounts;
      readonly limit: number;
      readonly actual: number;
    }
  | { readonly refused: "no-integer" }
  | { readonly refused: "out-of-range" };

/** Amounts that a plugin may keep: bytes of keys and values together, and keys. */
export interface Amounts {
  readonly bytes: number;
  readonly keys: number;
}

export interface BucketUsage extends Amounts {
  readonly bucket: string;
}
