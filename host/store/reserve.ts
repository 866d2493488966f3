/** Room on the disk that is kept for what makes room. */
import { randomFillSync } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";

/**
 * Bytes. What the log holds at most before it is in the file (4 MiB), and then the log of a removal, of forgetting
 * versions and of making the file smaller piece by piece.
 */
const size = 8 * 1024 * 1024;

/** A file beside the store that is given up when the disk is full, and written again when there is room. */
export class Reserve {
  readonly #file: string;

  /** `store`: its file, `hotcell.db`. */
  constructor(store: string) {
    this.#file = store.replace(/\.db$/, ".reserve");
  }

  /** Whether there was something to give up. */
  giveUp(): boolean {
    if (!existsSync(this.#file)) return false;
    rmSync(this.#file, { force: true });
    return true;
  }

  /** Whether it stands. Where there is no room for all of it, none of it is kept. */
  restore(): boolean {
    if (existsSync(this.#file)) return true;
    try {
      const descriptor = openSync(this.#file, "wx", 0o600);
      try {
        // Not zeros: some file systems give those no room.
        const bytes = randomFillSync(new Uint8Array(size));
        for (let at = 0; at < size; ) at += writeSync(descriptor, bytes, at);
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
