/** Answers to calls that came with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): made once, however often they are sent. */

import { idempotencyBounds } from "../../../bounds/http-bounds.ts";
import { HotcellError } from "../../../errors.ts";
import type { HeapAccount } from "../../../platform/heap-account.ts";
import { after, caught, type Soon } from "../../../platform/soon.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";

/** Bytes of heap of an entry beside its answer's body. */
const entryBytes = 1024;

/** Call that is made once. */
export interface KeyedCall {
  /** Name of the token it came with, whose keys are its own; undefined where it needed none: those have theirs together. */
  readonly caller: string | undefined;
  /** Network that it came from: where it needed no token, what is kept counts for that. */
  readonly network: string;
  readonly key: string;
  /** Digest of all that the call is. */
  readonly print: string;
}

interface Entry {
  readonly print: string;
  readonly rooms: readonly Room[];
  /** Moment, as `performance.now()` counts, until which it is kept; undefined while the call is made. */
  until?: number;
  /** Absent where the call is being made, or where the answer was too large to keep. */
  answer?: PlainAnswer;
  bytes: number;
  /** Nobody knows what it came to: who made it has ended before. */
  lost?: true;
}

/** Call that has begun: one of these is to be said of it. */
export interface BegunCall {
  settle(answer: PlainAnswer): void;
  /** It was not made. */
  drop(): void;
  /** It may have been made, and nobody will ever know. */
  lose(): void;
}

/** Answer of `make`, said of a call that has begun. */
export function madeOnce(begun: Omit<BegunCall, "lose">, make: () => Soon<PlainAnswer>): Soon<PlainAnswer> {
  const made = caught(make, (thrown) => {
    begun.drop();
    throw thrown;
  });
  return after(made, (answer) => {
    begun.settle(answer);
    return answer;
  });
}

/** Room for what is kept: of a token, of a network without one, or of all that need none. */
interface Room {
  /** Name among all; undefined for the last. */
  readonly name: string | undefined;
  readonly max: { readonly entries: number; readonly bytes: number; readonly underWay: number };
  readonly whose: string;
  entries: number;
  bytes: number;
  underWay: number;
}

const each: Room["max"] = {
  entries: idempotencyBounds.entries.value,
  bytes: idempotencyBounds.bytes.value,
  underWay: idempotencyBounds.underWay.value,
};
const strangers = idempotencyBounds.strangers.value;
const together: Room["max"] = {
  entries: strangers * each.entries,
  bytes: strangers * each.bytes,
  underWay: strangers * each.underWay,
};

export class KeptAnswers {
  readonly #heap: HeapAccount;
  readonly #now: () => number;
  /** Entries by caller and key, the oldest first. */
  readonly #kept = new Map<string | undefined, Map<string, Entry>>();
  readonly #rooms = new Map<string, Room>();
  readonly #strangers = roomOf(undefined, together, "all who need no token");

  constructor(heap: HeapAccount, now: () => number = () => performance.now()) {
    this.#heap = heap;
    this.#now = now;
  }

  /**
   * Answer of `make`, or what was answered to the same call before. `make` gives problems as answers too; one that says that
   * nothing was done is not kept. Throws what `begin` throws.
   */
  once(call: KeyedCall, make: () => Soon<PlainAnswer>): Soon<PlainAnswer> {
    const begun = this.begin(call);
    if ("answer" in begun) return begun.answer;
    return madeOnce(begun, make);
  }

  /**
   * Call that is to be made now, or what was answered to the same call before. Throws `call-under-way` for a call that is being made,
   * `other-call` for another with the same key, `answer-not-kept`, `too-many-requests` where the room of who sends it is full, and
   * `no-capacity`.
   */
  begin(call: KeyedCall): BegunCall | { readonly answer: PlainAnswer } {
    const { caller, key, print } = call;
    this.#forgetOld();
    const known = this.#kept.get(caller)?.get(key);
    if (known) return { answer: repeated(known, key, print) };
    const entry = this.#admit(call);
    return {
      settle: (answer) => this.#settle(caller, key, entry, answer),
      drop: () => this.#drop(caller, key, entry),
      lose: () => this.#keep(caller, key, entry, undefined),
    };
  }

  #admit({ caller, network, key, print }: KeyedCall): Entry {
    const rooms =
      caller === undefined
        ? [this.#room(`from ${network}`, "one address"), this.#strangers]
        : [this.#room(`of ${caller}`, "one token")];
    for (const { max, whose, ...taken } of rooms) {
      if (taken.entries >= max.entries) throw full("keys", max.entries, whose);
      if (taken.bytes >= max.bytes) throw full("bytes of answers", max.bytes, whose);
      if (taken.underWay >= max.underWay) throw full("calls with keys under way", max.underWay, whose);
    }
    this.#heap.take(entryBytes, "a call with an Idempotency-Key");
    const entry: Entry = { print, rooms, bytes: 0 };
    for (const room of rooms) {
      room.entries++;
      room.underWay++;
      if (room.name !== undefined) this.#rooms.set(room.name, room);
    }
    grow(entry, entryBytes);
    const kept = this.#kept.get(caller) ?? new Map<string, Entry>();
    kept.set(key, entry);
    this.#kept.set(caller, kept);
    return entry;
  }

  #room(name: string, whose: string): Room {
    return this.#rooms.get(name) ?? roomOf(name, each, whose);
  }

