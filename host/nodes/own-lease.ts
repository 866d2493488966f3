import type { Lease } from "./leases.ts";

/** Lease that a driver has given its host; `giveUp` is called once, when it is released. */
export class OwnLease implements Lease {
  readonly name: string;
  readonly token: number;
  readonly #lost = new AbortController();
  readonly #giveUp: () => Promise<void>;
  #released: Promise<void> | undefined;

  constructor(name: string, token: number, giveUp: () => Promise<void>) {
    this.name = name;
    this.token = token;
    this.#giveUp = giveUp;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Nobody may go by it any more. */
  lose(): void {
    this.#lost.abort();
  }

  release(): Promise<void> {
    this.lose();
    this.#released ??= this.#giveUp();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
