/** Calls with keys of one host, in its memory. */
import { idempotencyBounds } from "../../bounds/http-bounds.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { CallRooms, callBytes, type RoomedCall, roomsOf } from "../call-rooms.ts";
import {
  type BegunCall,
  bytesOfAnswer,
  type KeptAnswer,
  type KeyedCall,
  type KeyedCalls,
  repeatedAnswer,
} from "../keyed-calls.ts";

interface Entry {
  readonly print: string;
  readonly room: RoomedCall;
  /** Moment, as `performance.now()` counts, until which it is kept; undefined while the call is made. */
  until?: number;
  /** Absent where the call is being made, or where the answer was too large to keep. */
  answer?: KeptAnswer;
}

export class MemoryCalls implements KeyedCalls {
  readonly #heap: HeapAccount;
  readonly #now: () => number;
  /** Entries by caller and key, the oldest first. */
  readonly #kept = new Map<string | undefined, Map<string, Entry>>();
  readonly #rooms = new CallRooms();

  constructor(heap: HeapAccount, now: () => number = () => performance.now()) {
    this.#heap = heap;
    this.#now = now;
  }

  begin(call: KeyedCall): BegunCall | { readonly answer: KeptAnswer } {
    const { caller, key, print } = call;
    this.#forgetOld();
    const known = this.#kept.get(caller)?.get(key);
    if (known) {
      const { until, answer } = known;
      const told = until === undefined ? { maker: "this host" } : { ...(answer && { answer }) };
      return { answer: repeatedAnswer(call, { print: known.print, ...told }) };
    }
    const rules = roomsOf(call);
    this.#rooms.require(rules);
    this.#heap.take(callBytes, "a call with an Idempotency-Key");
    const entry: Entry = { print, room: this.#rooms.take(rules) };
    const kept = this.#kept.get(caller) ?? new Map<string, Entry>();
    kept.set(key, entry);
    this.#kept.set(caller, kept);
    return {
      settle: (answer) => this.#keep(caller, key, entry, answer),
      drop: () => this.#drop(caller, key, entry),
    };
  }

  #keep(caller: string | undefined, key: string, entry: Entry, answer: KeptAnswer): void {
    const kept = this.#kept.get(caller)!;
    entry.room.over();
    // The oldest first: kept for as long as any, from now on.
    kept.delete(key);
    kept.set(key, entry);
    entry.until = this.#now() + idempotencyBounds.keptTime.value;
    const bytes = bytesOfAnswer(answer);
    if (bytes > idempotencyBounds.answer.value || !this.#heap.tryTake(bytes)) return;
    entry.answer = answer;
    entry.room.grow(bytes);
  }

  #drop(caller: string | undefined, key: string, entry: Entry): void {
    const kept = this.#kept.get(caller);
    if (kept?.get(key) !== entry) return;
    kept.delete(key);
    if (kept.size === 0) this.#kept.delete(caller);
    this.#heap.give(entry.room.bytes);
    entry.room.leave();
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