  #settle(caller: string | undefined, key: string, entry: Entry, answer: PlainAnswer): void {
    if (wasMade(answer)) this.#keep(caller, key, entry, answer);
    else this.#drop(caller, key, entry);
  }

  /** Without an answer nobody knows whether it was made. */
  #keep(caller: string | undefined, key: string, entry: Entry, answer: PlainAnswer | undefined): void {
    const kept = this.#kept.get(caller)!;
    for (const room of entry.rooms) room.underWay--;
    // The oldest first: kept for as long as any, from now on.
    kept.delete(key);
    kept.set(key, entry);
    entry.until = this.#now() + idempotencyBounds.keptTime.value;
    if (!answer) {
      entry.lost = true;
      return;
    }
    const bytes = bytesOf(answer);
    if (bytes > idempotencyBounds.answer.value || !this.#heap.tryTake(bytes)) return;
    entry.answer = answer;
    grow(entry, bytes);
  }

  #drop(caller: string | undefined, key: string, entry: Entry): void {
    const kept = this.#kept.get(caller);
    if (kept?.get(key) !== entry) return;
    kept.delete(key);
    if (kept.size === 0) this.#kept.delete(caller);
    this.#heap.give(entry.bytes);
    for (const room of entry.rooms) {
      room.entries--;
      if (entry.until === undefined) room.underWay--;
      room.bytes -= entry.bytes;
      if (room.entries === 0 && room.name !== undefined) this.#rooms.delete(room.name);
    }
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [caller, kept] of this.#kept) {
      for (const [key, entry] of kept) {
        if (entry.until === undefined) continue;
        if (entry.until > now) break;
        this.#drop(caller, key, entry);
      }
    }
  }
}

function roomOf(name: string | undefined, max: Room["max"], whose: string): Room {
  return { name, max, whose, entries: 0, bytes: 0, underWay: 0 };
}

function grow(entry: Entry, bytes: number): void {
  entry.bytes += bytes;
  for (const room of entry.rooms) room.bytes += bytes;
}

/** Answers that tell of nothing done, by their status: whoever sends it again has it done. */
function wasMade({ status }: PlainAnswer): boolean {
  return status < 300 || status === 422 || (status >= 500 && status !== 503);
}

/** Two bytes for a character, as texts may take. */
function bytesOf({ body }: PlainAnswer): number {
  return typeof body === "string" ? 2 * body.length : (body?.byteLength ?? 0);
}

function repeated(known: Entry, key: string, print: string): PlainAnswer {
  if (known.print !== print) {
    throw new HotcellError(
      "other-call",
      `Another call came with the Idempotency-Key ${JSON.stringify(key)}.`,
      {
        subject: key,
        remedy:
          "Send each call with a key of its own, such as a UUID, and the same only with the very same call.",
      },
    );
  }
  if (known.until === undefined) {
    throw new HotcellError(
      "call-under-way",
      `The call with the Idempotency-Key ${JSON.stringify(key)} is being made.`,
      {
        subject: key,
        retryAfter: 1,
        remedy: "Send it again, with the same key, when it has ended.",
      },
    );
  }
  if (known.lost) {
    throw new HotcellError(
      "answer-not-kept",
      `The process that made the call with the Idempotency-Key ${JSON.stringify(key)} ended before it had an answer.`,
      {
        subject: key,
        remedy:
          "Ask the plugin for what came of it: it may have been made, or not. A call with another key is a new one.",
      },
    );
  }
  if (known.answer === undefined) {
    throw new HotcellError("answer-not-kept", "The call was made, and its answer was too large to be kept.", {
      subject: key,
      limit: `${idempotencyBounds.answer.value} bytes`,
      remedy:
        "Don't send it again. Ask the plugin for what came of it, or send a call with another key to make one more.",
    });
  }
  const { status, headers, body } = known.answer;
  return { status, headers: { ...headers, "idempotency-replayed": "true" }, body };
}

function full(what: string, limit: number, whose: string): HotcellError {
  return new HotcellError("too-many-requests", `The host keeps ${limit} ${what} for ${whose}.`, {
    limit,
    retryAfter: 60,
    remedy: `Wait: each is kept for ${idempotencyBounds.keptTime.value / 60_000} minutes. Or call without Idempotency-Key.`,
  });
}
