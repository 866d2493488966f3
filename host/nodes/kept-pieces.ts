/** Pieces of a version that another host has sent, on the account of this host's heap until they are let go. */
import type { FrameReader } from "../placement/process/frame.ts";
import type { HeapAccount } from "../platform/heap-account.ts";

export class KeptPieces implements Disposable {
  readonly pieces: Uint8Array[] = [];
  readonly #heap: HeapAccount;
  #taken = 0;

  constructor(heap: HeapAccount) {
    this.#heap = heap;
  }

  /** Adds what is left of a frame. Throws `no-capacity`. */
  add(frame: FrameReader): void {
    const { left } = frame;
    this.#heap.take(left, "a version that another host sends to be tried");
    this.#taken += left;
    this.pieces.push(frame.bytes(left));
  }

  [Symbol.dispose](): void {
    this.#heap.give(this.#taken);
    this.#taken = 0;
  }
}
