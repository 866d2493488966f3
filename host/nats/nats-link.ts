/**
 * Connection to NATS that lasts: operations on streams, each tried again within the patience where the server does not
 * answer. Every method throws HotcellError.
 */

import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { within } from "../platform/within.ts";
import { NewerThings } from "../skew/newer-things.ts";
import { FirstCounts, SubjectEnds } from "./first-counts.ts";
import {
  isGone,
  isLogin,
  isOutrun,
  LoginRefused,
  mayPass,
  natsError,
  outrunError,
  unknownError,
} from "./nats-failure.ts";
import {
  afterHeader,
  eachFrom,
  headHeader,
  lastOfEach,
  type NatsMessage,
  nextOf,
  type StreamQuery,
  storedMessage,
} from "./nats-message.ts";
import { type PullRequest, pull } from "./pull-request.ts";
import { removeEach } from "./remove-each.ts";
import { addConsumer, nextOfConsumer } from "./stream-consumer.ts";
import { type FollowedStream, StreamFollower } from "./stream-follower.ts";
import { StreamLeaders, serversOf } from "./stream-leaders.ts";

export interface Published {
  readonly data?: Uint8Array | string;
  readonly head?: string;
  /** Id by which it is known when it is read; one of its own where it is absent. */
  readonly id?: string;
  /** Number of the last message of the subject, 0 if there is to be none. */
  readonly expected?: number;
}

export interface StreamScan {
  /** Number of the first message that is read. */
  readonly from?: number;
  /** Only the last of each subject. */
  readonly lastOnly?: boolean;
  readonly headsOnly?: boolean;
  /** Messages that are asked for at a time. */
  readonly batch?: number;
  /** Made anew for each try; told every message, and false ends it before that. */
  readonly wants?: () => (message: NatsMessage) => boolean;
}

/** Milliseconds that one try of an operation waits for its answer. */
const tryTime = 2000;
/** Milliseconds between tries. */
const pause = 100;
/** Requests that are on their way at a time. */
const askedAtOnce = 32;
const following: PullRequest = { batch: 500, noWait: false, expires: 30_000, silence: 650 };

export class NatsLink {
  readonly #nc: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #patience: number;
  /** Address for people. */
  readonly where: string;
  /** Things there that a newer Hotcell has stored, and this one does not know. */
  readonly newer = new NewerThings();
  readonly #ends = new SubjectEnds((...place) => this.#from(...place));
  readonly #leaders: StreamLeaders;
  /** Resolved, and made anew, at each connection. */
  #connected = Promise.withResolvers<void>();
  #up = true;
  /** Words of the server that refused the last try to connect. */
  #refused: string | undefined;

  constructor(
    nc: NatsConnection,
    { js, jsm }: { readonly js: JetStreamClient; readonly jsm: JetStreamManager },
    { where, patience }: { readonly where: string; readonly patience: number },
  ) {
    this.#nc = nc;
    this.#js = js;
    this.#jsm = jsm;
    this.#leaders = new StreamLeaders(serversOf(jsm.streams));
    this.#patience = patience;
    this.where = where;
    void this.#listen();
  }

