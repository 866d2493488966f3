import { cellBounds } from "../../bounds/cell-bounds.ts";
import { HotcellError, TrapError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";

/** Limits on what one cell has at once of streams, pollables, header fields and the like, and bytes in them. */
const hostObjectLimits = { objects: cellBounds.objects.value, bytes: cellBounds.objectBytes.value };

/** Bytes of the heap that an object takes besides what is counted for its content. */
const objectBytes = 512;
/** Bytes that are taken of the host's heap at a time; a cell that keeps less has them for nothing. */
const step = 1 << 16;

/** Count of what the host keeps for the handles of one cell, so that a guest's memory limit is not got round here. */
export class HostObjects {
  readonly #heap: HeapAccount | undefined;
  readonly #numbered: boolean;
  /** Objects of an embedder's that the guest owns. */
  readonly #held = new Map<object, Held>();
  #objects = 0;
  #bytes = 0;
  /** Bytes of the host's heap that are taken. */
  #taken = 0;

  /** `heap`: what all cells of the host draw on. `numbered`: what is held is known by numbers too, and ended by these. */
  constructor(heap?: HeapAccount, numbered = false) {
    this.#heap = heap;
    this.#numbered = numbered;
  }

  get live(): number {
    return this.#objects;
  }

  /** One more. Throws TrapError, or `no-capacity` where the host has no room. */
  add(): void {
    if (this.#objects >= hostObjectLimits.objects) throw tooMuch("objects", this.#objects + 1);
    this.#draw(this.#objects + 1, this.#bytes);
    this.#objects++;
  }

  remove(): void {
    this.#objects--;
  }

  /** The guest is given an embedder's object, to own; `end` disposes of it. Throws what `add` throws. */
  hold(object: object, end: () => void): void {
    this.add();
    const held = this.#held.get(object);
    if (held) held.handles++;
    else this.#held.set(object, { handles: 1, end });
  }

  /** One of its handles of the object is gone; tells whether it was the last. */
  letGo(object: object): boolean {
    const held = this.#held.get(object);
    if (held === undefined) return true;
    this.remove();
    held.handles--;
    if (held.handles > 0) return false;
    this.#held.delete(object);
    return true;
  }

  /** So many bytes more, or (below zero) fewer. Throws what `add` throws. */
  keep(bytes: number): void {
    if (bytes > 0) {
      if (this.#bytes + bytes > hostObjectLimits.bytes) throw tooMuch("bytes", this.#bytes + bytes);
      this.#draw(this.#objects, this.#bytes + bytes);
    }
    this.#bytes += bytes;
  }

  /**
   * The cell has ended or begins anew: nothing of it is kept any more. What is still held here is neither the guest's nor the
   * embedder's: it was taken out of its handle for a call that was not made then, as of want of fuel.
   */
  release(): void {
    this.#objects = this.#bytes = 0;
    // With each reset of a cell, and most have none.
    if (this.#held.size > 0) this.#endHeld();
    this.#heap?.give(this.#taken);
    this.#taken = 0;
  }

  #endHeld(): void {
    const left = [...this.#held.values()];
    this.#held.clear();
    if (this.#numbered) return;
    for (const { end } of left) {
      try {
        end();
      } catch {
        // Whoever gave the object tells of its failures.
      }
    }
  }

  #draw(objects: number, bytes: number): void {
    const heap = this.#heap;
    while (heap && objects * objectBytes + bytes > this.#taken + step) {
      if (!heap.tryTake(step)) throw noRoom(heap);
      this.#taken += step;
    }
  }
}

interface Held {
  /** Handles of it that the guest has. */
  handles: number;
  readonly end: () => void;
}

function tooMuch(what: keyof typeof hostObjectLimits, actual: number): TrapError {
  return new TrapError(
    `The plugin had the host keep ${actual} ${what} for its handles; a cell may have ${hostObjectLimits[what]}.`,
    {
      subject: `host ${what}`,
      limit: hostObjectLimits[what],
      actual,
      remedy: "Drop streams, pollables and fields that are not needed any more.",
    },
  );
}

function noRoom({ limit, inUse }: HeapAccount): HotcellError {
  return new HotcellError(
    "no-capacity",
    `The host has no room for what the plugin wants it to keep for its handles: ${inUse} of ${limit} bytes of heap are in use.`,
    {
      subject: "host objects",
      limit,
      actual: inUse + step,
      retryAfter: 1,
      remedy: "Try again in a moment, or start the host's Node with a larger heap (--max-old-space-size).",
    },
  );
}
