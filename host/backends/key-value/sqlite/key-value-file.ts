/** Key-value buckets in one SQLite file, as its thread sees them: synchronous. */
import { type FileOptions, SqliteFile } from "../../../sqlite/sqlite-file.ts";
import { applyChange, type Counts, type Entries } from "../apply-change.ts";
import type {
  Amounts,
  BucketId,
  BucketUsage,
  ChangeOutcome,
  KeptValue,
  KeyChange,
  KeyPage,
  ListedKeys,
} from "../key-value-store.ts";
import { keyValueSchema } from "./key-value-schema.ts";

/** Change that waits for its commit. */
export interface AskedChange {
  readonly bucket: BucketId;
  readonly change: KeyChange;
  readonly quota: Amounts;
}

/** Bucket that has been looked for; without `id` there is none in the file. */
interface Bucket {
  readonly plugin: string;
  readonly name: string;
  id: number | undefined;
  keys: number;
  bytes: number;
}

const decoder = new TextDecoder();

export class KeyValueFile {
  readonly #file: SqliteFile;
  /** All buckets of the plugins that have used any, as they are as long as nobody else writes to the file. */
  #plugins = new Map<string, Map<string, Bucket>>();
  /** Number of the file's that is another one whenever somebody else has written to it. */
  #dataVersion = 0;
  /** Buckets whose figures are others than those in the file. */
  readonly #changed = new Set<Bucket>();
  #version = 0;
  #versionChanged = false;

  /** Throws what opening the file throws. */
  constructor(options: FileOptions) {
    this.#file = new SqliteFile({ ...options, schema: keyValueSchema });
    this.#reload();
  }

  get inode(): number {
    return this.#file.inode;
  }

