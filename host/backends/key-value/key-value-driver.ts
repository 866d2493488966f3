/** Driver of key-value buckets: who may open which, and how much there may be, over a store that keeps them. */
import { keyValueBounds } from "../../bounds/key-value-bounds.ts";
import { asHotcellError, type ErrorCode } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { RareLine } from "../../platform/rare-line.ts";
import { after, caught, type Soon } from "../../platform/soon.ts";
import { howMany } from "../../text/how-many.ts";
import type { Backend, Driver } from "../backend.ts";
import type { Data } from "../data.ts";
import type { BucketOwners } from "./bucket-owners.ts";
import { Cursors } from "./cursors.ts";
import {
  type KeyValueAnswer,
  type KeyValueAsked,
  type KeyValueError,
  other,
  readRequest,
} from "./key-value-requests.ts";
import type { KeyValueSettings } from "./key-value-settings.ts";
import type {
  Amounts,
  BucketId,
  ChangeOutcome,
  KeptValue,
  KeyChange,
  KeyValueStore,
} from "./key-value-store.ts";
import { MemoryKeyValue } from "./memory-key-value.ts";

const page = { keys: keyValueBounds.guestPage.value, bytes: keyValueBounds.pageBytes.value };

/** Ranges of numbers that are added to: WASI's first draft has them without sign. */
const signed = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
const unsigned = { least: 0n, most: 2n ** 64n - 1n };

/** Particulars of a deployment that the driver makes use of. */
interface Deployment {
  readonly plugin: string;
  /** Settings of the grant, parsed. */
  readonly settings: unknown;
  count(name: string): void;
}

/** A driver over one store, which it closes. */
export class KeyValueDriver implements Driver {
  readonly #store: KeyValueStore;
  readonly #owners: BucketOwners | undefined;
  readonly #cursors = new Cursors();
  readonly #bound = new Map<string, Set<BoundBuckets>>();
  readonly #line = new RareLine();

  /** `owners`: of buckets of others; without them there are no others, and such a bucket is like the plugin's own. */
  constructor(store: KeyValueStore, owners?: BucketOwners) {
    this.#store = store;
    this.#owners = owners;
  }

  bind({ plugin, settings: parsed, count }: Deployment): Backend {
    const settings = parsed as KeyValueSettings | undefined;
    if (settings === undefined) return {};
    const bound = new BoundBuckets(plugin, settings, {
      store: this.#store,
      owners: this.#owners,
      cursors: this.#cursors,
      failed: (error) => this.#failed(error),
      count,
      release: () => this.#bound.get(plugin)?.delete(bound),
    });
    const all = this.#bound.get(plugin) ?? new Set();
    this.#bound.set(plugin, all.add(bound));
    return bound;
  }

  async kept(plugin: string): Promise<string | undefined> {
    const buckets = await this.#store.usage(plugin);
    if (buckets.length === 0) return undefined;
    const keys = buckets.reduce((sum, each) => sum + each.keys, 0);
    return `${howMany(keys, "key")} in ${howMany(buckets.length, "bucket")}`;
  }

  async forget(plugin: string): Promise<void> {
    for (const bound of this.#bound.get(plugin) ?? []) bound.end();
    this.#bound.delete(plugin);
    await this.#store.forget(plugin);
  }

  /** Buckets that begin empty: what is expected of a version does not hang on what others have set. */
  forChecks(_asked: boolean, heap: HeapAccount): Driver {
    return new KeyValueDriver(new MemoryKeyValue(heap));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Tells the host's owner, who knows the machine; guests are told no more than what is of theirs. */
  #failed(thrown: unknown): KeyValueAnswer {
    const error = asHotcellError(thrown);
    this.#line.say(() => `Key-value buckets fail: ${error.message} ${error.facts.remedy ?? ""}`);
    return other(failures[error.code] ?? "The key-value store failed.");
  }
}

const failures: Partial<Record<ErrorCode, string>> = {
  "store-full": "The host's key-value store has no room left.",
  "store-corrupt": "The host's key-value store is damaged.",
  "store-too-new": "The host's key-value store was written by a newer Hotcell.",
  "store-unavailable": "The host's key-value store can't be used.",
  closed: "The host's key-value store is closed.",
};

const writing: ReadonlySet<string> = new Set<KeyValueAsked["operation"]>(["set", "delete", "add", "swap"]);

/** Parts of the driver that one deployment uses. */
interface Shared {
  readonly store: KeyValueStore;
  readonly owners: BucketOwners | undefined;
  readonly cursors: Cursors;
  failed(error: unknown): KeyValueAnswer;
  count(name: string): void;
  release(): void;
}

/** Bucket that a request is about, with the quota that counts for it. */
interface OpenedBucket {
  readonly id: BucketId;
  readonly quota: Amounts;
}

/** Buckets of one deployment. */
class BoundBuckets implements Backend {
  readonly #plugin: string;
  readonly #settings: KeyValueSettings;
  readonly #shared: Shared;
  #ended = false;

  constructor(plugin: string, settings: KeyValueSettings, shared: Shared) {
    this.#plugin = plugin;
    this.#settings = settings;
    this.#shared = shared;
  }

  ask(operation: string, data: Data): Soon<KeyValueAnswer> {
    const request = readRequest(operation, data);
    const { count } = this.#shared;
    count(writing.has(request.operation) ? "writes" : "reads");
    return after(this.#answer(request), (answer) => {
      if ("error" in answer) count("refused");
      return answer;
    });
  }

