/**
 * Lock on an empty file: SQLite's, which is the kernel's, so that it ends with the process that has it, however that ends, and holds
 * between containers that share a folder. Nothing is left that could be stale. The file must not be opened by anything but this: closing any
 * descriptor of a file gives up all locks that the process has on it.
 */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fromErrorMessage, isBusy, toErrorMessage } from "./sqlite-errors.ts";

export class FileLock implements Disposable {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * The lock, for one alone or together with all others that share it; undefined where somebody has it otherwise. Makes the file. Throws
   * `store-unavailable` for one that can't be used.
   */
  static attempt(file: string, { shared }: { readonly shared: boolean }): FileLock | undefined {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(file, { timeout: 0 });
      // Nothing is ever written: without a journal it takes no room, which a full disk does not have.
      db.exec("PRAGMA journal_mode = MEMORY");
      // Who has it alone stands against who shares it, and the other way round.
      db.exec(shared ? "BEGIN; SELECT count(*) FROM sqlite_schema" : "BEGIN EXCLUSIVE");
      return new FileLock(db);
    } catch (error) {
      db?.close();
      if (isBusy(error)) return undefined;
      throw fromErrorMessage(toErrorMessage(error, file));
    }
  }

  get held(): boolean {
    return this.#db.isOpen;
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** True where somebody has the lock alone; false where there is no such file. Throws `store-unavailable` for one that can't be read. */
export function isLocked(file: string): boolean {
  let db: DatabaseSync | undefined;
  try {
    // Reading asks for a lock that only a holder's stands against, and is over before whoever wants it would notice.
    db = new DatabaseSync(file, { timeout: 0, readOnly: true });
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    if (!existsSync(file)) return false;
    throw fromErrorMessage(toErrorMessage(error, file));
  } finally {
    db?.close();
  }
}
