/** Share of a worker in what all of a host have together: parts of its API that ask the process that has them. */
import type { FailedTokens } from "../access/failed-tokens.ts";
import type { RequestRates } from "../access/request-rates.ts";
import type { Figures } from "../http/told-figures.ts";
import type { HostMetrics } from "../observe/host-metrics.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { DeskLine } from "./desk-line.ts";
import { OwnTeller, type TellingHost } from "./own-teller.ts";
import { SharedFigures } from "./shared-figures.ts";
import { SharedLimits } from "./shared-limits.ts";

/** Worker among the others. */
export interface WorkerPlace {
  /** Its number, from 1. */
  readonly worker: number;
  readonly workers: number;
}

export class JoinedWorkers {
  readonly figures: Figures;
  readonly rates: RequestRates;
  readonly failures: FailedTokens;
  readonly #line: DeskLine;

  /** From here on the host's figures are told to the process that has the workers, and are 0 here. */
  constructor(
    host: TellingHost & { readonly metrics: HostMetrics; readonly heap: HeapAccount },
    { worker, workers }: WorkerPlace,
  ) {
    const teller = new OwnTeller(host);
    const limits = new SharedLimits(workers, (takings, sent) =>
      this.#line.send({ desk: "took", takings }, sent),
    );
    this.#line = new DeskLine({
      worker,
      take: (names) => teller.take(names),
      now: (names) => teller.now(worker, names),
      taken: (takings) => limits.takenElsewhere(takings),
    });
    ({ rates: this.rates, failures: this.failures } = limits);
    this.figures = new SharedFigures(this.#line, host.metrics, host.heap);
  }

  /** Tells what was counted last. */
  end(): Promise<void> {
    return this.#line.end();
  }
}
