import { unseal } from "../../capabilities/secret.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";

/** Parts of a plugin's record that can be large. */
interface Kept {
  /** Description as it is stored: it may be damaged. */
  readonly about: unknown;
  readonly settings: unknown;
  readonly checks: unknown;
}

/** Bytes that a plugin takes whatever its record holds. */
const minBytes = 4_000;
/** Bytes of the heap that a letter of JSON may take once it is read. */
const perLetter = 4;

/**
 * Part of the host's heap that a plugin's record takes, which is kept whether the plugin runs or not: so it bounds how
 * many plugins a host has.
 */
export class RecordRoom {
  readonly #heap: HeapAccount;
  readonly #plugin: string;
  #taken = 0;

  constructor(heap: HeapAccount, plugin: string) {
    this.#heap = heap;
    this.#plugin = plugin;
  }

  /** Takes what a record needs that is about to take the place of the one before. Throws `no-capacity`. */
  change(kept: Kept): void {
    const bytes = sizeOf(kept);
    if (bytes > this.#taken) this.#heap.take(bytes - this.#taken, `another record of ${this.#plugin}`);
    else this.#heap.give(this.#taken - bytes);
    this.#taken = bytes;
  }

  /** The same for a record that is there already: it is kept, room or not. */
  resume(kept: Kept): void {
    const bytes = sizeOf(kept);
    if (bytes <= this.#taken || this.#heap.tryTake(bytes - this.#taken)) {
      if (bytes < this.#taken) this.#heap.give(this.#taken - bytes);
      this.#taken = bytes;
    }
  }
}

function sizeOf({ about, settings, checks }: Kept): number {
  const letters = JSON.stringify([about ?? null, unseal(settings) ?? null, checks ?? null]).length;
  return minBytes + perLetter * letters;
}
