import type { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";

/** Room that values made from JSON take: told how many bytes they weigh (`value-weight.ts`) before they are made. */
export interface ValueRoom {
  /** Throws NoRoom when that is more than is left. */
  take(bytes: number): void;
}

/** Thrown through decoders, so that they don't take it for a value that does not fit. */
export class NoRoom {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Room without end, for JSON that somebody else has bounded. */
export const boundless: ValueRoom = { take() {} };

/**
 * Bytes of one call that are not drawn from the account: most calls carry less, and are spared the work. The bounds on
 * connections and waiting calls bound these.
 */
const undrawn = 16 * 1024;
/** Bytes that are drawn at once, so that drawing costs next to nothing. */
const step = 64 * 1024;

/** Options of a room for arguments. */
export interface RoomOptions {
  /** Weight that all arguments together may have. */
  readonly limit: number;
  /** The error for more; `actual` is what they weigh at least. */
  readonly refuse: (actual: number, limit: number) => HotcellError;
  /** Bytes of heap are drawn from it, two for each that the arguments weigh, until the room is released. */
  readonly heap?: HeapAccount | undefined;
}

/** Room for the arguments of one call, as long as the call holds them. */
export class ArgumentRoom implements ValueRoom {
  readonly options: RoomOptions;
  #taken = 0;
  /** Bytes that may be taken before anything else is to be done. */
  #free: number;
  #drawn = 0;

  constructor(options: RoomOptions) {
    this.options = options;
    this.#free = Math.min(options.limit, undrawn);
  }

  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken > this.#free) this.#widen();
  }

  /** Releases the room; as often as one likes. */
  release(): void {
    if (this.#drawn > 0) this.options.heap?.give(this.#drawn);
    this.#drawn = 0;
  }

  /** The same as `release`. */
  [Symbol.dispose](): void {
    this.release();
  }

  #widen(): void {
    const { limit, refuse, heap } = this.options;
    if (this.#taken > limit) throw new NoRoom(refuse(this.#taken, limit));
    const free = Math.min(limit, this.#taken + step);
    const drawn = 2 * (free - undrawn);
    try {
      heap?.take(drawn - this.#drawn, "the arguments of a call");
    } catch (error) {
      throw new NoRoom(error);
    }
    this.#drawn = drawn;
    this.#free = free;
  }
}
