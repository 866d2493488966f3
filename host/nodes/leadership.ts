/** Leadership among hosts: one of them makes the calls of schedules, and looks at sources. */
import { once } from "node:events";
import { type Lease, type Leases, leaseOnceFree } from "./leases.ts";

export class Leadership {
  readonly #leases: Leases;
  readonly #ending = new AbortController();
  #lease: Lease | undefined;
  readonly #leading: Promise<void>;

  constructor(leases: Leases) {
    this.#leases = leases;
    this.#leading = this.#lead();
  }

  /** True on the one host that leads. */
  get leads(): boolean {
    return this.#lease !== undefined && !this.#lease.lost.aborted;
  }

  /** Tries no more; the lease goes with the others that the host has. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#leading;
  }

  /** Leads as often as it is this host's turn: a host that was cut off may have it again. */
  async #lead(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#lease = await leaseOnceFree(this.#leases, "schedules", signal);
      const { lost } = this.#lease ?? {};
      if (lost && !lost.aborted) await aborted(AbortSignal.any([lost, signal]));
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
