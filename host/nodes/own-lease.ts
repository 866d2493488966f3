import type { Lease } from "./leases.ts";

/** Lease that a driver has given its host; `giveUp` is called once, when it is released. `expired`: true once nobody may go by it, whoever was told so. */
export class OwnLease implements Lease {
  readonly name: string;
  readonly token: number;
  readonly #lost = new AbortController();
  readonly #giveUp: () => Promise<void>;
  readonly #expired: () => boolean;
  #released: Promise<void> | undefined;

  constructor(
    name: string,
    token: number,
    giveUp: () => Promise<void>,
    expired: () => boolean = () => false,
  ) {
    this.name = name;
    this.token = token;
    this.#giveUp = giveUp;
    this.#expired = expired;
  }

  get lost(): AbortSignal {
    // A process that stood still hears of what came to it meanwhile before its timers say that it is too late.
    if (!this.#lost.signal.aborted && this.#expired()) this.lose();
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
