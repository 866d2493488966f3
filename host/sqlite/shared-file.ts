/** Small file of SQLite that hosts of a folder open together, each in its own thread: a transaction there takes a fraction of a millisecond. */
import { DatabaseSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";
import { type FileSchema, migrate, SchemaWatch } from "./file-schema.ts";
import { makePrivate } from "./private-file.ts";
import { fromErrorMessage, toErrorMessage } from "./sqlite-errors.ts";

/** Milliseconds to wait for another host in its transaction. */
const busyTimeout = 2_000;

export class SharedFile implements Disposable {
  readonly db: DatabaseSync;
  readonly #file: string;
  readonly #schema: SchemaWatch;

  /** `pragmas`: what the file is to have besides. Throws `store-unavailable`, `store-corrupt` and `store-too-new`. */
  constructor(file: string, schema: FileSchema, pragmas = "") {
    this.#file = file;
    this.db = this.catalogued(() => {
      makePrivate(file);
      return new DatabaseSync(file, { timeout: busyTimeout });
    });
    try {
      // Whatever a power cut takes with it, it took all hosts too.
      this.catalogued(() =>
        this.db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${pragmas}`),
      );
      migrate(this.db, file, schema);
      this.#schema = new SchemaWatch(this.db, file, schema);
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** Result of `work`, done as a whole or not at all. Throws as `catalogued`. */
  transact<T>(work: () => T): T {
    return this.catalogued(() => {
      this.db.exec("BEGIN IMMEDIATE");
      try {
        this.#schema.requireKnown();
        const result = work();
        this.db.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.db.isTransaction) this.db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Result of `work`, which only reads. Throws as `catalogued`. */
  read<T>(work: () => T): T {
    return this.catalogued(() => {
      this.#schema.look();
      return work();
    });
  }

  /** Result of `work`. Throws what it throws, errors of SQLite as those of the catalogue. */
  catalogued<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof HotcellError) throw error;
      throw fromErrorMessage(toErrorMessage(error, this.#file));
    }
  }

  [Symbol.dispose](): void {
    if (this.db.isOpen) this.db.close();
  }
}
