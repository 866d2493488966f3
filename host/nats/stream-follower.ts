/**
 * Follower of a subject of a stream: tells every message in order, once each, however often a consumer is lost under way. A consumer is
 * on one server, and dies with it; another is had from a leader, whom the servers may be electing just then. Meanwhile the stream's own
 * leader is asked for what is next, so that what it keeps is told as soon as it keeps anything.
 */
import type { NatsMessage } from "./nats-message.ts";

export interface FollowedStream {
  /** Makes a consumer of messages with numbers from `from` on, and gives its name. */
  consumer(from: number): Promise<string>;
  /** Gives its messages to `took`, which says whether it wants more, until the request is over. Throws where the consumer is gone. */
  pull(consumer: string, took: (message: NatsMessage) => boolean, signal: AbortSignal): Promise<void>;
  /** First message from that number on, as the leader has it. */
  next(from: number): Promise<NatsMessage | undefined>;
  /** Resolves with the next connection. */
  connected(): Promise<void>;
  closed(): boolean;
}

/** Milliseconds between tries. */
const pause = 100;
/** Milliseconds between questions to the leader. */
const askEvery = 100;

export class StreamFollower {
  readonly #stream: FollowedStream;
  readonly #take: (message: NatsMessage) => void;
  #last: number;

  /** `after`: number of the last message that is not told. */
  constructor(stream: FollowedStream, after: number, take: (message: NatsMessage) => void) {
    this.#stream = stream;
    this.#last = after;
    this.#take = take;
  }

  /** Resolves once the signal is aborted, or the connection is closed for good. */
  async run(signal: AbortSignal): Promise<void> {
    let asking: AbortController | undefined;
    let over = this.#untilConnected(signal);
    while (!signal.aborted) {
      // One for each connection, however many tries fail meanwhile.
      if (over.aborted) over = this.#untilConnected(signal);
      asking ??= this.#askLeader(signal);
      try {
        const consumer = await this.#stream.consumer(this.#last + 1);
        asking.abort();
        asking = undefined;
        while (!over.aborted) {
          const took = (message: NatsMessage) => {
            this.#tell(message);
            return !over.aborted;
          };
          await this.#stream.pull(consumer, took, over);
        }
      } catch {
        if (this.#stream.closed()) break;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    asking?.abort();
  }

  /** Signal that is aborted with that one or the next connection. */
  #untilConnected(signal: AbortSignal): AbortSignal {
    const next = new AbortController();
    void this.#stream.connected().then(() => next.abort());
    return AbortSignal.any([signal, next.signal]);
  }

  /** Message of the leader's or of a consumer's; what both give is told once. */
  #tell(message: NatsMessage): void {
    if (message.seq <= this.#last) return;
    this.#last = message.seq;
    this.#take(message);
  }

  /** Asks the leader until that is aborted, from when no consumer was there for a while. */
  #askLeader(signal: AbortSignal): AbortController {
    const asking = new AbortController();
    void this.#ask(AbortSignal.any([signal, asking.signal]));
    return asking;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, askEvery));
      for (let more = true; more && !signal.aborted; ) {
        // The first that was not told when it was asked for: nothing is left out, whoever has told it meanwhile.
        const message = await this.#stream.next(this.#last + 1).catch(() => undefined);
        if (message && !signal.aborted) this.#tell(message);
        more = message !== undefined;
      }
    }
  }
}
