/** Share of a host in a store of several machines: which of them makes the calls of schedules, and who there is. */
import type { SharedRegisters } from "../store/store.ts";
import { Leadership } from "./leadership.ts";
import type { Leases } from "./leases.ts";
import { RegisterLeases } from "./register-leases.ts";
import { ownFacts, sayWhoShares } from "./told-nodes.ts";

export class StoreShare {
  readonly leases: Leases;
  readonly #leadership: Leadership;

  private constructor(leases: Leases) {
    this.leases = leases;
    this.#leadership = new Leadership(leases);
  }

  static async join(registers: SharedRegisters, version: string): Promise<StoreShare> {
    return new StoreShare(await RegisterLeases.join(registers, ownFacts(version)));
  }

  /** True on the one host that makes the calls of schedules. */
  get leads(): boolean {
    return this.#leadership.leads;
  }

  /** Says in the log who the others are. */
  tell(): Promise<void> {
    return sayWhoShares("The store", this.leases);
  }

  async close(): Promise<void> {
    await this.#leadership.close();
    await this.leases.close();
  }
}
