/**
 * Rates at which plugins take requests: a token bucket for each client of a plugin, in bounded memory. A bucket is one number, the
 * time at which it is full again (as GCRA has it), and one that is full need not be kept.
 */

import { hash, randomBytes } from "node:crypto";
import { rateBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import { wholeSeconds } from "../platform/whole-seconds.ts";

/** Rate at which clients may ask. */
export interface RequestRate {
  /** Requests that a client may make in `seconds`, in the long run. */
  readonly requests: number;
  readonly seconds: number;
  /** Requests that it may make at once, having made none for a while. */
  readonly burst: number;
  /** Client: the network that requests come from, or the token that comes with them; without one the network. */
  readonly per: "address" | "token";
}

/** Quota of a client after a request: values of the fields of draft-ietf-httpapi-ratelimit-headers. */
export interface Quota {
  /** `RateLimit-Policy`. */
  readonly policy: string;
  /** `RateLimit`. */
  readonly left: string;
}

/** Bounds of what is remembered. */
export interface RateRoom {
  /** Buckets of clients. */
  readonly clients: number;
  /** Buckets of each plugin that clients share for whom there is no room, by chance. */
  readonly shared: number;
}

const defaultRoom: RateRoom = { clients: rateBounds.clients.value, shared: rateBounds.shared.value };

/** Buckets that are looked at for one that need not be kept, when there is no room. */
const looks = 8;

/** Told of each request that is counted here; `milliseconds`: time in which the client has it again. */
export type RateTaken = (client: string, milliseconds: number) => void;

export class RequestRates {
  /** Others that count the same clients: each tells the others by `taken`, and is told by `takenElsewhere`. */
  taken: RateTaken | undefined;
  readonly #room: RateRoom;
  readonly #now: () => number;
  /** Time at which a client's bucket is full again. Those looked at last are last. */
  readonly #full = new Map<string, number>();
  /** Buckets that clients share; they go with the setting that they are for. */
  readonly #shared = new WeakMap<RequestRate, Float64Array>();
  /** Keeps others from finding clients that share a bucket with them. */
  readonly #seed = randomBytes(16).toString("latin1");

  readonly #counting: number;

  /** `now`: milliseconds, rising. `counting`: those that count the same clients, this one among them. */
  constructor(room: RateRoom = defaultRoom, now: () => number = () => performance.now(), counting = 1) {
    this.#room = room;
    this.#now = now;
    this.#counting = counting;
  }

  /** Buckets that are kept. */
  get size(): number {
    return this.#full.size;
  }

  /** Counts a request of a client of the plugin. Throws `rate-limited`; a request that is refused does not count. */
  take(plugin: string, client: string, rate: RequestRate): Quota {
    const { requests, seconds, burst } = rate;
    const interval = (seconds * 1000) / requests;
    const now = this.#now();
    const key = `${plugin}\n${client}`;
    const known = this.#full.get(key);
    const kept = known !== undefined || this.#makeRoom(now);
    // A client that had to share had what it took counted there.
    const before = known ?? this.#sharedBucket(rate, key) ?? 0;
    // A setting that was slower before holds nobody up for longer than this one would, and what was taken at several at once is owed.
    const full = Math.min(Math.max(before, now), now + burst * interval * this.#counting);
    const next = full + interval;
    const wait = next - burst * interval - now;
    // Sums of fractions are not exact, and a microsecond is nobody's matter.
    if (wait > 0.001) {
      if (known !== undefined && full < known) this.#full.set(key, full);
      throw rateLimited(plugin, rate, wait, this.#quota(plugin, rate, full - now));
    }
    if (kept) this.#full.set(key, next);
    else this.#share(rate, key, next);
    this.taken?.(key, interval);
    return this.#quota(plugin, rate, next - now);
  }

  /** Counts what a client has taken elsewhere, in milliseconds until it has that again; nothing where there is no room to know it. */
  takenElsewhere(client: string, milliseconds: number): void {
    const now = this.#now();
    const known = this.#full.get(client);
    if (known === undefined && !this.#makeRoom(now)) return;
    this.#full.set(client, Math.max(known ?? 0, now) + milliseconds);
  }

  /** `missing`: milliseconds until the bucket is full. */
  #quota(plugin: string, { requests, seconds, burst }: RequestRate, missing: number): Quota {
    const interval = (seconds * 1000) / requests;
    const left = Math.max(0, Math.floor((burst * interval - missing) / interval + 1e-6));
    const name = JSON.stringify(plugin);
    return {
      policy: `${name};q=${burst};w=${Math.ceil((burst * seconds) / requests)}`,
      left: `${name};r=${left};t=${wholeSeconds(missing)}`,
    };
  }

  /** True where there is room for one more. Only what is full is forgotten: nobody has more for it. */
  #makeRoom(now: number): boolean {
    if (this.#full.size < this.#room.clients) return true;
    let looked = 0;
    for (const [key, full] of this.#full) {
      this.#full.delete(key);
      if (full <= now) return true;
      this.#full.set(key, full);
      if (++looked === looks) return false;
    }
    return false;
  }

  #sharedBucket(rate: RequestRate, key: string): number | undefined {
    return this.#shared.get(rate)?.[this.#slot(key)];
  }

  #share(rate: RequestRate, key: string, full: number): void {
    const buckets = this.#shared.get(rate) ?? new Float64Array(this.#room.shared);
    this.#shared.set(rate, buckets);
    buckets[this.#slot(key)] = full;
  }

  #slot(key: string): number {
    return hash("sha256", this.#seed + key, "buffer").readUInt32LE(0) % this.#room.shared;
  }
}

function rateLimited(plugin: string, rate: RequestRate, wait: number, quota: Quota): HotcellError {
  const { requests, seconds, burst, per } = rate;
  const retryAfter = Math.max(1, wholeSeconds(wait));
  const limit = `${requests} in ${seconds} s, ${burst} at once`;
  return new HotcellError("rate-limited", `${plugin} takes no more requests of this ${per} at present.`, {
    subject: plugin,
    setting: "rate",
    limit,
    retryAfter,
    remedy: `Wait ${retryAfter} s, and send fewer: ${limit}.`,
    extra: { quota },
  });
}
