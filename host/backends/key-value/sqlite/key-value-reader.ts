import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { SchemaWatch } from "../../../sqlite/file-schema.ts";
import type { BucketId, KeptValue } from "../key-value-store.ts";
import { keyValueSchema } from "./key-value-schema.ts";

/** Bytes of a value that is read here; a larger one is read by the file's thread, which nobody else waits for. */
const maxBytesHere = 16 * 1024;
/** Milliseconds that a read may take which finds its pages in memory; one that took longer has waited. */
const slow = 2;
/**
 * Times of a slow read for which the file's thread reads after it, so that the host's own is held up by no more than a part of
 * its time: where it waited for the disk, and where it may have been the machine, which let others run.
 */
const [pauseForDisk, pause] = [20, 1];
/** Milliseconds after which a file that could not be read here is tried again. */
const afterFailure = 1_000;

const entry =
  "FROM entries WHERE bucket = (SELECT id FROM buckets WHERE plugin = ?1 AND name = ?2) AND key = ?3";

/**
 * Reader of single values in the host's own thread, over a connection of its own that reads only: what is in memory is there
 * sooner than a thread is woken that could read it. It sees what is committed, and so durable, whoever wrote it, and
 * nobody who writes waits for it. Undefined is what it does not answer, which the file's thread is to be asked for.
 */
export class KeyValueReader {
  readonly #db: DatabaseSync;
  readonly #schema: SchemaWatch;
  readonly #value: StatementSync;
  readonly #version: StatementSync;
  #pausedUntil = 0;
  /** Reads of this process that a disk had to make, when they were looked at last. */
  #diskReads = process.resourceUsage().fsRead;

  /** `inode` of the file that the thread has open. Throws what node:sqlite throws, and where it is another file by now. */
  constructor(file: string, inode: number) {
    // A lock is not waited for.
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    try {
      if (statSync(file).ino !== inode) throw new Error(`${file} was replaced.`);
      this.#schema = new SchemaWatch(this.#db, file, keyValueSchema);
      // SQLite does not read a value for its length.
      const value = "CASE WHEN length(value) <= ?4 THEN value END AS value";
      this.#value = this.#db.prepare(`SELECT version, ${value} ${entry}`);
      this.#version = this.#db.prepare(`SELECT version ${entry}`);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  get(id: BucketId, key: string, maxBytes: number): [KeptValue | undefined] | undefined {
    const limit = Math.min(maxBytes, maxBytesHere);
    const read = this.#read<{ version: number; value: Uint8Array | null }>(this.#value, id, key, limit);
    if (read === undefined) return undefined;
    const { row } = read;
    if (row === undefined) return [undefined];
    return row.value === null ? undefined : [{ value: row.value, version: row.version }];
  }

  /** 0 where there is none. */
  version(id: BucketId, key: string): number | undefined {
    const read = this.#read<{ version: number }>(this.#version, id, key);
    return read && (read.row?.version ?? 0);
  }

  close(): void {
    this.#db.close();
  }

  #read<Row>(
    statement: StatementSync,
    { plugin, bucket }: BucketId,
    key: string,
    ...more: number[]
  ): { readonly row: Row | undefined } | undefined {
    const begun = performance.now();
    if (begun < this.#pausedUntil) return undefined;
    try {
      this.#schema.look();
      const row = statement.get(plugin, bucket, Buffer.from(key), ...more) as Row | undefined;
      const end = performance.now();
      if (end - begun > slow) this.#pauseAfter(end - begun, end);
      return { row };
    } catch {
      // Whatever it is, the thread tells it.
      this.#pausedUntil = begun + afterFailure;
      return undefined;
    }
  }

  #pauseAfter(took: number, now: number): void {
    const { fsRead } = process.resourceUsage();
    this.#pausedUntil = now + took * (fsRead > this.#diskReads ? pauseForDisk : pause);
    this.#diskReads = fsRead;
  }
}
