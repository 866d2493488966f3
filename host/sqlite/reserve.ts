/** Room on the disk that is kept for what makes room. */
import { randomFillSync } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Bytes: twice what the log holds before it is in the file, so that there is room for the log of a removal, of forgetting
 * versions and of making the file smaller piece by piece. Less on a small disk: no more than such a part of it.
 */
const maxBytes = 8 * 1024 * 1024;
const minBytes = 512 * 1024;
const part = 6;

/** A file beside the store that is given up when the disk is full, and written again when there is room. */
export class Reserve {
  readonly #file: string;
  /** Bytes. */
  readonly size: number;

  /** `store`: its file, `hotcell.db`. */
  constructor(store: string) {
    this.#file = store.replace(/\.db$/, ".reserve");
    const { blocks, bsize } = statfsSync(dirname(store));
    // Some file systems don't tell.
    const share = blocks === 0 ? maxBytes : Math.floor((blocks * bsize) / part);
    this.size = Math.max(minBytes, Math.min(maxBytes, share));
  }

  /** Gives the reserve up; true where there was one. */
  giveUp(): boolean {
    if (!existsSync(this.#file)) return false;
    rmSync(this.#file, { force: true });
    return true;
  }

  /** Makes the reserve anew; true where it stands. Where there is no room for all of it, none of it is kept. */
  restore(): boolean {
    if (existsSync(this.#file)) return true;
    try {
      const descriptor = openSync(this.#file, "wx", 0o600);
      try {
        // Not zeros: some file systems give those no room.
        const bytes = randomFillSync(new Uint8Array(this.size));
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      } finally {
        closeSync(descriptor);
      }
      return true;
    } catch {
      rmSync(this.#file, { force: true });
      return false;
    }
  }
}
