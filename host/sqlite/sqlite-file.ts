/** SQLite file of a host: its transactions, its room on the disk, and what of a secret may be left in its log. */
import { accessSync, constants, mkdirSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";
import { type FileSchema, migrate, SchemaWatch } from "./file-schema.ts";
import { makePrivate } from "./private-file.ts";
import { Reserve } from "./reserve.ts";
import { isBusy, isFull, noRoom } from "./sqlite-errors.ts";

export interface FileOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, `store-full`. */
  readonly maxBytes: number | undefined;
  /** Milliseconds to wait for another process that holds a lock. */
  readonly busyTimeout: number;
}

/** File that is opened, and what it is to be. */
interface OpenedFile extends FileOptions {
  readonly schema: FileSchema;
  /** Integers are read as bigints: there are some beyond what a number has exactly. */
  readonly bigints?: boolean;
}

/** Pages by which a limit on the file is exceeded to make room within it. */
const emergencyPages = 256;
/** Bytes of a deployment besides its binary. */
const marginBytes = 1024 * 1024;
/** Milliseconds within which whoever reads a single value in another connection has read it. */
const singleRead = 20;
/** Milliseconds between attempts at what SQLite does not wait for by itself. */
const busyPause = 5;
/** Pages that are given back to the disk in one transaction. */
const pagesAtOnce = 256;

interface WriteOptions {
  readonly durable: boolean;
  readonly erasing?: boolean;
  readonly frees?: boolean;
}

export class SqliteFile {
  readonly path: string;
  readonly #db: DatabaseSync;
  /** Identity of the file that was opened, to notice when another one, or none, stands in its place. */
  readonly inode: number;
  readonly #statements = new Map<string, StatementSync>();
  readonly #busyTimeout: number;
  readonly #bigints: boolean;
  #durable = false;
  #erasing = true;
  /** The write-ahead log has a page as it was before a secret was deleted from it. */
  #logRemembers = true;
  readonly #reserve: Reserve;
  /** Absent until the file is open. */
  #schema: SchemaWatch | undefined;
  readonly #maxPages: number | undefined;
  /** The disk was full: what is forgotten is given back to it. */
  #starved = false;

