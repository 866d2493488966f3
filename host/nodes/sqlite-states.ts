/** States of plugins that the hosts of a data folder keep for one another, in a small SQLite file beside their leases. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";
import { type FileSchema, migrate } from "../sqlite/file-schema.ts";
import { makePrivate } from "../sqlite/private-file.ts";
import { fromErrorMessage, toErrorMessage } from "../sqlite/sqlite-errors.ts";
import { staleLease } from "../store/refusals.ts";
import type { KeptState, SharedStates } from "../store/shared-states.ts";

/** Milliseconds to wait for another host in its transaction. */
const busyTimeout = 2_000;

const schema: FileSchema = {
  what: "Hotcell's states of plugins",
  applicationId: 0x48_43_53_54,
  steps: [
    `CREATE TABLE states (plugin TEXT PRIMARY KEY, token INTEGER NOT NULL, removed INTEGER NOT NULL, version TEXT, bytes BLOB) STRICT;`,
  ],
};

interface StateRow {
  readonly token: number;
  readonly removed: number;
  readonly version: string | null;
  readonly bytes: Uint8Array | null;
}

export class SqliteStates implements SharedStates, Disposable {
  readonly #file: string;
  readonly #db: DatabaseSync;

  /** `folder`: in which the leases are. Throws `store-unavailable`, `store-corrupt` and `store-too-new`. */
  constructor(folder: string) {
    this.#file = join(folder, "states.db");
    this.#db = this.#catalogued(() => {
      makePrivate(this.#file);
      return new DatabaseSync(this.#file, { timeout: busyTimeout });
    });
    try {
      this.#catalogued(() =>
        this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON"),
      );
      migrate(this.#db, this.#file, schema);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  async take(plugin: string, token: number): Promise<KeptState | undefined> {
    return this.#transact(plugin, (row) => {
      if (row && row.token > token) throw staleLease(plugin);
      const { version = null, bytes = null } = row ?? {};
      this.#set(plugin, { token, removed: 0, version, bytes });
      return version === null || bytes === null ? undefined : { version, bytes };
    });
  }

  async put(plugin: string, token: number, state: KeptState | undefined): Promise<boolean> {
    return this.#transact(plugin, (row) => {
      if (row && (row.token > token || (row.token === token && row.removed === 1))) return false;
      this.#set(plugin, { token, removed: 0, version: state?.version ?? null, bytes: state?.bytes ?? null });
      return true;
    });
  }

  async forget(plugin: string): Promise<void> {
    this.#transact(plugin, (row) => {
      if (row) this.#set(plugin, { token: row.token, removed: 1, version: null, bytes: null });
    });
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #set(plugin: string, { token, removed, version, bytes }: StateRow): void {
    this.#db
      .prepare(
        "INSERT OR REPLACE INTO states (plugin, token, removed, version, bytes) VALUES (?, ?, ?, ?, ?)",
      )
      .run(plugin, token, removed, version, bytes);
  }

  #transact<T>(plugin: string, work: (row: StateRow | undefined) => T): T {
    return this.#catalogued(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        const select = this.#db.prepare("SELECT token, removed, version, bytes FROM states WHERE plugin = ?");
        const result = work(select.get(plugin) as StateRow | undefined);
        this.#db.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #catalogued<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HotcellError) throw error;
      throw fromErrorMessage(toErrorMessage(error, this.#file));
    }
  }
}
