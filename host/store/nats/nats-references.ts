/** References of a store on NATS to what it keeps by digest: of commits and of contracts. */
import { digestsIn, type NatsHistory } from "./nats-history.ts";
import type { NatsRecords } from "./nats-records.ts";
import type { Places } from "./places.ts";

/** References as they are after all messages that are numbered here. */
export interface References {
  readonly digests: ReadonlySet<string>;
  /** Number of the last message of each subject that something can be pinned for. */
  readonly last: ReadonlyMap<string, number>;
  /** False where a newer Hotcell may have stored some in a way that is not known here: nothing is known to be without any then. */
  readonly complete: boolean;
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
    const all = [...kept, ...newest];
    return {
      complete: [contracts, ...all].every(({ unknown }) => unknown === undefined),
      digests: new Set([...all.flatMap(digestsIn), ...contracts.digests]),
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
    let complete = true;
    for (const subject of subjects) {
      const found = await this.#of(subject);
      complete &&= found.unknown === undefined;
      for (const digest of found.digests) digests.add(digest);
      last.set(subject, found.last);
    }
    return { digests, last, complete };
  }

  async #of(subject: string): Promise<{
    readonly digests: readonly string[];
    readonly last: number;
    readonly unknown?: string | undefined;
  }> {
    if (!this.#places.isOfCommits(subject)) return this.#records.references();
    const { commits, last } = await this.#history.references(subject);
    const unknown = commits.find((commit) => commit.unknown !== undefined)?.unknown;
    return { digests: commits.flatMap(digestsIn), last, unknown };
  }
}
