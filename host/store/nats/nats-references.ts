/** References of a store on NATS to what it keeps by digest: of commits and of contracts. */
import { digestsIn, type NatsHistory } from "./nats-history.ts";
import type { NatsRecords } from "./nats-records.ts";
import type { Places } from "./places.ts";

/** References as they are after all messages that are numbered here. */
export interface References {
  readonly digests: ReadonlySet<string>;
  /** Number of the last message of each subject that something can be pinned for. */
  readonly last: ReadonlyMap<string, number>;
}

export class NatsReferences {
  readonly #places: Places;
  readonly #history: NatsHistory;
  readonly #records: NatsRecords;

  constructor(places: Places, history: NatsHistory, records: NatsRecords) {
    this.#places = places;
    this.#history = history;
    this.#records = records;
  }

  async all(): Promise<References> {
    const contracts = await this.#records.references();
    const { kept, newest } = await this.#history.all();
    return {
      digests: new Set([...[...kept, ...newest].flatMap(digestsIn), ...contracts.digests]),
      last: new Map([
        ...newest.map(({ plugin, seq }) => [this.#places.commits(plugin), seq] as const),
        [contracts.subject, contracts.last],
      ]),
    };
  }

  /** References in the messages of these subjects. */
  async of(subjects: readonly string[]): Promise<References> {
    const digests = new Set<string>();
    const last = new Map<string, number>();
    for (const subject of subjects) {
      const found = await this.#of(subject);
      for (const digest of found.digests) digests.add(digest);
      last.set(subject, found.last);
    }
    return { digests, last };
  }

  async #of(subject: string): Promise<{ readonly digests: readonly string[]; readonly last: number }> {
    if (!this.#places.isOfCommits(subject)) return this.#records.references();
    const { commits, last } = await this.#history.references(subject);
    return { digests: commits.flatMap(digestsIn), last };
  }
}
