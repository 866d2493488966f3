/** Schema of a SQLite file, as the ordered steps that led to it. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";

/** SQL, or what does it where SQL can't. */
export type SchemaStep = string | ((db: DatabaseSync) => void);

export interface FileSchema {
  /** Kind of file, for messages: `a Hotcell store`. */
  readonly what: string;
  /** Mark of such files: `PRAGMA application_id`. */
  readonly applicationId: number;
  /**
   * SchemaStep n makes version n (`PRAGMA user_version`) from version n - 1. A step that was released is never changed; a new
   * schema is a new step at the end.
   */
  readonly steps: readonly SchemaStep[];
  /** First version that left nothing of what was deleted in pages that are free: a file of one before is rewritten. */
  readonly cleanFrom?: number;
}

/**
 * Brings the schema up to the last step, all steps in one transaction: a file is never left half-migrated, and of two
 * hosts that start at once one migrates. Throws `store-too-new` for a schema of a later Hotcell and `store-corrupt` for
 * a SQLite file of another kind; both leave the file as it was. `db` is to erase what it deletes.
 */
export function migrate(db: DatabaseSync, file: string, schema: FileSchema): void {
  const { applicationId, steps, cleanFrom = 0 } = schema;
  const before = schemaVersion(db, file, schema);
  if (before === steps.length) return;
  // First, so that a host that dies before the end does it again.
  if (before > 0 && before < cleanFrom) db.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps.slice(schemaVersion(db, file, schema))) {
      if (typeof step === "string") db.exec(step);
      else step(db);
    }
    db.exec(`PRAGMA application_id = ${applicationId}`);
    db.exec(`PRAGMA user_version = ${steps.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Milliseconds between looks at the schema by who only reads: each look takes as long as reading a small value. */
const lookEvery = 100;

/**
 * Watch over the schema of a file that is open: another host, of a newer Hotcell, may bring it further at any moment. Its methods throw
 * `store-too-new` then; what runs goes on by what it has.
 */
export class SchemaWatch {
  readonly #version: StatementSync;
  readonly #file: string;
  readonly #known: number;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: DatabaseSync, file: string, { steps }: FileSchema) {
    this.#version = db.prepare("PRAGMA user_version");
    this.#file = file;
    this.#known = steps.length;
  }

  /** Throws unless the schema is known, as of the beginning of the transaction that is under way. */
  requireKnown(): void {
    this.#lookedAt = performance.now();
    const { user_version } = this.#version.get() as { user_version: number };
    if (user_version <= this.#known) return;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    throw tooNew(this.#file, this.#known, user_version);
  }

  /** Throws unless it was known a moment ago. */
  look(): void {
    if (performance.now() - this.#lookedAt >= lookEvery) this.requireKnown();
  }
}

function schemaVersion(db: DatabaseSync, file: string, schema: FileSchema): number {
  const { what, applicationId, steps } = schema;
  const { id, version, tables } = db
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS id,
              (SELECT user_version FROM pragma_user_version) AS version,
              (SELECT count(*) FROM sqlite_schema) AS tables`,
    )
    .get() as { id: number; version: number; tables: number };
  const fresh = id === 0 && version === 0 && tables === 0;
  if (!fresh && id !== applicationId) {
    throw new HotcellError("store-corrupt", `${file} is a SQLite database, but not ${what}.`, {
      subject: file,
      remedy: "Move it away, or choose another data folder: HOTCELL_DATA, --data, or data of createHost.",
    });
  }
  if (version > steps.length) {
    throw tooNew(file, steps.length, version);
  }
  return version;
}

function tooNew(file: string, limit: number, actual: number): HotcellError {
  return new HotcellError("store-too-new", `${file} was written by a newer Hotcell.`, {
    ...{ subject: file, limit, actual },
    remedy: "Run that Hotcell or a later one, or put a backup from before the upgrade in place.",
  });
}
