/** Writes that failed and must happen all the same: each is tried again, one after the other, until it has happened or comes too late. */
interface OwedWrite {
  readonly write: () => Promise<void>;
  /** Moment, as `performance.now()` counts, from which it is no use any more. */
  readonly until: number;
  /** Called once it has happened, or never will. */
  readonly over: () => void;
}

/** Milliseconds between tries. */
const pause = 1_000;

export class OwedWrites {
  readonly #owed = new Set<OwedWrite>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Owes a write for so many milliseconds. */
  owe(write: () => Promise<void>, time: number, over: () => void): void {
    this.#owed.add({ write, until: performance.now() + time, over });
    this.#next();
  }

  /** Tries no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#closed || this.#timer || this.#owed.size === 0) return;
    this.#timer = setTimeout(() => {
      void this.#tryAll().finally(() => {
        this.#timer = undefined;
        this.#next();
      });
    }, pause).unref();
  }

  async #tryAll(): Promise<void> {
    for (const owed of [...this.#owed]) {
      if (this.#closed) return;
      try {
        if (performance.now() < owed.until) await owed.write();
      } catch {
        // What they are written to is away for the others too.
        return;
      }
      this.#owed.delete(owed);
      owed.over();
    }
  }
}
