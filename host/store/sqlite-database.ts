/** The SQLite store as its worker sees it: synchronous, rows in and rows out. */
import { closeSync, mkdirSync, openSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";
import { migrate } from "./migrations.ts";
import {
  checkBinary,
  corruptBinary,
  digestOf,
  missingBinary,
  staleRevision,
  tokenTaken,
  versionNotStored,
} from "./refusals.ts";
import { Reserve } from "./reserve.ts";
import {
  type CommitRow,
  type DeploymentRow,
  deploymentBytes,
  type EventRow,
  eventBytes,
  eventOverhead,
  type NewEventRow,
  type PluginRow,
  pageOf,
  type TokenRow,
  type VersionUseRow,
} from "./rows.ts";
import { isFull, noRoom } from "./sqlite-errors.ts";
import { type Collected, type Committed, pageBytes, type Retention } from "./store.ts";

export interface DatabaseOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, `store-full`. */
  readonly maxBytes: number | undefined;
  /** Milliseconds to wait for another process that holds a lock. */
  readonly busyTimeout: number;
}

/** By how many a limit on the file is exceeded to make room within it. */
const emergencyPages = 256;
/** Of a deployment, besides its binary. */
const marginBytes = 1024 * 1024;
/** Those that are given back to the disk in one transaction. */
const pagesAtOnce = 256;

const eventColumns = "at, kind, who, plugin, revision, data";

/** More than a number of JavaScript holds would fail the whole read. */
const selectPlugins = `
  SELECT p.name, min(p.revision, ${Number.MAX_SAFE_INTEGER}) AS revision, p.live, length(v.bytes) AS size, v.about, p.settings, p.checks, p.at
  FROM plugins p LEFT JOIN versions v ON v.digest = p.live`;

interface WriteOptions {
  readonly durable: boolean;
  readonly erasing?: boolean;
  readonly frees?: boolean;
}

export class SqliteDatabase {
  readonly #file: string;
  readonly #db: DatabaseSync;
  /** Which file was opened, to notice when another one, or none, stands in its place. */
  readonly #inode: number;
  readonly #statements = new Map<string, StatementSync>();
  readonly #busyTimeout: number;
  #durable = false;
  #erasing = true;
  /** The write-ahead log has a page as it was before a secret was deleted from it. */
  #logRemembers = true;
  readonly #reserve: Reserve;
  readonly #maxPages: number | undefined;
  /** The disk was full: what is forgotten is given back to it. */
  #starved = false;

