/**
 * Leaders of streams that are known to have caught up. Servers elect one that has all that was acknowledged, but it answers before it
 * has read all of that: until then it says of a message that it has none. It is believed once it has done something that the servers agreed on.
 */
import type { JetStreamManager } from "@nats-io/jetstream";
import { isGone } from "./nats-failure.ts";

interface LedStream {
  readonly leader: string | undefined;
  /** Servers that have a copy, besides the leader. */
  readonly others: number;
}

export interface StreamServers {
  /** Throws where nobody leads. */
  ask(stream: string): Promise<LedStream>;
  /** Has them agree on something that changes nothing. Resolves once the leader has done that, and so all that was acknowledged before. */
  agree(stream: string): Promise<void>;
}

/** Knowledge that a leader has all that was acknowledged: whoever leads on has what it acknowledges itself. */
interface Proof {
  /** Undefined where there is one copy: who has it has all. */
  readonly leader: string | undefined;
  /** Time before the servers were asked for it. */
  readonly asked: number;
  readonly since: number;
}

/** Milliseconds that a proof counts: less than those for which servers that have just agreed elect nobody, so that no leader is asked that another has followed. */
const proofTime = 2000;
/** Readings of one answer that nobody vouches for, after which the whole is tried again later. */
const mostReadings = 3;

export class StreamLeaders {
  readonly #servers: StreamServers;
  readonly #proofs = new Map<string, Proof>();
  readonly #proving = new Map<string, Promise<Proof>>();

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

  /** True if the leader is the one that had caught up when a reading began; where it is not, one has afterwards. */
  async #vouches(stream: string, began: number): Promise<boolean> {
    const proof = this.#proofs.get(stream);
    const counts = proof !== undefined && proof.since <= began && performance.now() - proof.asked < proofTime;
    if (counts) {
      if (proof.leader === undefined) return true;
      const { leader } = await this.#servers.ask(stream);
      if (leader === proof.leader) return true;
    }
    return (await this.#proveAnew(stream)).leader === undefined;
  }

  /** Proof of who leads now. Whoever asks while that is under way means the same. */
  #proveAnew(stream: string): Promise<Proof> {
    let proving = this.#proving.get(stream);
    if (!proving) {
      proving = this.#prove(stream).finally(() => this.#proving.delete(stream));
      this.#proving.set(stream, proving);
    }
    return proving;
  }

  async #prove(stream: string): Promise<Proof> {
    const asked = performance.now();
    const { leader, others } = await this.#servers.ask(stream);
    if (others > 0) {
      if (leader === undefined) throw new Error("a stream has no leader");
      await this.#servers.agree(stream);
    }
    const proof = { leader: others > 0 ? leader : undefined, asked, since: performance.now() };
    this.#proofs.set(stream, proof);
    return proof;
  }
}

/** Servers as their API has them. */
export function serversOf(streams: JetStreamManager["streams"]): StreamServers {
  return {
    async ask(stream) {
      const { cluster } = await streams.info(stream);
      return { leader: cluster?.leader, others: cluster?.replicas?.length ?? 0 };
    },
    async agree(stream) {
      // No message has the number 0. Servers agree on a removal before they look, and do it in the order of all that they agreed on.
      await streams.deleteMessage(stream, 0, false).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    },
  };
}