  /** End of what the plugin may keep: it has been removed, and what it had is forgotten. */
  end(): void {
    this.#ended = true;
  }

  release(): void {
    this.#shared.release();
  }

  #answer(request: KeyValueAsked): Soon<KeyValueAnswer> {
    const opened = this.#open(request);
    if ("error" in opened) return opened;
    const refused = this.#tooMuch(request);
    if (refused) return refused;
    return caught(
      () => this.#done(opened, request),
      (error) => this.#shared.failed(error),
    );
  }

  #open({ operation, bucket: name }: KeyValueAsked): OpenedBucket | { readonly error: KeyValueError } {
    const { buckets, bytes, keys } = this.#settings;
    const bucket = Object.hasOwn(buckets, name) ? buckets[name] : undefined;
    if (!bucket || this.#ended) return { error: { tag: "no-such-store" } };
    if (writing.has(operation) && bucket.readonly) return { error: { tag: "access-denied" } };
    const own = { bytes, keys };
    if (bucket.shared === undefined) return { id: { plugin: this.#plugin, bucket: name }, quota: own };
    const [plugin = "", shared = ""] = bucket.shared.split("/");
    const { owners } = this.#shared;
    const quota = owners ? owners.quotaFor(this.#plugin, plugin, shared) : own;
    // Its owner is gone, has no such bucket, or shares it no more.
    return quota ? { id: { plugin, bucket: shared }, quota } : { error: { tag: "no-such-store" } };
  }

  #tooMuch(request: KeyValueAsked): KeyValueAnswer | undefined {
    const { keyBytes, valueBytes } = this.#settings;
    const keys = keysOf(request);
    const most = keyValueBounds.batch.value;
    if (keys.length > most) return other(`There are ${keys.length} keys at once; there may be ${most}.`);
    for (const key of keys) {
      const bytes = Buffer.byteLength(key);
      if (bytes > keyBytes)
        return other(`A key has ${bytes} bytes; it may have ${keyBytes} (grants.kv.keyBytes).`);
    }
    for (const { byteLength } of valuesOf(request))
      if (byteLength > valueBytes)
        return other(`A value has ${byteLength} bytes; it may have ${valueBytes} (grants.kv.valueBytes).`);
    return undefined;
  }

  #done({ id: bucket, quota }: OpenedBucket, request: KeyValueAsked): Soon<KeyValueAnswer> {
    const { store } = this.#shared;
    const change = (asked: KeyChange) => this.#change(bucket, asked, quota);
    switch (request.operation) {
      case "get":
        return after(store.get(bucket, request.keys, keyValueBounds.answer.value), valuesAnswer);
      case "version":
        return after(store.version(bucket, request.key), (version) => ({ ok: version }));
      case "list":
        return this.#list(bucket, request.cursor);
      case "set":
        return change({ kind: "put", entries: request.entries });
      case "delete":
        return change({ kind: "delete", keys: request.keys });
      case "add": {
        const { key, delta } = request;
        return change({ kind: "add", key, delta, ...(request.signed ? signed : unsigned) });
      }
      case "swap": {
        const { key, value, version } = request;
        return change({ kind: "put", entries: [[key, value]], expected: version });
      }
    }
  }

  async #list(bucket: BucketId, cursor: bigint | null): Promise<KeyValueAnswer> {
    const { store, cursors } = this.#shared;
    const after = cursor === null ? 0 : cursors.read(bucket, cursor);
    if (after === undefined) return other("The cursor is none that a listing of this bucket gave.");
    const { keys, next } = await store.list(bucket, { after, ...page });
    return {
      ok: {
        keys: keys.map(({ key }) => key),
        cursor: next === undefined ? null : cursors.make(bucket, next),
      },
    };
  }

  async #change(bucket: BucketId, change: KeyChange, quota: Amounts): Promise<KeyValueAnswer> {
    const outcome = await this.#shared.store.change(bucket, change, quota);
    if ("done" in outcome) return { ok: outcome.sum ?? null };
    if (outcome.refused === "stale") return { ok: { stale: outcome.version } };
    return other(refusalText(outcome));
  }
}

function valuesAnswer(found: readonly (KeptValue | undefined)[] | undefined): KeyValueAnswer {
  if (found) return { ok: found.map((each) => (each ? [each.value, each.version] : null)) };
  return other(
    `These values have more than ${keyValueBounds.answer.value} bytes together: ask for fewer at a time.`,
  );
}

function refusalText(outcome: Exclude<ChangeOutcome, { done: true } | { refused: "stale" }>): string {
  switch (outcome.refused) {
    case "quota": {
      const { of, limit, actual } = outcome;
      return `The plugin's buckets would have ${actual} ${of}; they may have ${limit} (grants.kv.${of}).`;
    }
    case "no-integer":
      return "The value is no whole number in decimal digits.";
    case "out-of-range":
      return "The sum is beyond what a number of 64 bits can be.";
  }
}

function keysOf(request: KeyValueAsked): readonly string[] {
  if ("key" in request) return [request.key];
  if ("keys" in request) return request.keys;
  return "entries" in request ? request.entries.map(([key]) => key) : [];
}

function valuesOf(request: KeyValueAsked): readonly Uint8Array[] {
  if ("value" in request) return [request.value];
  return "entries" in request ? request.entries.map(([, value]) => value) : [];
}
