/** Writes that failed and must happen all the same: each is tried again, one after the other, until it has happened or comes too late. */
import { idempotencyBounds } from "../bounds/http-bounds.ts";
import { HeapAccount } from "../platform/heap-account.ts";

export interface OwedWrite {
  write(): Promise<unknown>;
  /** Bytes that it holds meanwhile. */
  readonly bytes: number;
  /** Write of next to nothing, in place of one that there is no room to hold. */
  instead(): Promise<unknown>;
}

/** Milliseconds between tries. */
const pause = 1_000;

export class OwedWrites {
  readonly #owed = new Set<{
    readonly write: () => Promise<unknown>;
    readonly until: number;
    readonly bytes: number;
  }>();
  readonly #held = new HeapAccount(idempotencyBounds.owed.value);
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Owes a write for as long as an answer is kept. */
  owe({ write, bytes, instead }: OwedWrite): void {
    const until = performance.now() + idempotencyBounds.keptTime.value;
    const holds = this.#held.tryTake(bytes);
    this.#owed.add({ write: holds ? write : instead, until, bytes: holds ? bytes : 0 });
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
      this.#held.give(owed.bytes);
    }
  }
}
