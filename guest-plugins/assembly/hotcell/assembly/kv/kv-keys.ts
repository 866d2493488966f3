// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Bucket, KeyResponse } from "wasi:keyvalue/store";
import { succeeded } from "./kv-outcome";
import { cursorOf, textOfCursor } from "./kv-cursor";

/** Some keys of a bucket, and where the next ones begin. */
@final export class KvKeys {
  readonly keys: string[];
  /** What `KvBucket#keys` goes on from, in a later call too; null at the end. */
  readonly cursor: string | null;

  constructor(
    private bucket: Bucket,
    private name: string,
    cursor: string | null,
  ) {
    const request = new KeyResponse();
    request.cursor = cursorOf(request.cursor, cursor);
    const response = succeeded(bucket.listKeys(request.cursor), name);
    this.keys = response.keys;
    this.cursor = textOfCursor(response.cursor);
  }

  /** The keys after these; null where there are none. */
  next(): KvKeys | null {
    return this.cursor === null ? null : new KvKeys(this.bucket, this.name, this.cursor);
  }
}
