/** Requests that came in one turn of the event loop, handled one after the other once all of them are read. */

import type { ServerResponse } from "node:http";
import { after, type Soon } from "../../platform/soon.ts";

/** Called when all of an answer is written. */
export type Written = (response: ServerResponse) => void;

interface Gathered {
  readonly serve: () => Soon<void>;
  readonly response: ServerResponse;
  readonly written: Written;
}

/**
 * Gatherer of requests: those whose connections have something to read in a turn are all read before the first is handled, so
 * that Node's code, the guest's and the kernel's each do their part several times in a row, with what they need in the
 * processor's caches.
 */
export class GatheredRequests {
  #gathered: Gathered[] = [];
  readonly #handle = () => this.#handleAll();

  /** `serve` handles one, and throws nothing. */
  add(serve: () => Soon<void>, response: ServerResponse, written: Written): void {
    if (this.#gathered.push({ serve, response, written }) === 1) setImmediate(this.#handle);
  }

  #handleAll(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const { serve, response, written } of gathered) void after(serve(), () => written(response));
  }
}
