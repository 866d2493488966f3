/** A key-value store in memory, which ends with the host. */
import { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Soon } from "../../platform/soon.ts";
import { applyChange, type Counts, type Entries } from "./apply-change.ts";
import type {
  Amounts,
  BucketId,
  BucketUsage,
  ChangeOutcome,
  KeptValue,
  KeyChange,
  KeyPage,
  KeyValueStore,
  ListedKeys,
} from "./key-value-store.ts";

/** Bytes of heap that an entry takes besides its key, of two bytes a character, and its value. */
const entryHeap = 300;

interface Entry extends KeptValue {
  /** Place in the order of listings. */
  readonly place: number;
}

export class MemoryKeyValue implements KeyValueStore {
  readonly #heap: HeapAccount | undefined;
  readonly #plugins = new Map<string, Map<string, MemoryBucket>>();
  #version = 0;
  #taken = 0;
  #closed = false;

  /** `heap`: account that entries are drawn from. */
  constructor(heap?: HeapAccount) {
    this.#heap = heap;
  }

  get(id: BucketId, keys: readonly string[], maxBytes: number): ReturnType<KeyValueStore["get"]> {
    if (this.#closed) return Promise.reject(keyValueClosed());
    const bucket = this.#find(id);
    const found = keys.map((key) => bucket?.entries.get(key));
    const bytes = found.reduce((sum, entry) => sum + (entry?.value.byteLength ?? 0), 0);
    if (bytes > maxBytes) return undefined;
    return found.map((entry) => entry && { value: entry.value.slice(), version: entry.version });
  }

  version(id: BucketId, key: string): Soon<number> {
    if (this.#closed) return Promise.reject(keyValueClosed());
    return this.#find(id)?.entries.get(key)?.version ?? 0;
  }

  async list(id: BucketId, page: KeyPage): Promise<ListedKeys> {
    return this.#find(id)?.list(page) ?? { keys: [] };
  }

  async change(id: BucketId, change: KeyChange, quota: Amounts): Promise<ChangeOutcome> {
    return this.apply(id, change, quota);
  }

  /** The same at once; `next` gives versions in place of its own. */
  apply(id: BucketId, change: KeyChange, quota: Amounts, next = () => ++this.#version): ChangeOutcome {
    this.#requireOpen();
    const buckets = this.#plugins.get(id.plugin) ?? new Map<string, MemoryBucket>();
    const bucket = buckets.get(id.bucket) ?? new MemoryBucket();
    const counts: Counts = {
      used: sum([...buckets.values()]),
      next,
      grow: (by) => {
        this.#take(by);
        bucket.bytes += by.bytes;
        bucket.keys += by.keys;
      },
    };
    const outcome = applyChange(bucket, counts, change, quota);
    if (bucket.keys > 0) buckets.set(id.bucket, bucket);
    else buckets.delete(id.bucket);
    if (buckets.size > 0) this.#plugins.set(id.plugin, buckets);
    else this.#plugins.delete(id.plugin);
    return outcome;
  }

  /** All values of a plugin, those of each bucket in the order of its listings. */
  *entries(plugin: string): Generator<readonly [bucket: string, key: string, KeptValue]> {
    for (const [name, bucket] of this.#plugins.get(plugin) ?? [])
      for (const [key, value] of bucket.inOrder()) yield [name, key, value];
  }

  /** Amounts of all plugins together. */
  total(): Amounts {
    return sum([...this.#plugins.values()].flatMap((buckets) => [...buckets.values()]));
  }

  async usage(plugin: string): Promise<readonly BucketUsage[]> {
    this.#requireOpen();
    const buckets = [...(this.#plugins.get(plugin) ?? [])];
    return buckets
      .map(([bucket, { bytes, keys }]) => ({ bucket, bytes, keys }))
      .sort((one, other) => (one.bucket < other.bucket ? -1 : 1));
  }

  async plugins(): Promise<readonly string[]> {
    this.#requireOpen();
    return [...this.#plugins.keys()].sort();
  }

  async forget(plugin: string): Promise<void> {
    this.drop(plugin);
  }

  /** The same at once. */
  drop(plugin: string): void {
    this.#requireOpen();
    const { bytes, keys } = sum([...(this.#plugins.get(plugin)?.values() ?? [])]);
    this.#plugins.delete(plugin);
    this.#take({ bytes: -bytes, keys: -keys });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#plugins.clear();
    this.#heap?.give(this.#taken);
    this.#taken = 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #find({ plugin, bucket }: BucketId): MemoryBucket | undefined {
    this.#requireOpen();
    return this.#plugins.get(plugin)?.get(bucket);
  }

  #requireOpen(): void {
    if (this.#closed) throw keyValueClosed();
  }

  #take({ bytes, keys }: Amounts): void {
    const more = 2 * bytes + keys * entryHeap;
    if (more > 0 && this.#heap && !this.#heap.tryTake(more)) throw noRoom(this.#heap);
    if (more < 0) this.#heap?.give(-more);
    this.#taken += more;
  }
}

class MemoryBucket implements Entries {
  readonly entries = new Map<string, Entry>();
  /** Keys by rising place; those that are gone are holes until there are many. */
  #order: { readonly place: number; readonly key: string }[] = [];
  #place = 0;
  bytes = 0;
  keys = 0;

  find(key: string): { size: number; version: number } | undefined {
    const entry = this.entries.get(key);
    return entry && { size: entry.value.byteLength, version: entry.version };
  }

  value(key: string): Uint8Array {
    return this.entries.get(key)!.value;
  }

  put(key: string, value: Uint8Array, version: number): void {
    const place = this.entries.get(key)?.place ?? this.#append(key);
    this.entries.set(key, { value: value.slice(), version, place });
  }

  remove(key: string): void {
    this.entries.delete(key);
    if (this.#order.length > 2 * this.entries.size + 16)
      this.#order = this.#order.filter((at) => this.#holds(at));
  }

  *inOrder(): Generator<readonly [string, KeptValue]> {
    for (const at of this.#order) if (this.#holds(at)) yield [at.key, this.entries.get(at.key)!];
  }

  list({ after, keys: maxKeys, bytes: maxBytes }: KeyPage): ListedKeys {
    const keys: { key: string; bytes: number; version: number }[] = [];
    let bytes = 0;
    let last = after;
    for (let i = this.#behind(after); i < this.#order.length; i++) {
      const at = this.#order[i]!;
      if (!this.#holds(at)) continue;
      const size = Buffer.byteLength(at.key);
      if (keys.length > 0 && (keys.length >= maxKeys || bytes + size > maxBytes)) return { keys, next: last };
      const { value, version } = this.entries.get(at.key)!;
      keys.push({ key: at.key, bytes: value.byteLength, version });
      bytes += size;
      last = at.place;
    }
    return { keys };
  }

  #append(key: string): number {
    this.#order.push({ place: ++this.#place, key });
    return this.#place;
  }

  #holds({ place, key }: { readonly place: number; readonly key: string }): boolean {
    return this.entries.get(key)?.place === place;
  }

  /** Index of the first key with a higher place. */
  #behind(place: number): number {
    let [from, to] = [0, this.#order.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#order[middle]!.place > place) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}

function sum(buckets: readonly Amounts[]): Amounts {
  return buckets.reduce((all, each) => ({ bytes: all.bytes + each.bytes, keys: all.keys + each.keys }), {
    bytes: 0,
    keys: 0,
  });
}

/** Refusal of a key-value store that was closed. */
export function keyValueClosed(): HotcellError {
  return new HotcellError("closed", "The key-value store is closed.", {
    remedy: "Use it before the host closes.",
  });
}

function noRoom({ limit, inUse }: HeapAccount): HotcellError {
  return new HotcellError(
    "store-full",
    `The key-value store in memory has no room left: ${inUse} of ${limit} bytes of heap are in use.`,
    {
      subject: "key-value",
      limit,
      actual: inUse,
      remedy:
        "Delete what is not needed, give the host a data folder (--data, or data of createHost), or start its Node with a larger heap (--max-old-space-size).",
    },
  );
}