  /** Creates folder and file if need be. Throws HotcellError, or what node:sqlite and node:fs throw. */
  constructor({ file, maxBytes, busyTimeout }: DatabaseOptions) {
    this.#file = file;
    this.#busyTimeout = busyTimeout;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite would let others read it; its -wal and -shm files take over the mode.
    closeSync(openSync(file, "a", 0o600));
    const { ino, size } = statSync(file);
    this.#inode = ino;
    this.#reserve = new Reserve(file);
    this.#db = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    try {
      this.#maxPages = maxBytes === undefined ? undefined : this.#pages(maxBytes);
      this.#limit(0);
      // What is deleted is overwritten: it may have been a secret.
      this.#db.exec("PRAGMA secure_delete = ON");
      // Only a new file can have it: it can be made smaller without a copy of it then.
      if (size === 0) this.#db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      // Before anything is written: the file may be somebody else's.
      migrate(this.#db, file);
      this.#configure();
      this.#starved = !this.#reserve.restore();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Changes whenever another connection has written. */
  get dataVersion(): number {
    return this.#get<{ data_version: number }>("PRAGMA data_version")!.data_version;
  }

  list(): PluginRow[] {
    return this.#all<PluginRow>(`${selectPlugins} ORDER BY p.name`);
  }

  plugin(name: string): PluginRow | undefined {
    return this.#get<PluginRow>(`${selectPlugins} WHERE p.name = ?`, name);
  }

  commit(change: CommitRow): Committed {
    const { plugin, expected, live, binary, settings, shown, checks, at, who, outcome, details, event } =
      change;
    // Before the transaction, so that nobody waits for it.
    if (binary) {
      checkBinary(plugin, live ?? undefined, binary.bytes);
      this.#refuseWhenMoved();
      this.#requireRoom(binary.bytes.length);
    }
    return this.#write({ durable: true, frees: live === null }, () => {
      const row = this.#get<{ revision: number; settings: string }>(
        "SELECT revision, settings FROM plugins WHERE name = ?",
        plugin,
      );
      const actual = row?.revision ?? 0;
      if (actual !== expected) throw staleRevision(plugin, expected, actual);

      if (live !== null && binary) {
        this.#run(
          `INSERT INTO versions (digest, about, bytes) VALUES (?, ?, ?)
           ON CONFLICT (digest) DO UPDATE SET about = excluded.about, bytes = excluded.bytes`,
          live,
          binary.about,
          binary.bytes,
        );
      } else if (live !== null && !this.#get("SELECT 1 FROM versions WHERE digest = ?", live)) {
        throw versionNotStored(plugin, live);
      }

      const revision = expected + 1;
      this.#run(
        `INSERT INTO plugins (name, revision, live, settings, checks, at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, live = excluded.live,
           settings = excluded.settings, checks = excluded.checks, at = excluded.at`,
        plugin,
        revision,
        live,
        settings,
        checks,
        at,
      );
      this.#run(
        `INSERT INTO deployments (plugin, revision, digest, outcome, who, at, settings, details)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        plugin,
        revision,
        live,
        outcome,
        who,
        at,
        shown,
        details,
      );
      if (row && row.settings !== settings && mayHaveSecret(row.settings)) this.#logRemembers = true;
      return { revision, event: this.#insertEvent(event) };
    });
  }

  deployments(plugin: string, before: number, limit: number): DeploymentRow[] {
    return this.#page<DeploymentRow>(
      deploymentBytes,
      pageBytes,
      `SELECT d.plugin, min(d.revision, ${Number.MAX_SAFE_INTEGER}) AS revision, d.digest, length(v.bytes) AS size, d.outcome, d.who, d.at, d.settings, d.details
       FROM deployments d LEFT JOIN versions v ON v.digest = d.digest
       WHERE d.plugin = ? AND d.revision < ? ORDER BY d.revision DESC LIMIT ?`,
      plugin,
      before,
      limit,
    );
  }

  uses(plugin: string): VersionUseRow[] {
    return this.#all<VersionUseRow>(
      `SELECT min(d.revision, ${Number.MAX_SAFE_INTEGER}) AS revision, d.digest, length(v.bytes) AS size, d.at
       FROM deployments d LEFT JOIN versions v ON v.digest = d.digest
       WHERE d.plugin = ? ORDER BY d.revision DESC`,
      plugin,
    );
  }

  binary(digest: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#get<{ bytes: Uint8Array<ArrayBuffer> }>(
      "SELECT bytes FROM versions WHERE digest = ?",
      digest,
    );
    if (!row) return undefined;
    const actual = digestOf(row.bytes);
    if (actual !== digest) throw corruptBinary(digest, actual, this.#file);
    return row.bytes;
  }

  verify(digest: string): void {
    if (this.binary(digest) === undefined) throw missingBinary(digest, this.#file);
  }

  prune(plugin: string, { versions, deployments, bytes = Number.MAX_SAFE_INTEGER }: Retention): number {
    // A version's rank is how recently it was made live; a deployment's, how recent it is among those of kept versions.
    return this.#write({ durable: false, frees: true }, () =>
      this.#run(
        `WITH used AS (
           SELECT digest, max(revision) AS last FROM deployments
           WHERE plugin = :plugin AND digest IS NOT NULL GROUP BY digest
         ), kept_versions AS (
           SELECT digest, last FROM used ORDER BY last DESC LIMIT :versions
         ), kept AS (
           SELECT revision FROM deployments
           WHERE plugin = :plugin AND (digest IS NULL OR digest IN (SELECT digest FROM kept_versions))
           ORDER BY revision DESC LIMIT :deployments
         ), within AS (
           SELECT revision, sum(octet_length(settings) + octet_length(details)) OVER (ORDER BY revision DESC) AS size
           FROM deployments WHERE plugin = :plugin AND revision IN (SELECT revision FROM kept)
         )
         DELETE FROM deployments
         WHERE plugin = :plugin
           AND revision NOT IN (SELECT revision FROM within WHERE size <= :bytes)
           AND revision NOT IN (SELECT last FROM kept_versions)
           AND revision < (SELECT max(revision) FROM deployments WHERE plugin = :plugin)`,
        { plugin, versions, deployments, bytes },
      ),
    );
  }

  collect(): Collected {
    // Binaries are large, and no secrets.
    const collected = this.#write({ durable: false, erasing: false, frees: true }, () => {
      const removed = this.#all<{ bytes: number }>(
        `DELETE FROM versions
         WHERE NOT EXISTS (SELECT 1 FROM deployments d WHERE d.digest = versions.digest)
           AND NOT EXISTS (SELECT 1 FROM plugins p WHERE p.live = versions.digest)
         RETURNING length(bytes) AS bytes`,
      );
      return { versions: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
    });
    if (this.#starved) this.#shrink();
    return collected;
  }

  append(events: readonly NewEventRow[]): number[] {
    return this.#write({ durable: false }, () => events.map((event) => this.#insertEvent(event)));
  }

  events(after: number, limit: number, bytes: number, plugin: string | undefined): EventRow[] {
    return plugin === undefined
      ? this.#page<EventRow>(
          eventBytes,
          bytes,
          `SELECT id, ${eventColumns} FROM events WHERE id > ? ORDER BY id LIMIT ?`,
          after,
          limit,
        )
      : this.#page<EventRow>(
          eventBytes,
          bytes,
          `SELECT id, ${eventColumns} FROM events WHERE plugin = ? AND id > ? ORDER BY id LIMIT ?`,
          plugin,
          after,
          limit,
        );
  }

  eventRange(): { first: number; last: number } {
    const { first, last } = this.#get<{ first: number | null; last: number | null }>(
      `SELECT (SELECT min(id) FROM events) AS first, (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS last`,
    )!;
    return { first: first ?? (last ?? 0) + 1, last: last ?? 0 };
  }

  trimEvents(keep: number, bytes: number): number {
    return this.#write({ durable: false, frees: true }, () =>
      this.#run(
        `DELETE FROM events WHERE id <= (
           SELECT max(id) FROM (
             SELECT id, row_number() OVER newest AS rank, sum(octet_length(data) + ${eventOverhead}) OVER newest AS size
             FROM events WINDOW newest AS (ORDER BY id DESC)
           ) WHERE rank > ? OR size > ?
         )`,
        keep,
        bytes,
      ),
    );
  }

  tokens(): TokenRow[] {
    return this.#all<TokenRow>(
      `SELECT id, hash, name, scopes, plugins, created_at AS createdAt, expires_at AS expiresAt,
              revoked_at AS revokedAt
       FROM tokens ORDER BY rowid`,
    );
  }

  addToken({ id, hash, name, scopes, plugins, createdAt, expiresAt }: TokenRow, event: NewEventRow): void {
    this.#write({ durable: true }, () => {
      const added = this.#run(
        `INSERT INTO tokens (id, hash, name, scopes, plugins, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        id,
        hash,
        name,
        scopes,
        plugins,
        createdAt,
        expiresAt,
      );
      if (added === 0) throw tokenTaken(id);
      this.#insertEvent(event);
    });
  }

  revokeToken(id: string, event: NewEventRow): boolean {
    // Frees nothing, but must not wait for somebody who does.
    return this.#write({ durable: true, frees: true }, () => {
      const revoked = this.#run(
        "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        event.at,
        id,
      );
      if (revoked === 1) this.#insertEvent(event);
      return revoked === 1;
    });
  }

  close(): void {
    this.#db.close();
  }

  #pages(bytes: number): number {
    return Math.max(1, Math.floor(bytes / this.#pageSize()));
  }

  #pageSize(): number {
    return this.#get<{ page_size: number }>("PRAGMA page_size")!.page_size;
  }

  #limit(beyond: number): void {
    if (this.#maxPages !== undefined) this.#db.exec(`PRAGMA max_page_count = ${this.#maxPages + beyond}`);
  }

  #configure(): void {
    const { journal_mode: mode } = this.#get<{ journal_mode: string }>("PRAGMA journal_mode = WAL")!;
    if (mode !== "wal") {
      throw new HotcellError("store-unavailable", `The store ${this.#file} can't be opened in WAL mode.`, {
        subject: this.#file,
        actual: mode,
        remedy: "Choose a data folder on a local disk: HOTCELL_DATA or --data.",
      });
    }
    // See #write. The log of a large upload is cut back to 64 MiB once it is in the file.
    this.#db.exec("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864");
    this.#forget();
    // Any read, so that the log stands beside the file from now on: it tells a backup that the file is in use.
    this.eventRange();
  }

  /**
   * One transaction. A process killed at any moment loses nothing it was told is written either way: the write-ahead log
   * is in the operating system's hands when COMMIT returns. A power cut may take the last transactions with it unless
   * the log is synced too: `durable`. What it deletes is overwritten if `erasing`. What `frees` room is done on a full
   * disk too.
   */
  #write<T>({ frees = false, ...how }: WriteOptions, work: () => T): T {
    this.#refuseWhenMoved();
    try {
      return this.#transact(how, work);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#starved = true;
      if (!frees) throw error;
      this.#reserve.giveUp();
      this.#limit(emergencyPages);
      this.#emptyLog();
      try {
        return this.#transact(how, work);
      } finally {
        this.#limit(0);
      }
    }
  }

  /**
   * Of the disk, for bytes that are written twice, to the log and then to the file. What began and then found no room
   * would leave a log that can't be emptied.
   */
  #requireRoom(bytes: number): void {
    if (this.#hasRoom(bytes)) return;
    this.#emptyLog();
    if (this.#hasRoom(bytes)) return;
    this.#starved = true;
    throw noRoom(this.#file, bytes);
  }

  #hasRoom(bytes: number): boolean {
    const { bavail, bsize, blocks } = statfsSync(dirname(this.#file));
    const grows = Math.max(0, bytes - this.#freePages() * this.#pageSize());
    // Some file systems don't tell.
    return blocks === 0 || bavail * bsize >= bytes + grows + marginBytes;
  }

  /** As far as there is room for what is in it. */
  #emptyLog(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  #transact<T>({ durable, erasing = true }: WriteOptions, work: () => T): T {
    if (durable !== this.#durable) {
      this.#db.exec(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
      this.#durable = durable;
    }
    if (erasing !== this.#erasing) {
      this.#db.exec(`PRAGMA secure_delete = ${erasing ? "ON" : "OFF"}`);
      this.#erasing = erasing;
    }
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      this.#forget();
      return result;
    } catch (error) {
      // Some errors end the transaction by themselves.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /**
   * Empties the write-ahead log where it remembers a secret. Not waited for: while another connection reads what is in
   * it, or the disk is full, it stays as it is until the next write.
   */
  #forget(): void {
    if (!this.#logRemembers) return;
    this.#db.exec("PRAGMA busy_timeout = 0");
    try {
      const { busy } = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      this.#logRemembers = busy !== 0;
    } catch {
      // What was written is written.
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`);
    }
  }

  /**
   * Gives pages that hold nothing back to the disk, a few at a time, so that it takes little room. A file that an older
   * Hotcell made keeps them for what comes next.
   */
  #shrink(): void {
    try {
      let free = this.#freePages();
      for (;;) {
        this.#db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce}); PRAGMA wal_checkpoint(TRUNCATE)`);
        const left = this.#freePages();
        if (left === 0 || left >= free) break;
        free = left;
      }
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    this.#starved = !this.#reserve.restore();
  }

  #freePages(): number {
    return this.#get<{ freelist_count: number }>("PRAGMA freelist_count")!.freelist_count;
  }

  /** Without this, SQLite would go on writing to a file that nobody will ever find again. */
  #refuseWhenMoved(): void {
    if (statSync(this.#file, { throwIfNoEntry: false })?.ino === this.#inode) return;
    throw new HotcellError(
      "store-unavailable",
      `The store ${this.#file} was removed or replaced while in use.`,
      {
        subject: this.#file,
        remedy: "Put it back if you can, then start the host again.",
      },
    );
  }

  #insertEvent({ at, kind, who, plugin, revision, data }: NewEventRow): number {
    return this.#get<{ id: number }>(
      `INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
      at,
      kind,
      who,
      plugin,
      revision,
      data,
    )!.id;
  }

  #get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepared(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepared(sql).all(...values) as T[];
  }

  /** Reads no further than the page goes. */
  #page<T>(sizeOf: (row: T) => number, bytes: number, sql: string, ...values: SQLInputValue[]): T[] {
    return pageOf(this.#prepared(sql).iterate(...values) as Iterable<T>, bytes, sizeOf);
  }

  /** How many rows it changed. */
  #run(sql: string, ...values: [Record<string, SQLInputValue>] | SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...(values as SQLInputValue[])).changes);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** As settings are stored; a text that only looks like it costs a little time. */
function mayHaveSecret(settings: string): boolean {
  return settings.includes('"secret":');
}
