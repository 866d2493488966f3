/** The right to serve from a data folder, which one host at a time has, or those together that share it. */
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { HotcellError } from "../../errors.ts";
import { fromErrorMessage, isBusy, toErrorMessage } from "../../sqlite/sqlite-errors.ts";
import { factsOf, type Holder, lockFile, readHolder } from "./folder-holder.ts";

export interface LockWait {
  /** Has it together with the other hosts that share it, and not alone. */
  readonly shared?: boolean | undefined;
  /** Milliseconds to wait for a host that has the folder to end; 0 by default. */
  readonly wait?: number | undefined;
  /** Ends the wait: `data-in-use` then. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, if there is a wait. */
  readonly onWait?: (inUse: HotcellError) => void;
}

/** Milliseconds between attempts while another host has the folder. */
const attemptEvery = 50;

/**
 * SQLite's lock on an empty file, which is the kernel's: it ends with the process that has it, however that ends, and
 * holds between containers that share a folder. Nothing is left that could be stale. The file must not be opened by
 * anything but SQLite here: closing any descriptor of a file gives up all locks that the process has on it.
 */
export class FolderLock implements Disposable {
  readonly #db: DatabaseSync;
  readonly #facts: string;
  #holder: Holder = { pid: process.pid, machine: hostname(), since: new Date().toISOString() };

  private constructor(db: DatabaseSync, facts: string) {
    this.#db = db;
    this.#facts = facts;
    this.#tell();
  }

  /** Throws `data-in-use` naming the host that has it, and `store-unavailable` for a folder that can't be used. */
  static async take(
    folder: string,
    { wait = 0, signal, onWait, shared = false }: LockWait = {},
  ): Promise<FolderLock> {
    const file = lockFile(folder);
    const facts = factsOf(folder);
    const deadline = performance.now() + wait;
    for (let attempt = 0; ; attempt++) {
      const db = attemptLock(folder, file, shared);
      if (db) return new FolderLock(db, facts);
      const left = deadline - performance.now();
      if (left <= 0 || signal?.aborted) throw inUse(folder, facts);
      if (attempt === 0) onWait?.(inUse(folder, facts));
      await delay(Math.min(attemptEvery, left), undefined, { signal }).catch(() => {});
    }
  }

  /** Tells whoever finds the folder in use where this host listens. */
  listensAt(address: string): void {
    this.#holder = { ...this.#holder, address };
    this.#tell();
  }

  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    // Before the lock is given up: what the next holder writes there must stay, and what another has written that shares it.
    if (readHolder(this.#facts)?.pid === process.pid) rmSync(this.#facts, { force: true });
    this.#db.close();
  }

  /** Whole or not at all. A folder that has no room for it is served from all the same. */
  #tell(): void {
    const draft = `${this.#facts}.draft`;
    try {
      writeFileSync(draft, `${JSON.stringify(this.#holder)}\n`, { mode: 0o600 });
      renameSync(draft, this.#facts);
    } catch {
      rmSync(draft, { force: true });
    }
  }
}

/** Undefined where somebody else has it. */
function attemptLock(folder: string, file: string, shared: boolean): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    db = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written: without a journal it takes no room, which a full disk does not have.
    db.exec("PRAGMA journal_mode = MEMORY");
    // Who has it alone stands against who shares it, and the other way round.
    db.exec(shared ? "BEGIN; SELECT count(*) FROM sqlite_schema" : "BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) return undefined;
    throw fromErrorMessage(toErrorMessage(error, file));
  }
}

function inUse(folder: string, facts: string): HotcellError {
  const holder = readHolder(facts);
  const subject = realpathSync(folder);
  const who = holder
    ? `process ${holder.pid} on ${holder.machine}${holder.address ? `, which listens on ${holder.address},` : ""} since ${holder.since}`
    : "another host";
  return new HotcellError("data-in-use", `The data folder ${subject} is in use by ${who}.`, {
    subject,
    remedy:
      "Stop that host first. For a restart with a short gap start the new one with --wait-for-data 60 (HOTCELL_WAIT_FOR_DATA, or waitForData of createHost), then stop the old one.",
    ...(holder && { extra: { holder } }),
  });
}

/**
 * Lock of a folder, as the kernel has it and not only as is written there, with what is known of its holder; undefined where nobody
 * has it. Throws `store-unavailable` for one that can't be read.
 */
export function lockOf(folder: string): { readonly holder: Holder | undefined } | undefined {
  const file = lockFile(folder);
  if (!existsSync(file)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    // Reading asks for a lock that only a holder's stands against, and is over before a host that starts would notice.
    db = new DatabaseSync(file, { timeout: 0, readOnly: true });
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return undefined;
  } catch (error) {
    if (isBusy(error)) return { holder: readHolder(factsOf(folder)) };
    throw fromErrorMessage(toErrorMessage(error, file));
  } finally {
    db?.close();
  }
}
