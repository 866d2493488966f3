import { fileBounds } from "../../bounds/file-bounds.ts";

/** Pieces of files that plugins have read of late, by their digests, for all plugins of a host. */
export class PieceCache {
  /** The one that was used last is the last. */
  readonly #pieces = new Map<string, Uint8Array>();
  #bytes = 0;

  get(digest: string): Uint8Array | undefined {
    const found = this.#pieces.get(digest);
    if (found) {
      this.#pieces.delete(digest);
      this.#pieces.set(digest, found);
    }
    return found;
  }

  /** Keeps it in the place of those that were used longest ago. */
  keep(digest: string, bytes: Uint8Array): void {
    if (this.#pieces.has(digest)) return;
    this.#pieces.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#pieces) {
      if (this.#bytes <= fileBounds.sentCached.value) return;
      this.#pieces.delete(oldest);
      this.#bytes -= length;
    }
  }
}
