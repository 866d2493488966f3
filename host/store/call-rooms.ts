/** Rooms for what is kept of calls with keys: of a token, of a network without one, and of several together. */
import { idempotencyBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import type { KeyedCall } from "./keyed-calls.ts";

/** Bytes that a call counts for beside its answer's body. */
export const callBytes = 1024;

/** Amount that a room has, or may have. */
export interface RoomAmount {
  readonly entries: number;
  readonly bytes: number;
  readonly underWay: number;
}

/** Room by its name, with the most that it may have. */
export interface RoomRule {
  readonly name: string;
  readonly whose: string;
  readonly max: RoomAmount;
}

const each: RoomAmount = {
  entries: idempotencyBounds.entries.value,
  bytes: idempotencyBounds.bytes.value,
  underWay: idempotencyBounds.underWay.value,
};

function times(count: number): RoomAmount {
  return { entries: count * each.entries, bytes: count * each.bytes, underWay: count * each.underWay };
}

const strangers: RoomRule = {
  name: "strangers",
  whose: "all who need no token",
  max: times(idempotencyBounds.strangers.value),
};

/** Room of all calls of one host in a store, or of all hosts of a folder: what is kept there is on no heap's account. */
export const allOfHost: RoomRule = {
  name: "all",
  whose: "all callers together",
  max: times(idempotencyBounds.together.value),
};

/** Rooms that a call takes from. */
export function roomsOf({ caller, network }: Pick<KeyedCall, "caller" | "network">): readonly RoomRule[] {
  if (caller !== undefined) return [{ name: `of ${caller}`, whose: "one token", max: each }];
  return [{ name: `from ${network}`, whose: "one address", max: each }, strangers];
}

/** Throws `too-many-requests` where a room that has so much takes no further call. */
export function requireRoom({ max, whose }: RoomRule, taken: RoomAmount): void {
  if (taken.entries >= max.entries) throw full("keys", max.entries, whose);
  if (taken.bytes >= max.bytes) throw full("bytes of answers", max.bytes, whose);
  if (taken.underWay >= max.underWay) throw full("calls with keys under way", max.underWay, whose);
}

function full(what: string, limit: number, whose: string): HotcellError {
  return new HotcellError("too-many-requests", `The host keeps ${limit} ${what} for ${whose}.`, {
    limit,
    retryAfter: 60,
    remedy: `Wait: each is kept for ${idempotencyBounds.keptTime.value / 60_000} minutes. Or call without Idempotency-Key.`,
  });
}

interface Room {
  readonly name: string;
  entries: number;
  bytes: number;
  underWay: number;
}

/** Call that has room. */
export interface RoomedCall {
  /** Bytes that it counts for. */
  readonly bytes: number;
  /** Its answer takes so many more. */
  grow(bytes: number): void;
  /** It is not under way any more. */
  over(): void;
  /** It is kept no longer. */
  leave(): void;
}

/** Rooms of one process. */
export class CallRooms {
  readonly #rooms = new Map<string, Room>();

  /** Throws `too-many-requests`. */
  require(rules: readonly RoomRule[]): void {
    for (const rule of rules) requireRoom(rule, this.#room(rule));
  }

  /** Takes room that there is: `require` says so. */
  take(rules: readonly RoomRule[]): RoomedCall {
    const rooms = rules.map((rule) => this.#room(rule));
    let own = 0;
    let underWay = 1;
    const grow = (bytes: number) => {
      own += bytes;
      for (const room of rooms) room.bytes += bytes;
    };
    for (const room of rooms) {
      this.#rooms.set(room.name, room);
      room.entries++;
      room.underWay++;
    }
    grow(callBytes);
    const over = () => {
      for (const room of rooms) room.underWay -= underWay;
      underWay = 0;
    };
    return {
      get bytes() {
        return own;
      },
      grow,
      over,
      leave: () => {
        over();
        for (const room of rooms) {
          room.bytes -= own;
          if (--room.entries === 0) this.#rooms.delete(room.name);
        }
      },
    };
  }

  #room({ name }: RoomRule): Room {
    return this.#rooms.get(name) ?? { name, entries: 0, bytes: 0, underWay: 0 };
  }
}
