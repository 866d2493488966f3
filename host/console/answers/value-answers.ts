/** Values by key in answers of the API. */

/** Answer of `GET /plugins/{name}/kv`. */
export interface BucketsAnswer {
  readonly plugin: string;
  readonly buckets: readonly ShownBucket[];
}

export interface ShownBucket {
  readonly bucket: string;
  readonly keys: number;
  readonly bytes: number;
  readonly granted: boolean;
}

/** Answer of `GET /plugins/{name}/kv/{bucket}`. */
export interface KeysAnswer {
  readonly plugin: string;
  readonly bucket: string;
  readonly keys: readonly ListedKey[];
  readonly next?: number;
}

export interface ListedKey {
  readonly key: string;
  readonly bytes: number;
  readonly version: number;
}
