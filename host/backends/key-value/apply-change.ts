/** Change of one bucket, decided and made: the same for all stores that hold their entries themselves. */
import type { Amounts, ChangeOutcome, KeyChange } from "./key-value-store.ts";

/** Entries of one bucket, as a change sees and makes them. */
export interface Entries {
  /** Bytes of the value that a key has, and its version. */
  find(key: string): { readonly size: number; readonly version: number } | undefined;
  /** Value of a key that is there. */
  value(key: string): Uint8Array;
  put(key: string, value: Uint8Array, version: number): void;
  remove(key: string): void;
}

/** Figures of a store that a change reads, and adds to. */
export interface Counts {
  /** Amounts that all buckets of the plugin have. */
  readonly used: Amounts;
  /** Version for the next value that is put. */
  next(): number;
  /** Hears of what there is more, or (below zero) less. */
  grow(by: Amounts): void;
}

/** Decides first: what is refused has changed nothing. */
export function applyChange(
  entries: Entries,
  counts: Counts,
  change: KeyChange,
  quota: Amounts,
): ChangeOutcome {
  if (change.kind !== "add" && change.expected !== undefined) {
    const first = change.kind === "put" ? change.entries[0]?.[0] : change.keys[0];
    const version = first === undefined ? 0 : (entries.find(first)?.version ?? 0);
    if (version !== change.expected) return { refused: "stale", version };
  }
  if (change.kind === "delete") return remove(entries, counts, change.keys);
  if (change.kind === "put") return put(entries, counts, new Map(change.entries), quota);
  const known = entries.find(change.key);
  const before = known ? wholeNumber(known.size, () => entries.value(change.key)) : 0n;
  if (before === undefined) return { refused: "no-integer" };
  const sum = before + change.delta;
  if (sum < change.least || sum > change.most) return { refused: "out-of-range" };
  const value = new Map([[change.key, Buffer.from(`${sum}`)]]);
  const outcome = put(entries, counts, value, quota);
  return "done" in outcome ? { ...outcome, sum } : outcome;
}

function remove(entries: Entries, counts: Counts, keys: readonly string[]): ChangeOutcome {
  let [bytes, count] = [0, 0];
  for (const key of new Set(keys)) {
    const known = entries.find(key);
    if (!known) continue;
    entries.remove(key);
    bytes -= Buffer.byteLength(key) + known.size;
    count--;
  }
  counts.grow({ bytes, keys: count });
  return { done: true, version: 0 };
}

function put(
  entries: Entries,
  counts: Counts,
  values: ReadonlyMap<string, Uint8Array>,
  quota: Amounts,
): ChangeOutcome {
  let [bytes, keys] = [0, 0];
  for (const [key, { byteLength }] of values) {
    const known = entries.find(key);
    if (!known) keys++;
    bytes += byteLength - (known ? known.size : -Buffer.byteLength(key));
  }
  const { used } = counts;
  // What does not grow is never refused: a quota may be lower than what there is.
  if (keys > 0 && used.keys + keys > quota.keys)
    return { refused: "quota", of: "keys", limit: quota.keys, actual: used.keys + keys };
  if (bytes > 0 && used.bytes + bytes > quota.bytes)
    return { refused: "quota", of: "bytes", limit: quota.bytes, actual: used.bytes + bytes };
  counts.grow({ bytes, keys });
  let version = 0;
  for (const [key, value] of values) {
    version = counts.next();
    entries.put(key, value, version);
  }
  return { done: true, version };
}

/** Digits of the longest number that is kept: -9223372036854775808. */
const maxDigits = 20;

/** Undefined for a value that is no whole number in decimal digits. */
function wholeNumber(size: number, value: () => Uint8Array): bigint | undefined {
  if (size > maxDigits) return undefined;
  const text = Buffer.from(value()).toString("latin1");
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}
