import { TrapError } from "../errors.ts";

/** What one cell may have at once of streams, pollables, header fields and the like, and bytes in them. */
const hostObjectLimits = { objects: 10_000, bytes: 1 << 20 };

/** Counts what the host keeps for the handles of one cell, so that a guest's memory limit is not got round here. */
export class HostObjects {
  #objects = 0;
  #bytes = 0;

  /** The cell is what it was when it was supplied: it holds nothing. */
  reset(): void {
    this.#objects = this.#bytes = 0;
  }

  get live(): number {
    return this.#objects;
  }

  /** One more, or throws TrapError. */
  add(): void {
    if (this.#objects >= hostObjectLimits.objects) throw tooMuch("objects", this.#objects + 1);
    this.#objects++;
  }

  remove(): void {
    this.#objects--;
  }

  /** So many bytes more, or (below zero) fewer. Throws TrapError. */
  keep(bytes: number): void {
    if (bytes > 0 && this.#bytes + bytes > hostObjectLimits.bytes)
      throw tooMuch("bytes", this.#bytes + bytes);
    this.#bytes += bytes;
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
