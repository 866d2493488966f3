/** Versions of a store on NATS: their bytes, checked. */
import type { Blobs } from "../../nats/blobs.ts";
import { corruptBinary, digestOf, missingBinary } from "../refusals.ts";

export class NatsVersions {
  readonly #blobs: Blobs;
  readonly #where: string;

  constructor(blobs: Blobs, where: string) {
    this.#blobs = blobs;
    this.#where = where;
  }

  async binary(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#blobs.bytes(digest);
    if (!bytes) return undefined;
    const actual = digestOf(bytes);
    if (actual !== digest) throw corruptBinary(digest, actual, this.#where);
    return bytes;
  }

  async verify(digest: string): Promise<void> {
    const parts = (await this.#blobs.marker(digest))?.parts ?? [];
    for (const each of [digest, ...parts])
      if ((await this.binary(each)) === undefined) throw missingBinary(each, this.#where);
  }
}
