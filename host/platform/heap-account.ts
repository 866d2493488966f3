import { getHeapStatistics } from "node:v8";
import { HotcellError } from "../errors.ts";

/** Bytes of JavaScript's heap that uploads and clients may make a host keep, all together. */
export class HeapAccount {
  readonly limit: number;
  #inUse = 0;
  readonly #reclaimers = new Set<Reclaim>();

  /** `limit`: bytes; by default half of the heap that Node was started with. `setAside`: bytes of those that others have for themselves. */
  constructor(limit: number = defaultLimit(), setAside = 0) {
    this.limit = Math.max(0, limit - setAside);
  }

  /** Bytes that are taken. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Bytes that can still be taken. */
  get left(): number {
    return this.limit - this.#inUse;
  }

  /** `reclaim` is asked before something is refused. Gives what ends that. */
  addReclaimer(reclaim: Reclaim): () => void {
    this.#reclaimers.add(reclaim);
    return () => void this.#reclaimers.delete(reclaim);
  }

  /** Takes `bytes` if there is room for them; false if not. */
  tryTake(bytes: number): boolean {
    if (bytes > this.left)
      for (const reclaim of this.#reclaimers) if (reclaim(bytes) && bytes <= this.left) break;
    if (bytes > this.left) return false;
    this.#inUse += bytes;
    return true;
  }

  /** Takes `bytes` for `what`, a phrase for the error. Throws `no-capacity`. */
  take(bytes: number, what: string): void {
    if (this.tryTake(bytes)) return;
    const hopeless = bytes > this.limit;
    throw new HotcellError(
      "no-capacity",
      `The host has no room for ${what}: ${this.#inUse} of ${this.limit} bytes of heap are in use, and it asks for ${bytes}.`,
      {
        subject: what,
        limit: this.limit,
        actual: this.#inUse + bytes,
        ...(hopeless ? {} : { retryAfter: 1 }),
        remedy: hopeless
          ? "Ask for less, or start the host's Node with a larger heap (--max-old-space-size)."
          : "Try again in a moment, or start the host's Node with a larger heap (--max-old-space-size).",
        extra: { inUse: this.#inUse, asked: bytes },
      },
    );
  }

  /** Gives back `bytes` that were taken. */
  give(bytes: number): void {
    this.#inUse -= bytes;
  }
}

/** Makes room by dropping what can be made again or can be done without; whether it did. Synchronous. */
export type Reclaim = (bytes: number) => boolean;

function defaultLimit(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 2);
}
