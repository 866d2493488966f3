/** Versions of a store on NATS: their bytes, checked, and the collection of those that nobody refers to. */
import { type Blobs, pinTime } from "../../nats/blobs.ts";
import { corruptBinary, digestOf, missingBinary } from "../refusals.ts";
import type { Collected } from "../store.ts";

/** References to blobs, as they are after all messages that are numbered here. */
export interface References {
  readonly digests: ReadonlySet<string>;
  /** Number of the last message of each subject that a blob can be pinned for. */
  readonly last: ReadonlyMap<string, number>;
}

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

  /** Reads the markers before the references: what is pinned after that has another marker, and is not removed. */
  async collect(references: () => Promise<References>): Promise<Collected> {
    const markers = await this.#blobs.markers();
    const { digests, last } = await references();
    const isPinned = (pins: (typeof markers)[number]["marker"]["pins"]) =>
      pins.some((pin) => (last.get(pin.subject) ?? 0) === pin.last && Date.now() - pin.at < pinTime);
    const used = new Set(
      markers
        .filter(({ digest, marker }) => digests.has(digest) || isPinned(marker.pins))
        .map(({ digest }) => digest),
    );
    // What is made of parts first: as long as it is there, it may be made live again by its digest, which pins nothing else.
    const unused = markers
      .filter(({ digest }) => !used.has(digest))
      .sort((a, b) => b.marker.parts.length - a.marker.parts.length);
    // Read again: of a version that was stored and committed since, the parts may be among the unused.
    const now = unused.length === 0 ? [] : await this.#blobs.markers();
    const users = now.filter(({ digest }) => used.has(digest) || digests.has(digest));
    const parts = new Set(users.flatMap(({ marker }) => marker.parts));
    let versions = 0;
    let bytes = 0;
    for (const { digest, seq, marker } of unused) {
      if (parts.has(digest)) continue;
      if (!(await this.#blobs.remove(digest, seq, marker.upload))) {
        for (const part of marker.parts) parts.add(part);
        continue;
      }
      if (marker.kind !== "version") continue;
      versions++;
      bytes += marker.size;
    }
    return { versions, bytes };
  }
}