  /** Creates folder and file if need be. Throws HotcellError, or what node:sqlite and node:fs throw. */
  constructor({ file, maxBytes, busyTimeout, schema, bigints = false }: OpenedFile) {
    this.path = file;
    this.#bigints = bigints;
    this.#busyTimeout = busyTimeout;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite would let others read it; its -wal and -shm files take over the mode.
    makePrivate(file);
    // Of a file that it may not write SQLite would say so at the first change only.
    accessSync(file, constants.R_OK | constants.W_OK);
    const { ino, size } = statSync(file);
    this.inode = ino;
    this.#reserve = new Reserve(file);
    this.#db = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    try {
      this.#maxPages = maxBytes === undefined ? undefined : this.#pages(maxBytes);
      this.#limit(0);
      // What is deleted is overwritten: it may have been a secret.
      this.#db.exec("PRAGMA secure_delete = ON");
      // Only a new file can have it: it can be made smaller without a copy of it then.
      if (size === 0) this.#db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      this.#prepare(schema);
      this.#schema = new SchemaWatch(this.#db, file, schema);
      this.#starved = !this.#reserve.restore();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Number that is another one whenever another connection has written; in a transaction, as of its beginning. */
  get dataVersion(): number {
    return Number(this.get<{ data_version: number | bigint }>("PRAGMA data_version")!.data_version);
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    this.#requireKnown();
    return this.#prepared(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    this.#requireKnown();
    return this.#prepared(sql).all(...values) as T[];
  }

  /** Rows one after the other; what is not asked for is not read. */
  iterate<T>(sql: string, ...values: SQLInputValue[]): Iterable<T> {
    this.#requireKnown();
    return this.#prepared(sql).iterate(...values) as Iterable<T>;
  }

  /** Runs a statement; gives how many rows it changed. */
  run(sql: string, ...values: [Record<string, SQLInputValue>] | SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...(values as SQLInputValue[])).changes);
  }

  /**
   * One transaction. A process killed at any moment loses nothing it was told is written either way: the write-ahead log
   * is in the operating system's hands when COMMIT returns. A power cut may take the last transactions with it unless
   * the log is synced too: `durable`. What it deletes is overwritten if `erasing`. What `frees` room is done on a full
   * disk too.
   */
  write<T>({ frees = false, ...how }: WriteOptions, work: () => T): T {
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

  /** Tells whether one that `begin` began is under way: some errors end it by themselves. */
  get isOpen(): boolean {
    return this.#db.isTransaction;
  }

  /** Begins a transaction of several operations, which is durable from `commit` on. */
  begin(): void {
    this.#refuseWhenMoved();
    this.#begin({ durable: true });
  }

  /** One operation of it: what it throws undoes it, and leaves the others. */
  operation<T>(work: () => T): T {
    this.#db.exec("SAVEPOINT operation");
    try {
      const result = work();
      this.#db.exec("RELEASE operation");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO operation; RELEASE operation");
      throw error;
    }
  }

  /** End of the transaction; what it throws undoes all of it. */
  commit(): void {
    try {
      this.#db.exec("COMMIT");
      this.#forget();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      if (isFull(error)) this.#starved = true;
      throw error;
    }
  }

  /**
   * Requires room on the disk for bytes that are written twice, to the log and then to the file. What began and then
   * found no room would leave a log that can't be emptied.
   */
  requireRoom(bytes: number): void {
    this.#refuseWhenMoved();
    if (this.#hasRoom(bytes)) return;
    this.#emptyLog();
    if (this.#hasRoom(bytes)) return;
    this.#starved = true;
    throw noRoom(this.path, bytes);
  }

  /** A secret is deleted in this transaction. */
  noteErased(): void {
    this.#logRemembers = true;
  }

  /**
   * After a full disk, gives pages that hold nothing back to it, a few at a time, so that it takes little room. A file
   * that an older Hotcell made keeps them for what comes next.
   */
  giveBack(): void {
    if (!this.#starved) return;
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

  close(): void {
    this.#db.close();
  }

  #pages(bytes: number): number {
    return Math.max(1, Math.floor(bytes / this.#pageSize()));
  }

  #pageSize(): number {
    return Number(this.get<{ page_size: number }>("PRAGMA page_size")!.page_size);
  }

  #limit(beyond: number): void {
    if (this.#maxPages !== undefined) this.#db.exec(`PRAGMA max_page_count = ${this.#maxPages + beyond}`);
  }

  /** On a full disk too: whoever removes plugins needs a host that runs. */
  #prepare(schema: FileSchema): void {
    const steps = () => {
      // Before anything is written: the file may be somebody else's.
      migrate(this.#db, this.path, schema);
      this.#configure();
    };
    try {
      steps();
    } catch (error) {
      if (!isFull(error) || !this.#reserve.giveUp()) throw error;
      steps();
    }
  }

  #configure(): void {
    const mode = this.#keepLog();
    if (mode !== "wal") {
      throw new HotcellError("store-unavailable", `The store ${this.path} can't be opened in WAL mode.`, {
        subject: this.path,
        actual: mode,
        remedy: "Choose a data folder on a local disk: HOTCELL_DATA, --data, or data of createHost.",
      });
    }
    // See `write`. The log of a large upload is cut back to 64 MiB once it is in the file.
    this.#db.exec("PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864");
    const logged = Math.floor(this.#reserve.size / 2 / this.#pageSize());
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${Math.min(1000, logged)}`);
    this.#forget();
    // Any read, so that the log stands beside the file from now on: it tells a backup that the file is in use.
    this.get("SELECT 1 FROM sqlite_schema");
  }

  /** Asks for a write-ahead log; gives what the file has then. SQLite does not wait for others that ask at the same time. */
  #keepLog(): string {
    const deadline = performance.now() + this.#busyTimeout;
    for (;;) {
      try {
        return this.get<{ journal_mode: string }>("PRAGMA journal_mode = WAL")!.journal_mode;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPause);
      }
    }
  }

  #hasRoom(bytes: number): boolean {
    const { bavail, bsize, blocks } = statfsSync(dirname(this.path));
    const grows = Math.max(0, bytes - this.#freePages() * this.#pageSize());
    // Some file systems don't tell.
    return blocks === 0 || bavail * bsize >= bytes + grows + marginBytes;
  }

  /** Empties the log as far as there is room for what is in it. */
  #emptyLog(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  #begin({ durable, erasing = true }: WriteOptions): void {
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
      this.#schema?.requireKnown();
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** In a transaction it was looked at when that began. */
  #requireKnown(): void {
    if (!this.#db.isTransaction) this.#schema?.look();
  }

  #transact<T>(how: WriteOptions, work: () => T): T {
    this.#begin(how);
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
   * Empties the write-ahead log where it remembers a secret. Hardly waited for: while another connection goes on reading what
   * is in it, such as a backup's, or the disk is full, it stays as it is until the next write.
   */
  #forget(): void {
    if (!this.#logRemembers) return;
    this.#db.exec(`PRAGMA busy_timeout = ${singleRead}`);
    try {
      const { busy } = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
      this.#logRemembers = busy !== 0;
    } catch {
      // What was written is written.
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`);
    }
  }

  #freePages(): number {
    return Number(this.get<{ freelist_count: number }>("PRAGMA freelist_count")!.freelist_count);
  }

  /** Without this, SQLite would go on writing to a file that nobody will ever find again. */
  #refuseWhenMoved(): void {
    if (statSync(this.path, { throwIfNoEntry: false })?.ino === this.inode) return;
    throw new HotcellError(
      "store-unavailable",
      `The store ${this.path} was removed or replaced while in use.`,
      {
        subject: this.path,
        remedy: "Put it back if you can, then start the host again.",
      },
    );
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      statement.setReadBigInts(this.#bigints);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