  get(id: BucketId, keys: readonly string[], maxBytes: number): (KeptValue | undefined)[] | undefined {
    this.#lookAgain();
    const { id: bucket } = this.#bucket(id);
    if (bucket === undefined) return keys.map(() => undefined);
    let bytes = 0;
    const found: (KeptValue | undefined)[] = [];
    for (const key of keys) {
      const entry = this.#file.get<KeptValue>(
        "SELECT value, version FROM entries WHERE bucket = ? AND key = ?",
        bucket,
        Buffer.from(key),
      );
      bytes += entry?.value.byteLength ?? 0;
      if (bytes > maxBytes) return undefined;
      found.push(entry && { value: entry.value, version: entry.version });
    }
    return found;
  }

  version(id: BucketId, key: string): number {
    this.#lookAgain();
    const { id: bucket } = this.#bucket(id);
    return bucket === undefined ? 0 : (this.#find(bucket, key)?.version ?? 0);
  }

  list(id: BucketId, { after, keys: maxKeys, bytes: maxBytes }: KeyPage): ListedKeys {
    this.#lookAgain();
    const { id: bucket } = this.#bucket(id);
    const keys: { key: string; bytes: number; version: number }[] = [];
    if (bucket === undefined) return { keys };
    const rows = this.#file.iterate<{ id: number; key: Uint8Array; size: number; version: number }>(
      "SELECT id, key, length(value) AS size, version FROM entries WHERE bucket = ? AND id > ? ORDER BY id LIMIT ?",
      bucket,
      after,
      maxKeys + 1,
    );
    let bytes = 0;
    let last = after;
    for (const row of rows) {
      if (keys.length > 0 && (keys.length >= maxKeys || bytes + row.key.byteLength > maxBytes))
        return { keys, next: last };
      keys.push({ key: decoder.decode(row.key), bytes: row.size, version: row.version });
      bytes += row.key.byteLength;
      last = row.id;
    }
    return { keys };
  }

  usage(plugin: string): BucketUsage[] {
    this.#lookAgain();
    // Not kept: an owner may ask for any name.
    const known = this.#plugins.get(plugin) ?? this.#read(plugin);
    const buckets = [...known.values()].filter(({ keys }) => keys > 0);
    return buckets
      .map(({ name, keys, bytes }) => ({ bucket: name, keys, bytes }))
      .sort((one, other) => (one.bucket < other.bucket ? -1 : 1));
  }

  plugins(): string[] {
    const rows = this.#file.all<{ plugin: string }>(
      "SELECT DISTINCT plugin FROM buckets WHERE keys > 0 ORDER BY plugin",
    );
    return rows.map(({ plugin }) => plugin);
  }

  /**
   * All in one transaction, so that many wait for the disk once: gives an outcome, or what failed, for each. Where that
   * fails they are made one by one, so that no change fails for another's sake.
   */
  changeAll(asked: readonly AskedChange[]): (ChangeOutcome | { readonly error: unknown })[] {
    try {
      return this.#write(asked);
    } catch (error) {
      if (asked.length === 1) return [{ error }];
      return asked.flatMap((each) => this.changeAll([each]));
    }
  }

  forget(plugin: string): void {
    const idsOf = () => [...this.#read(plugin).values()].flatMap(({ id }) => id ?? []);
    if (idsOf().length > 0) {
      // What is left of it in the log is overwritten too: it may have been a secret.
      this.#file.noteErased();
      this.#file.write({ durable: true, frees: true }, () => {
        for (const id of idsOf()) {
          this.#file.run("DELETE FROM entries WHERE bucket = ?", id);
          this.#file.run("DELETE FROM buckets WHERE id = ?", id);
        }
      });
      this.#file.giveBack();
    }
    this.#plugins.delete(plugin);
  }

  close(): void {
    this.#file.close();
  }

  #write(asked: readonly AskedChange[]): ChangeOutcome[] {
    const bytes = asked.reduce((sum, { change }) => sum + bytesOf(change), 0);
    if (bytes > 0) this.#file.requireRoom(bytes);
    const frees = asked.every(({ change }) => change.kind === "delete");
    let attempts = 0;
    try {
      return this.#file.write({ durable: true, erasing: frees, frees }, () => {
        // What the first attempt counted, on a disk that was full, is undone as well.
        if (attempts++ > 0) this.#reload();
        else this.#lookAgain();
        const outcomes = asked.map((each) => this.#change(each));
        this.#keepCounts();
        return outcomes;
      });
    } catch (error) {
      this.#reload();
      throw error;
    } finally {
      if (frees) this.#file.giveBack();
    }
  }

  #change({ bucket: id, change, quota }: AskedChange): ChangeOutcome {
    const bucket = this.#bucket(id);
    const counts: Counts = {
      used: this.#usedBy(id.plugin),
      next: () => {
        this.#versionChanged = true;
        return ++this.#version;
      },
      grow: (by) => {
        bucket.keys += by.keys;
        bucket.bytes += by.bytes;
        this.#changed.add(bucket);
      },
    };
    return applyChange(this.#entries(bucket), counts, change, quota);
  }

  #entries(bucket: Bucket): Entries {
    return {
      find: (key) => (bucket.id === undefined ? undefined : this.#find(bucket.id, key)),
      value: (key) =>
        this.#file.get<{ value: Uint8Array }>(
          "SELECT value FROM entries WHERE bucket = ? AND key = ?",
          bucket.id!,
          Buffer.from(key),
        )!.value,
      put: (key, value, version) => {
        bucket.id ??= this.#make(bucket);
        this.#file.run(
          `INSERT INTO entries (bucket, key, version, value) VALUES (?, ?, ?, ?)
           ON CONFLICT (bucket, key) DO UPDATE SET version = excluded.version, value = excluded.value`,
          bucket.id,
          Buffer.from(key),
          version,
          value,
        );
      },
      remove: (key) => {
        this.#file.run("DELETE FROM entries WHERE bucket = ? AND key = ?", bucket.id!, Buffer.from(key));
      },
    };
  }

  #find(bucket: number, key: string): { size: number; version: number } | undefined {
    return this.#file.get(
      "SELECT length(value) AS size, version FROM entries WHERE bucket = ? AND key = ?",
      bucket,
      Buffer.from(key),
    );
  }

  #make({ plugin, name }: Bucket): number {
    return this.#file.get<{ id: number }>(
      "INSERT INTO buckets (plugin, name, keys, bytes) VALUES (?, ?, 0, 0) RETURNING id",
      plugin,
      name,
    )!.id;
  }

  #keepCounts(): void {
    for (const { id, keys, bytes } of this.#changed)
      if (id !== undefined)
        this.#file.run("UPDATE buckets SET keys = ?, bytes = ? WHERE id = ?", keys, bytes, id);
    this.#changed.clear();
    if (this.#versionChanged) this.#file.run("UPDATE versions SET last = ?", this.#version);
    this.#versionChanged = false;
  }

  /** Forgets what another host may have changed. To be called in the transaction that goes by it, where there is one. */
  #lookAgain(): void {
    if (this.#file.dataVersion !== this.#dataVersion) this.#reload();
  }

  /** Forgets what is not in the file. */
  #reload(): void {
    // First: what is written meanwhile is then looked for again, not missed.
    this.#dataVersion = this.#file.dataVersion;
    this.#plugins = new Map();
    this.#changed.clear();
    this.#version = this.#file.get<{ last: number }>("SELECT last FROM versions")?.last ?? 0;
    this.#versionChanged = false;
  }

  #bucket({ plugin, bucket: name }: BucketId): Bucket {
    const buckets = this.#bucketsOf(plugin);
    const known = buckets.get(name);
    if (known) return known;
    const made: Bucket = { plugin, name, id: undefined, keys: 0, bytes: 0 };
    buckets.set(name, made);
    return made;
  }

  #bucketsOf(plugin: string): Map<string, Bucket> {
    let known = this.#plugins.get(plugin);
    if (!known) {
      known = this.#read(plugin);
      this.#plugins.set(plugin, known);
    }
    return known;
  }

  #read(plugin: string): Map<string, Bucket> {
    const rows = this.#file.all<{ id: number; name: string; keys: number; bytes: number }>(
      "SELECT id, name, keys, bytes FROM buckets WHERE plugin = ?",
      plugin,
    );
    return new Map(rows.map((row) => [row.name, { plugin, ...row }] as const));
  }

  #usedBy(plugin: string): Amounts {
    let [keys, bytes] = [0, 0];
    for (const bucket of this.#bucketsOf(plugin).values()) {
      keys += bucket.keys;
      bytes += bucket.bytes;
    }
    return { keys, bytes };
  }
}

function bytesOf(change: KeyChange): number {
  if (change.kind !== "put") return 0;
  return change.entries.reduce((sum, [key, value]) => sum + 3 * key.length + value.byteLength, 0);
}
