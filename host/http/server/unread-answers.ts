/** Answers that are written and that their clients have yet to read. */

import type { ServerResponse } from "node:http";
import { serverBounds } from "../../bounds/http-bounds.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";

/** Bytes of each answer that are not counted; the bound on connections bounds these. */
const uncounted = serverBounds.unreadBytes.value;

interface Unread {
  readonly bytes: number;
  readonly since: number;
}

/**
 * Account of what a server keeps for clients that read slowly, or not at all. Where it would be too much, those that have had time
 * to read make room, the oldest first, and a new one for which there is no room is cut off.
 */
export class UnreadAnswers {
  readonly #heap: HeapAccount;
  readonly #patience: number;
  readonly #unread = new Map<ServerResponse, Unread>();
  readonly #stopReclaiming: () => void;

  /** `patience`: milliseconds that a client has to read. */
  constructor(heap: HeapAccount, patience: number) {
    this.#heap = heap;
    this.#patience = patience;
    this.#stopReclaiming = heap.addReclaimer((bytes) => this.#makeRoom(bytes));
  }

  /** All of the answer is written, as far as the host is concerned. */
  written(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes <= uncounted || response.closed) return;
    if (!this.#heap.tryTake(bytes)) {
      response.destroy();
      return;
    }
    this.#unread.set(response, { bytes, since: performance.now() });
    response.once("close", () => this.#forget(response));
  }

  close(): void {
    this.#stopReclaiming();
  }

  #forget(response: ServerResponse): void {
    const unread = this.#unread.get(response);
    if (unread) this.#heap.give(unread.bytes);
    this.#unread.delete(response);
  }

  #makeRoom(bytes: number): boolean {
    const before = performance.now() - this.#patience;
    let made = 0;
    for (const [response, unread] of this.#unread) {
      if (made >= bytes || unread.since > before) break;
      made += unread.bytes;
      this.#forget(response);
      response.destroy();
    }
    return made > 0;
  }
}
