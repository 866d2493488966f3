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
  /** Objects of an embedder's that the guest owns, with how many handles it has of each. */
  readonly #held = new Map<object, number>();
  #objects = 0;
  #bytes = 0;
  /** Bytes of the host's heap that are taken. */
  #taken = 0;

  /** `heap`: what all cells of the host draw on. */
  constructor(heap?: HeapAccount) {
    this.#heap = heap;
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

  /** The guest is given an embedder's object, to own. Throws what `add` throws. */
  hold(object: object): void {
    this.add();
    this.#held.set(object, (this.#held.get(object) ?? 0) + 1);
  }

  /** One of its handles of the object is gone; tells whether it was the last. */
  letGo(object: object): boolean {
    const handles = this.#held.get(object);
    if (handles === undefined) return true;
    this.remove();
    if (handles > 1) this.#held.set(object, handles - 1);
    else this.#held.delete(object);
    return handles === 1;
  }

  /** So many bytes more, or (below zero) fewer. Throws what `add` throws. */
  keep(bytes: number): void {
    if (bytes > 0) {
      if (this.#bytes + bytes > hostObjectLimits.bytes) throw tooMuch("bytes", this.#bytes + bytes);
      this.#draw(this.#objects, this.#bytes + bytes);
    }
    this.#bytes += bytes;
  }

  /** The cell has ended or begins anew: nothing of it is kept any more. */
  release(): void {
    this.#objects = this.#bytes = 0;
    // With each reset of a cell, and most have none: clearing makes a table anew.
    if (this.#held.size > 0) this.#held.clear();
    this.#heap?.give(this.#taken);
    this.#taken = 0;
  }

  #draw(objects: number, bytes: number): void {
    const heap = this.#heap;
    while (heap && objects * objectBytes + bytes > this.#taken + step) {
      if (!heap.tryTake(step)) throw noRoom(heap);
      this.#taken += step;
    }
  }
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
