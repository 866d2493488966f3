/** Settings of the grant `kv`, as the driver takes them. */
export interface KeyValueSettings {
  /** Buckets that the plugin may open, by the name that it opens them by. */
  readonly buckets: Readonly<Record<string, BucketSetting>>;
  /** Amounts that all of the plugin's own buckets may have together. */
  readonly bytes: number;
  readonly keys: number;
  /** Bytes of a key, and of a value. */
  readonly keyBytes: number;
  readonly valueBytes: number;
}

interface BucketSetting {
  /** Bucket of another plugin, as `plugin/bucket`; absent: its own, of the name that it opens it by. */
  readonly shared?: string | undefined;
  readonly readonly: boolean;
  /** Plugins, or patterns of them, that may open it too. */
  readonly sharedWith?: readonly string[] | undefined;
}
