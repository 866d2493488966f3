/** Teller of how a host stands to the others: at once where it matters, and now and then otherwise. */
import type { HostStanding } from "../registry/standing.ts";
import type { Leases } from "./leases.ts";

/** Milliseconds for which news wait for company. */
const [soon, later] = [50, 500];

export class StandingTeller {
  readonly #leases: Pick<Leases, "stands">;
  #told: HostStanding | undefined;
  #timer: NodeJS.Timeout | undefined;
  #urgent = false;
  #work: Promise<void> = Promise.resolve();

  constructor(leases: Pick<Leases, "stands">) {
    this.#leases = leases;
  }

  /** Takes note of how this host stands. */
  note(standing: HostStanding, urgent: boolean): void {
    this.#told = standing;
    if (this.#timer && (this.#urgent || !urgent)) return;
    clearTimeout(this.#timer);
    this.#urgent = urgent;
    this.#timer = setTimeout(() => this.#tell(), urgent ? soon : later).unref();
  }

  /** Tells no more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
  }

  #tell(): void {
    this.#timer = undefined;
    const told = this.#told;
    if (!told) return;
    // One after the other, so that the last stays. Where what the hosts share is away, the next one tells it.
    this.#work = this.#work.then(() => this.#leases.stands(told)).catch(() => {});
  }
}
