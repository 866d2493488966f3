/**
 * Calls with keys on NATS: a stream that forgets by time, in which each key has a subject. A claim is a message that is taken only where there is
 * none yet, which servers hold exactly; the answer is another, which only the host that has claimed it can store.
 */
import { randomUUID } from "node:crypto";
import { idempotencyBounds } from "../../bounds/http-bounds.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import { asciiJson, type NatsMessage } from "../../nats/nats-message.ts";
import { allOfHost, CallRooms, type RoomedCall, roomsOf } from "../call-rooms.ts";
import {
  type BegunCall,
  bytesOfAnswer,
  type KeptAnswer,
  type KeyedCall,
  type KnownCall,
} from "../keyed-calls.ts";
import { OwedWrites } from "../owed-writes.ts";
import {
  idOfCall,
  readAnswer,
  type SharedCalls,
  type WrittenAnswer,
  writtenAnswer,
} from "../shared-calls.ts";

/** Head of a message; its data is the answer's body. */
interface CallHead {
  readonly print: string;
  readonly maker?: string;
  readonly lost?: true;
  readonly answer?: WrittenAnswer;
}

/** Call that this host makes. */
interface OwnCall {
  readonly subject: string;
  readonly claim: CallHead;
  readonly room: RoomedCall;
  /** Number of the message that claims it. */
  seq: number;
  /** Earlier ones. */
  readonly before: number[];
  /** Moment, as `performance.now()` counts, at which that was sent. */
  sent: number;
  /** Writes, one after the other. */
  work: Promise<unknown>;
}

export interface ClaimTimes {
  /** Milliseconds between two looks at claims. */
  readonly look: number;
  /** Milliseconds after which one is sent again, lest the stream forget it before its call has ended. */
  readonly again: number;
}

/** Claims of a key of which nobody said whether they are stored: the calls were not made. */
interface DoubtfulClaims {
  readonly ids: string[];
}

const keptTime = idempotencyBounds.keptTime.value;
const standardTimes: ClaimTimes = { look: keptTime / 10, again: keptTime / 3 };
/** Claims of one key that are remembered as doubtful. */
const doubtsEach = 8;

export class NatsCalls implements SharedCalls {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #again: number;
  readonly #rooms = new CallRooms();
  readonly #making = new Set<OwnCall>();
  /** Rooms of what is kept, the oldest first, each with the moment until which it is. */
  readonly #kept = new Map<RoomedCall, number>();
  readonly #doubtful = new Map<string, DoubtfulClaims>();
  readonly #owed = new OwedWrites();
  readonly #looking: NodeJS.Timeout;

  /** Subjects of the stream begin with `prefix`. */
  constructor(link: NatsLink, stream: string, prefix: string, times: ClaimTimes = standardTimes) {
    this.#link = link;
    this.#stream = stream;
    this.#prefix = prefix;
    this.#again = times.again;
    this.#looking = setInterval(() => this.#look(), times.look).unref();
  }

