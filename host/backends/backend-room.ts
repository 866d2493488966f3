import { backendBounds } from "../bounds/cell-bounds.ts";
import { HotcellError, TrapError } from "../errors.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { exchangeBytes } from "./exchange.ts";

/** Limits on what one cell, or a deployment beside its cells, has asked at a time. */
export const backendLimits = {
  /** Asks and exchanges that are under way. */
  outstanding: backendBounds.outstanding.value,
  /** Bytes of the data of an ask or an answer. */
  data: backendBounds.data.value,
  /** Bytes of all that is under way: data of asks, and room for parts. */
  bytes: backendBounds.bytes.value,
} as const;

/** Bytes that an exchange has room for, both ways. */
export const exchangeRoom = 2 * exchangeBytes.window;

/** Count of what is under way for one cell, so that a guest's memory limit is not got round here. */
export class BackendRoom {
  readonly #heap: HeapAccount | undefined;
  #outstanding = 0;
  #bytes = 0;

  readonly #maxOutstanding: number;

  /** `heap`: what all cells of the host draw on. */
  constructor(heap?: HeapAccount, maxOutstanding: number = backendLimits.outstanding) {
    this.#heap = heap;
    this.#maxOutstanding = maxOutstanding;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** Throws TrapError, and `no-capacity` where the host has no room. Gives what gives it back, which is harmless twice. */
  take(bytes: number): () => void {
    if (this.#outstanding >= this.#maxOutstanding)
      throw tooMuch("operations", this.#maxOutstanding, this.#outstanding + 1);
    const give = this.keep(bytes);
    this.#outstanding++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#outstanding--;
      give();
    };
  }

  /** The same for bytes alone. */
  keep(bytes: number): () => void {
    if (this.#bytes + bytes > backendLimits.bytes)
      throw tooMuch("bytes", backendLimits.bytes, this.#bytes + bytes);
    const heap = this.#heap;
    if (heap && !heap.tryTake(bytes)) throw noRoom(heap, bytes);
    this.#bytes += bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#bytes -= bytes;
      heap?.give(bytes);
    };
  }
}

function tooMuch(what: string, limit: number, actual: number): TrapError {
  return new TrapError(
    `The plugin has ${actual} ${what} under way in its backends; a cell may have ${limit}.`,
    {
      subject: `backend ${what}`,
      limit,
      actual,
      remedy: "Wait for answers before more is asked, or ask for less at a time.",
    },
  );
}

/** Refusal of data that are too large for one ask. */
export function tooLarge(operation: string, actual: number): TrapError {
  const limit = backendLimits.data;
  return new TrapError(`The plugin gave ${operation} ${actual} bytes at once; it may give ${limit}.`, {
    subject: operation,
    limit,
    actual,
    remedy: "Give less at a time.",
  });
}

function noRoom({ limit, inUse }: HeapAccount, bytes: number): HotcellError {
  return new HotcellError(
    "no-capacity",
    `The host has no room for what the plugin asks of it: of ${limit} bytes of heap ${inUse} are in use.`,
    {
      subject: "backend bytes",
      limit,
      actual: inUse + bytes,
      retryAfter: 1,
      remedy: "Try again in a moment, or start the host's Node with a larger heap (--max-old-space-size).",
    },
  );
}