  /** Bytes that one message can have, besides its headers. */
  get messageBytes(): number {
    return Math.floor((this.#nc.info?.max_payload ?? 1_048_576) * 0.75);
  }

  /** Version of the server that it is connected to. */
  get version(): string {
    return this.#nc.info?.version ?? "unknown";
  }

  /** The server is none of several, so what it keeps has one copy until it is started anew as one of these. */
  get #isAlone(): boolean {
    const { jetstream, cluster } = this.#nc.info ?? {};
    return jetstream === true && cluster === undefined;
  }

  get manager(): JetStreamManager {
    return this.#jsm;
  }

  /**
   * Tries until it is done or the patience is over. Nothing is sent while there is no connection: the client would keep
   * it, and send it after we have said that it failed.
   */
  async attempt<T>(work: (timeout: number) => Promise<T>, change = false): Promise<T> {
    const end = performance.now() + this.#patience;
    let sent = false;
    for (;;) {
      if (this.newer.refusal) throw this.newer.refusal;
      const left = end - performance.now();
      try {
        if (!this.#up) await this.#waitForConnection(left);
        sent = true;
        return await work(Math.max(1, Math.min(tryTime, left)));
      } catch (error) {
        if (!mayPass(error)) throw natsError(error, this.where);
        if (this.#nc.isClosed() || performance.now() + pause >= end)
          throw change && sent ? unknownError(error, this.where) : natsError(error, this.where);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /**
   * Number of the message; undefined where `expected` is not what is there, also where the server has noticed that too late. What an
   * earlier try may have stored is found again by its id, so it is never stored twice.
   */
  async publish(
    subject: string,
    { data = "", head, id = crypto.randomUUID(), expected }: Published,
  ): Promise<number | undefined> {
    const { headers: newHeaders } = await import("@nats-io/transport-node");
    let tries = 0;
    return this.attempt(async (timeout) => {
      tries++;
      // That there is none yet is what servers hold exactly, and all that is expected where there is one server.
      const after = this.#isAlone ? undefined : expected || undefined;
      const headers = newHeaders();
      if (head !== undefined) headers.set(headHeader, head);
      if (after !== undefined) headers.set(afterHeader, `${after}`);
      let newest = this.#ends.newestOf(subject, expected);
      for (;;) {
        const expect = newest === undefined ? {} : { expect: { lastSubjectSequence: newest } };
        try {
          const options = { msgID: id, headers, timeout, retries: 1, ...expect };
          const { stream, seq } = await this.#js.publish(subject, data, options);
          return (await this.#ends.isFirst(stream, { subject, seq, after })) ? seq : undefined;
        } catch (error) {
          if (!isOutrun(error) || expected === undefined) throw error;
        }
        const stream = await this.#jsm.streams.find(subject);
        if (tries > 1) {
          // What an earlier try has stored is before whatever outran this one.
          for await (const stored of this.#from(stream, subject, expected + 1))
            if (stored.id === id) return (await this.#ends.isFirst(stream, stored)) ? stored.seq : undefined;
        }
        await this.#last(stream, subject);
        // Outrun by what is void only: that does not count.
        const now = this.#ends.newestOf(subject, expected);
        if (now === newest || now === undefined || now === expected) return undefined;
        newest = now;
      }
    }, true);
  }

  /**
   * Turns of who changes a subject by compare-and-set: awaited whenever others were first, and failing when they have been for longer than the
   * patience.
   */
  turns(subject: string): () => Promise<void> {
    const end = performance.now() + this.#patience;
    let lost = 0;
    return async () => {
      if (performance.now() >= end) throw outrunError(this.where, subject);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** lost++, pause)));
    };
  }

  /** The newest message of a subject, as the stream's leader has it once it has caught up. */
  last(stream: string, subject: string): Promise<NatsMessage | undefined> {
    return this.attempt(() => this.#last(stream, subject));
  }

  get(stream: string, seq: number): Promise<NatsMessage | undefined> {
    return this.attempt(() => this.#sure(stream, { seq }));
  }

  /** The first message of a subject whose number is `seq` or higher. */
  next(stream: string, subject: string, seq: number): Promise<NatsMessage | undefined> {
    return this.attempt(() => this.#sure(stream, nextOf(subject, seq)));
  }

  /** Messages of a subject in order of their numbers. */
  scan(stream: string, subject: string, options: StreamScan = {}): Promise<NatsMessage[]> {
    return this.attempt(() => this.#scan(stream, subject, options));
  }

  /** Removes the messages of a subject; with `below`, only those with lower numbers. */
  async purge(stream: string, subject: string, below?: number): Promise<void> {
    // To the server 1 means all.
    if (below !== undefined && below <= 1) return;
    if (await this.#hasCopies(stream)) {
      const kept = eachFrom(1, (at) => this.next(stream, subject, at));
      return removeEach(kept, below, (seq) => this.remove(stream, seq));
    }
    const options = { filter: subject, ...(below !== undefined && { seq: below }) };
    await this.attempt(() => this.#jsm.streams.purge(stream, options));
  }

  /** Removes a message, and writes over its bytes where they are secret; nothing happens where there is none. */
  async remove(stream: string, seq: number, overwrites = false): Promise<void> {
    await this.attempt(() =>
      this.#jsm.streams.deleteMessage(stream, seq, overwrites).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      }),
    );
  }

  /** Number of the newest message of a stream, kept or not; 0 if there never was one. */
  lastNumber(stream: string): Promise<number> {
    const read = async () => (await this.#jsm.streams.info(stream)).state.last_seq;
    return this.attempt(() => this.#leaders.vouched(stream, read));
  }

  /**
   * Tells `take` every message of a subject with a number above `after`, in order, once each, however often the
   * connection is lost under way. Ends with the signal.
   */
  async follow(
    stream: string,
    subject: string,
    { after, take, signal }: { after: number; take: (message: NatsMessage) => void; signal: AbortSignal },
  ): Promise<void> {
    const standing = new FirstCounts();
    let got = 0;
    const followed: FollowedStream = {
      consumer: (from) => {
        got = 0;
        return addConsumer(this.#jsm, stream, subject, { from });
      },
      pull: (consumer, took, over) =>
        pull(
          this.#nc,
          { stream, consumer },
          following,
          (message) => took(nextOfConsumer(message, got++)),
          over,
        ),
      next: (from) => this.#message(stream, nextOf(subject, from)),
      connected: () => this.#connected.promise,
      closed: () => this.#nc.isClosed(),
    };
    const counted = (message: NatsMessage) => {
      if (standing.counts(message)) take(message);
    };
    await new StreamFollower(followed, after, counted).run(signal);
  }

  async close(): Promise<void> {
    await this.#nc.close();
  }

  async #hasCopies(stream: string): Promise<boolean> {
    if (this.#isAlone) return false;
    const { config } = await this.attempt(() => this.#jsm.streams.info(stream));
    return config.num_replicas > 1;
  }

  async #scan(
    stream: string,
    subject: string,
    { from = 1, lastOnly = false, headsOnly = false, batch = 500, wants }: StreamScan,
  ): Promise<NatsMessage[]> {
    const wanted = wants?.() ?? (() => true);
    const messages: NatsMessage[] = [];
    const newest = (await this.#newest(stream, subject))?.seq ?? 0;
    if (newest < from) return messages;
    let enough = false;
    const standing = new FirstCounts([subject, from - 1]);
    const consumer = await addConsumer(this.#jsm, stream, subject, { from, lastOnly, headsOnly });
    let more = true;
    let got = 0;
    try {
      while (more) {
        more = false;
        const take = (message: Msg) => {
          const delivered = nextOfConsumer(message, got++);
          const counts = standing.counts(delivered);
          if (counts && !wanted(delivered)) {
            more = false;
            enough = true;
            return false;
          }
          if (counts) messages.push(delivered);
          // Writers may be faster than this reader. In a subject's place, though, there may be a newer one.
          enough = !lastOnly && delivered.seq >= newest;
          more = !enough && delivered.pending > 0;
          return more;
        };
        await pull(
          this.#nc,
          { stream, consumer },
          { batch, noWait: true, expires: tryTime, silence: tryTime },
          take,
        );
      }
    } finally {
      // It ends by itself where nobody can be told.
      void this.#jsm.consumers.delete(stream, consumer).catch(() => {});
    }
    // A consumer reads what its own server has, which may not have caught up with the stream's leader.
    for (let read = messages.at(-1)?.seq ?? from - 1; !enough && read < newest; ) {
      const message = await this.#sure(stream, nextOf(subject, read + 1));
      if (!message) break;
      read = message.seq;
      if (!standing.counts(message)) continue;
      if (!wanted(message)) break;
      messages.push(message);
    }
    return lastOnly ? this.#standing(stream, subject, lastOfEach(messages)) : messages;
  }

  /** Messages of different subjects, those that are void replaced by what counts. */
  async #standing(stream: string, subject: string, messages: NatsMessage[]): Promise<NatsMessage[]> {
    const unknown = messages.filter((message) => !this.#ends.isKnown(message));
    if (unknown.length > askedAtOnce) {
      // One that is the only one of its subject has nothing before it.
      const info = () => this.#jsm.streams.info(stream, { subjects_filter: subject });
      const { subjects } = (await this.#leaders.vouched(stream, info)).state;
      for (const message of unknown) if (subjects?.[message.subject] === 1) this.#ends.noteCounting(message);
    }
    const found: NatsMessage[] = [];
    for (let first = 0; first < messages.length; first += askedAtOnce) {
      const some = messages
        .slice(first, first + askedAtOnce)
        .map((message) => this.#ends.counting(stream, message));
      found.push(...(await Promise.all(some)));
    }
    return found;
  }

  async #last(stream: string, subject: string): Promise<NatsMessage | undefined> {
    const newest = await this.#newest(stream, subject);
    return newest && this.#ends.counting(stream, newest);
  }

  #from(stream: string, subject: string, seq: number): AsyncGenerator<NatsMessage> {
    return eachFrom(seq, (at) => this.#sure(stream, nextOf(subject, at)));
  }

  /** Newest message, void or not. One that is found may be an old one, so the leader is to have caught up in any case. */
  #newest(stream: string, subject: string) {
    return this.#leaders.vouched(stream, () => this.#message(stream, { last_by_subj: subject }));
  }

  /** Message that is not believed to be missing unless the leader has caught up. */
  #sure(stream: string, query: StreamQuery) {
    const isFound = (found?: NatsMessage) => found !== undefined;
    return this.#leaders.vouched(stream, () => this.#message(stream, query), isFound);
  }

  async #message(stream: string, query: StreamQuery): Promise<NatsMessage | undefined> {
    const found = await this.#jsm.streams.getMessage(stream, query).catch((error: unknown) => {
      if (isGone(error)) return null;
      throw error;
    });
    return found ? storedMessage(found) : undefined;
  }

  async #listen(): Promise<void> {
    for await (const status of this.#nc.status()) {
      const { type } = status;
      if (type === "disconnect") this.#up = false;
      if (type === "error" && isLogin(status.error)) this.#refused = status.error.message;
      if (type !== "reconnect") continue;
      this.#up = true;
      this.#refused = undefined;
      this.#connected.resolve();
      this.#connected = Promise.withResolvers();
    }
  }

  async #waitForConnection(milliseconds: number): Promise<void> {
    await within(this.#connected.promise, Math.max(1, milliseconds));
    if (this.#up) return;
    if (this.#refused !== undefined) throw new LoginRefused(`its servers refuse this host: ${this.#refused}`);
    throw new Error("there is no connection to NATS");
  }
}
