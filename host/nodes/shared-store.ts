/** Share of a host in a store of several machines: which of them makes the calls of schedules, and who there is. */
import type { SharedRegisters } from "../store/store.ts";
import { harmlessLines } from "../text/harmless.ts";
import { type Lease, type Leases, leaseOnceFree } from "./leases.ts";
import { RegisterLeases } from "./register-leases.ts";
import { ownFacts } from "./told-nodes.ts";

export class StoreShare {
  readonly leases: Leases;
  readonly #ending = new AbortController();
  #schedules: Lease | undefined;
  readonly #leading: Promise<void>;

  private constructor(leases: Leases) {
    this.leases = leases;
    this.#leading = this.#lead();
  }

  static async join(registers: SharedRegisters, version: string): Promise<StoreShare> {
    return new StoreShare(await RegisterLeases.join(registers, ownFacts(version)));
  }

  /** True on the one host that makes the calls of schedules. */
  get leads(): boolean {
    return this.#schedules !== undefined && !this.#schedules.lost.aborted;
  }

  /** Says in the log who the others are. */
  async tell(): Promise<void> {
    for (const { id, pid, machine, address } of await this.leases.nodes()) {
      if (id === this.leases.self.id) continue;
      const where = address === undefined ? "" : `, which listens on ${address}`;
      const line = `The store is shared with process ${pid} on ${machine}${where}: what either changes the other follows.`;
      console.error(harmlessLines(line));
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#leading;
    await this.leases.close();
  }

  /** Leads as often as it is this host's turn: a host that was cut off may have it again. */
  async #lead(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#schedules = await leaseOnceFree(this.leases, "schedules", signal);
      const { lost } = this.#schedules ?? {};
      if (lost && !lost.aborted) await ended(AbortSignal.any([lost, signal]));
    }
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
