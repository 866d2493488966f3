/**
 * Leaders of streams that are known to have caught up. Servers elect one that has all that was acknowledged, but it answers before it
 * has read all of that: until then it says of a message that it has none. It is believed once it has done something that the servers
 * agree on, for that comes after all that was before.
 */
import type { JetStreamManager } from "@nats-io/jetstream";

export interface LedStream {
  readonly leader: string | undefined;
  /** Servers that have a copy, besides the leader. */
  readonly others: number;
}

export interface StreamServers {
  /** Throws where nobody leads. */
  ask(stream: string): Promise<LedStream>;
  /** Change that changes nothing: done once the leader has applied all before it. */
  agree(stream: string): Promise<void>;
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
  readonly #proving = new Map<string, Promise<void>>();

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
    const { leader, others } = await this.#servers.ask(stream);
    if (others > 0 && leader === undefined) throw new Error("nobody leads a stream");
    if (counts && proof.leader === leader) return true;
    if (others > 0) {
      await this.#prove(stream, leader);
      return false;
    }
    this.#proofs.set(stream, { leader: undefined, at: performance.now() });
    return true;
  }

  /** Proof that a leader has caught up, for all that ask meanwhile. */
  #prove(stream: string, leader: string | undefined): Promise<void> {
    const proving =
      this.#proving.get(stream) ??
      this.#servers
        .agree(stream)
        .then(() => void this.#proofs.set(stream, { leader, at: performance.now() }))
        .finally(() => this.#proving.delete(stream));
    this.#proving.set(stream, proving);
    return proving;
  }
}

/** Servers as their API has them. A purge of what nobody has published goes to all of them in turn with the messages, and is kept by none. */
export function serversOf(streams: JetStreamManager["streams"]): StreamServers {
  return {
    async ask(stream) {
      const { cluster } = await streams.info(stream);
      return { leader: cluster?.leader, others: cluster?.replicas?.length ?? 0 };
    },
    async agree(stream) {
      await streams.purge(stream, { filter: `${stream}.nothing` });
    },
  };
}
