import { createHmac, randomBytes } from "node:crypto";
import type { BucketId } from "./key-value-store.ts";

/** Bits of a cursor that say whether it is one: it has 63, which WASI's first draft gives as a number. */
const checkBits = 23n;

/**
 * Cursors of listings: the place to go on from, in a number that says for which bucket it was given. One of another
 * bucket, of another host, or that somebody made up is none.
 */
export class Cursors {
  readonly #secret = randomBytes(32);

  make(bucket: BucketId, place: number): bigint {
    return (BigInt(place) << checkBits) | this.#check(bucket, place);
  }

  /** Place that it stands for; undefined where it is none of this bucket. */
  read(bucket: BucketId, cursor: bigint): number | undefined {
    const place = Number(cursor >> checkBits);
    if (cursor < 0n || !Number.isSafeInteger(place)) return undefined;
    return this.make(bucket, place) === cursor ? place : undefined;
  }

  #check({ plugin, bucket }: BucketId, place: number): bigint {
    const mac = createHmac("sha256", this.#secret)
      .update(JSON.stringify([plugin, bucket, place]))
      .digest();
    return mac.readBigUInt64LE() & ((1n << checkBits) - 1n);
  }
}
