/** Requests that came in one turn of the event loop, handled one after the other once all of them are read. */

import type { ServerResponse } from "node:http";
import type { Soon } from "../../platform/soon.ts";

/** Called when all of an answer is written. */
export type Written = (response: ServerResponse) => void;

export interface Gathered {
  readonly response: ServerResponse;
  readonly written: Written;
}

/**
 * Gatherer of requests: those whose connections have something to read in a turn are all read before the first is handled, so
 * that Node's code, the guest's and the kernel's each do their part several times in a row, with what they need in the
 * processor's caches.
 */
export class GatheredRequests<T extends Gathered> {
  readonly #serve: (each: T) => Soon<void>;
  #gathered: T[] = [];
  readonly #handle = () => this.#handleAll();

  /** `serve` handles one, and throws nothing. */
  constructor(serve: (each: T) => Soon<void>) {
    this.#serve = serve;
  }

  add(each: T): void {
    if (this.#gathered.push(each) === 1) setImmediate(this.#handle);
  }

  #handleAll(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const each of gathered) {
      const served = this.#serve(each);
      if (served instanceof Promise) void served.then(() => each.written(each.response));
      else each.written(each.response);
    }
  }
}