  async claim(call: KeyedCall, maker: string): Promise<BegunCall | KnownCall> {
    const subject = `${this.#prefix}.${idOfCall(call)}`;
    const claim = { print: call.print, maker };
    for (const outrun = this.#link.turns(subject); ; await outrun()) {
      const own = await this.#attempt(call, subject, claim);
      if (own) return { settle: (answer) => this.#settle(own, answer), drop: () => this.#drop(own) };
      const message = await this.#link.last(this.#stream, subject);
      // Dropped, or forgotten, just now.
      if (!message) continue;
      if (!this.#isDoubtful(message)) return knownOf(message);
      await this.#link.remove(this.#stream, message.seq);
    }
  }

  close(): void {
    clearInterval(this.#looking);
    this.#owed.close();
  }

  /** Undefined where the key is known. */
  async #attempt(call: KeyedCall, subject: string, claim: CallHead): Promise<OwnCall | undefined> {
    this.#forgetOld();
    const rules = [...roomsOf(call), allOfHost];
    try {
      this.#rooms.require(rules);
    } catch (full) {
      if (await this.#link.last(this.#stream, subject)) return undefined;
      throw full;
    }
    const room = this.#rooms.take(rules);
    const id = randomUUID();
    const sent = performance.now();
    try {
      const seq = await this.#link.publish(subject, { head: asciiJson(claim), id, expected: 0 });
      if (seq !== undefined) {
        const own = { subject, claim, room, seq, before: [], sent, work: Promise.resolve() };
        this.#making.add(own);
        return own;
      }
    } catch (error) {
      this.#doubt(subject, id, room);
      throw error;
    }
    room.leave();
    return undefined;
  }

  #settle(own: OwnCall, answer: KeptAnswer): Promise<void> {
    const { answer: written, bytes } = writtenAnswer(answer);
    const size = bytesOfAnswer(answer);
    const fits = size <= idempotencyBounds.answer.value && bytes.length <= this.#link.messageBytes;
    this.#making.delete(own);
    own.room.over();
    if (fits) own.room.grow(size);
    this.#keep(own.room);
    const { print } = own.claim;
    const id = randomUUID();
    // Where the claim is there no more, there is nobody either who would ask.
    const publish = (head: CallHead, data: Uint8Array | string = "") =>
      this.#link.publish(own.subject, { head: asciiJson(head), data, id, expected: own.seq });
    const write = () => (fits ? publish({ print, answer: written }, bytes) : publish({ print }));
    return this.#write(own, { write, bytes: bytes.length, instead: () => publish({ print, lost: true }) });
  }

  #drop(own: OwnCall): Promise<void> {
    this.#making.delete(own);
    own.room.leave();
    const write = async () => {
      for (const seq of [...own.before, own.seq]) await this.#link.remove(this.#stream, seq);
    };
    return this.#write(own, { write, bytes: 0, instead: write });
  }

  /** Writes after what is written of the call already; what fails is owed. */
  #write(own: OwnCall, owed: Parameters<OwedWrites["owe"]>[0]): Promise<void> {
    const written = own.work.then(async () => {
      try {
        await owed.write();
      } catch {
        this.#owed.owe(owed);
      }
    });
    own.work = written;
    return written;
  }

  #keep(room: RoomedCall): void {
    this.#kept.set(room, performance.now() + keptTime);
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [room, until] of this.#kept) {
      if (until > now) return;
      this.#kept.delete(room);
      room.leave();
    }
  }

  /** Sends claims again that would be forgotten while their calls are made. */
  #look(): void {
    this.#forgetOld();
    for (const own of this.#making) {
      if (performance.now() - own.sent < this.#again) continue;
      own.sent = performance.now();
      own.work = own.work.then(() => this.#claimAgain(own)).catch(() => {});
    }
  }

  async #claimAgain(own: OwnCall): Promise<void> {
    const { subject, claim, seq } = own;
    const again = await this.#link.publish(subject, { head: asciiJson(claim), expected: seq });
    if (again === undefined) return;
    own.before.push(seq);
    own.seq = again;
  }

  /** Notes a claim that may be stored, of a call that is not made; it is removed as soon as it is found. */
  #doubt(subject: string, id: string, room: RoomedCall): void {
    const known = this.#doubtful.get(subject);
    if (known) {
      room.leave();
      known.ids.push(id);
      if (known.ids.length > doubtsEach) known.ids.shift();
      return;
    }
    const doubtful = { ids: [id] };
    this.#doubtful.set(subject, doubtful);
    const leave = room.leave;
    room.over();
    this.#keep({
      ...{ bytes: room.bytes, grow: room.grow, over: room.over },
      leave: () => {
        leave();
        this.#doubtful.delete(subject);
      },
    });
    const write = async () => {
      const message = await this.#link.last(this.#stream, subject);
      if (message && this.#isDoubtful(message)) await this.#link.remove(this.#stream, message.seq);
    };
    this.#owed.owe({ write, bytes: 0, instead: write });
  }

  #isDoubtful({ subject, id }: NatsMessage): boolean {
    return id !== undefined && this.#doubtful.get(subject)?.ids.includes(id) === true;
  }
}

function knownOf({ head, data }: NatsMessage): KnownCall {
  const { answer, ...known } = JSON.parse(head) as CallHead;
  return { ...known, ...(answer && { answer: readAnswer(answer, data) }) };
}
