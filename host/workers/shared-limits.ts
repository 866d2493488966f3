/** Limits that workers count together: rates of requests, and wrong tokens. Each counts by itself, and tells the others. */
import { FailedTokens } from "../access/failed-tokens.ts";
import { RequestRates } from "../access/request-rates.ts";
import { workerBounds } from "../bounds/worker-bounds.ts";
import type { Taking } from "./protocol.ts";

const gathering = workerBounds.gathering.value;

export class SharedLimits {
  readonly rates: RequestRates;
  readonly failures = new FailedTokens();
  readonly #send: (takings: readonly Taking[], sent: () => void) => void;
  readonly #takings = new Map<string, { -readonly [Name in keyof Taking]: Taking[Name] }>();
  #timer: NodeJS.Timeout | undefined;
  #sending = false;

  /** `workers`: their number. */
  constructor(workers: number, send: (takings: readonly Taking[], sent: () => void) => void) {
    this.#send = send;
    this.rates = new RequestRates(undefined, undefined, workers);
    this.rates.taken = (client, milliseconds) => this.#note("rate", client, milliseconds);
    this.failures.failed = (client, milliseconds) => this.#note("wrong-token", client, milliseconds);
  }

  /** Counts what was taken of other workers. */
  takenElsewhere(takings: readonly Taking[]): void {
    for (const { of, client, milliseconds } of takings)
      if (of === "rate") this.rates.takenElsewhere(client, milliseconds);
      else this.failures.failedElsewhere(client, milliseconds);
  }

  /** Each client once, however much it took: what waits is bounded by the clients that are told apart. */
  #note(of: Taking["of"], client: string, milliseconds: number): void {
    const key = `${of} ${client}`;
    const known = this.#takings.get(key);
    if (known) known.milliseconds += milliseconds;
    else this.#takings.set(key, { of, client, milliseconds });
    if (!this.#sending) this.#timer ??= setTimeout(() => this.#tell(), gathering);
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#takings.size === 0) return;
    const takings = [...this.#takings.values()];
    this.#takings.clear();
    this.#sending = true;
    this.#send(takings, () => {
      this.#sending = false;
      if (this.#takings.size > 0) this.#timer ??= setTimeout(() => this.#tell(), gathering);
    });
  }
}
