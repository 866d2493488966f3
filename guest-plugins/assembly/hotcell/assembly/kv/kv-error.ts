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
    const code = error.isNoSuchStore ? "no-such-store" : error.isAccessDenied ? "access-denied" : "other";
    return new KvError(code, (error.isOther ? error.asOther() : code) + ": bucket " + bucket);
  }
}
