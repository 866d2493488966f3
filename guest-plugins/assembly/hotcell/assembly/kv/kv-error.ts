// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Error as StoreError } from "wasi:keyvalue/store";

/** Why a bucket did not do what it was asked for. */
@final export class KvError {
  constructor(
    /** As WASI calls it: `no-such-store`, `access-denied` or `other`. */
    readonly code: string,
    /** The same, or what the host says of it, with the bucket: `access-denied: bucket rates`. No key and no value. */
    readonly message: string,
  ) {}

  static of(error: StoreError, bucket: string): KvError {
    const place = "bucket " + bucket;
    if (error.isOther) return new KvError("other", place + ": " + error.asOther());
    if (error.isAccessDenied) return new KvError("access-denied", "access-denied: " + place);
    return new KvError("no-such-store", "no-such-store: " + place + ", which the plugin is not granted");
  }
}
