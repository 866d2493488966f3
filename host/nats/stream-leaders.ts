/**
 * Leaders of streams that are known to have caught up. Servers elect one that has all that was acknowledged, but it answers before it
 * has read all of that: until then it says of a message that it has none. It is believed once it has all that was seen of the stream.
 */
import type { JetStreamManager } from "@nats-io/jetstream";

interface LedStream {
  readonly leader: string | undefined;
  /** Number of the newest message. */
  readonly last: number;
  /** Servers that have a copy, besides the leader. */
  readonly others: number;
}

export interface StreamServers {
  /** Throws where nobody leads. */
  ask(stream: string): Promise<LedStream>;
}

interface Proof {
  /** Undefined where there is one copy: who has it has all. */
  readonly leader: string | undefined;
  readonly at: number;
}

/** Milliseconds that a proof counts: no server elects, and is elected again, within them. */
const proofTime = 2000;
/** Readings of one answer that nobody vouches for, after which the whole is tried again later. */
const mostReadings = 3;

export class StreamLeaders {
  readonly #servers: StreamServers;
  readonly #proofs = new Map<string, Proof>();
  readonly #seen = new Map<string, number>();

  constructor(servers: StreamServers) {
    this.#servers = servers;
  }

  /**
   * Answer of a stream's leader, which `read` asks: read again until it is that of one that had caught up, or sure from any. Throws what
   * may pass where there is none.
   */
  async vouched<T>(
    stream: string,
    read: () => Promise<T>,
    isSure: (found: T) => boolean = () => false,
  ): Promise<T> {
    for (let readings = 1; ; readings++) {
      const began = performance.now();
      const found = await read();
      if (isSure(found) || (await this.#vouches(stream, began))) return found;
      if (readings === mostReadings) throw new Error("the leader of a stream has not caught up");
    }
  }

  /** True if the leader is the one that had caught up when a reading began. */
  async #vouches(stream: string, began: number): Promise<boolean> {
    const proof = this.#proofs.get(stream);
    const counts = proof !== undefined && proof.at <= began && performance.now() - proof.at < proofTime;
    if (counts && proof.leader === undefined) return true;
    const { leader, others, last } = await this.#servers.ask(stream);
    if (others === 0) {
      this.#proofs.set(stream, { leader: undefined, at: performance.now() });
      return true;
    }
    if (leader === undefined || last < (this.#seen.get(stream) ?? 0))
      throw new Error("no leader of a stream has caught up");
    this.note(stream, last);
    if (counts && proof.leader === leader) return true;
    this.#proofs.set(stream, { leader, at: performance.now() });
    return false;
  }

  /** Notes the number of a message that was read or published. */
  note(stream: string, seq: number): void {
    this.#seen.set(stream, Math.max(seq, this.#seen.get(stream) ?? 0));
  }
}

/** Servers as their API has them. */
export function serversOf(streams: JetStreamManager["streams"]): StreamServers {
  return {
    async ask(stream) {
      const { cluster, state } = await streams.info(stream);
      return { leader: cluster?.leader, last: state.last_seq, others: cluster?.replicas?.length ?? 0 };
    },
  };
}
