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
  /** Name of the token it came with; undefined where it needed none. */
  readonly caller: string | undefined;
  readonly key: string;
  /** Digest of all that the call is. */
  readonly print: string;
}

interface Entry {
  readonly print: string;
  /** Moment, as `performance.now()` counts, until which it is kept; undefined while the call is made. */
  until?: number;
  /** Absent where the call is being made, or where the answer was too large to keep. */
  answer?: PlainAnswer;
  bytes: number;
}

/** Entries of one caller, the oldest first. */
interface Account {
  readonly entries: Map<string, Entry>;
  bytes: number;
  underWay: number;
}

export class KeptAnswers {
  readonly #heap: HeapAccount;
  readonly #now: () => number;
  readonly #accounts = new Map<string | undefined, Account>();

  constructor(heap: HeapAccount, now: () => number = () => performance.now()) {
    this.#heap = heap;
    this.#now = now;
  }

  /**
   * Answer of `make`, or what was answered to the same call before. `make` gives problems as answers too; one that says that
   * nothing was done is not kept. Throws `call-under-way` for a call that is being made, `other-call` for another with the same key,
   * `answer-not-kept`, `too-many-requests` where the caller's account is full, and `no-capacity`.
   */
  once({ caller, key, print }: KeyedCall, make: () => Soon<PlainAnswer>): Soon<PlainAnswer> {
    this.#forgetOld();
    const account = this.#accounts.get(caller);
    const known = account?.entries.get(key);
    if (known) return repeated(known, key, print);
    const entry = this.#admit(caller, key, print);
    const settled = (answer: PlainAnswer) => {
      this.#settle(caller, key, entry, answer);
      return answer;
    };
    return after(
      caught(make, (thrown) => {
        this.#drop(caller, key, entry);
        throw thrown;
      }),
      settled,
    );
  }

  #admit(caller: string | undefined, key: string, print: string): Entry {
    const account = this.#accounts.get(caller) ?? { entries: new Map(), bytes: 0, underWay: 0 };
    const maxKeys = idempotencyBounds.entries.value;
    const maxBytes = idempotencyBounds.bytes.value;
    const maxUnderWay = idempotencyBounds.underWay.value;
    if (account.entries.size >= maxKeys) throw full("keys", maxKeys);
    if (account.bytes >= maxBytes) throw full("bytes of answers", maxBytes);
    if (account.underWay >= maxUnderWay) throw full("calls with keys under way", maxUnderWay);
    this.#heap.take(entryBytes, "a call with an Idempotency-Key");
    const entry: Entry = { print, bytes: entryBytes };
    account.entries.set(key, entry);
    account.bytes += entryBytes;
    account.underWay++;
    this.#accounts.set(caller, account);
    return entry;
  }

  #settle(caller: string | undefined, key: string, entry: Entry, answer: PlainAnswer): void {
    if (!wasMade(answer)) {
      this.#drop(caller, key, entry);
      return;
    }
    const account = this.#accounts.get(caller)!;
    account.underWay--;
    // The oldest first: kept for as long as any, from now on.
    account.entries.delete(key);
    account.entries.set(key, entry);
    entry.until = this.#now() + idempotencyBounds.keptTime.value;
    const bytes = bytesOf(answer);
    if (bytes > idempotencyBounds.answer.value || !this.#heap.tryTake(bytes)) return;
    entry.answer = answer;
    entry.bytes += bytes;
    account.bytes += bytes;
  }

  #drop(caller: string | undefined, key: string, entry: Entry): void {
    const account = this.#accounts.get(caller);
    if (account?.entries.get(key) !== entry) return;
    account.entries.delete(key);
    account.bytes -= entry.bytes;
    if (entry.until === undefined) account.underWay--;
    this.#heap.give(entry.bytes);
    if (account.entries.size === 0) this.#accounts.delete(caller);
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [caller, { entries }] of this.#accounts) {
      for (const [key, entry] of entries) {
        if (entry.until === undefined) continue;
        if (entry.until > now) break;
        this.#drop(caller, key, entry);
      }
    }
  }
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

function full(what: string, limit: number): HotcellError {
  return new HotcellError("too-many-requests", `The host keeps ${limit} ${what} for one token.`, {
    limit,
    retryAfter: 60,
    remedy: `Wait: each is kept for ${idempotencyBounds.keptTime.value / 60_000} minutes. Or call without Idempotency-Key.`,
  });
}
