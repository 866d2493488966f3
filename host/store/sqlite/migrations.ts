/** The schema of the SQLite store, as the ordered steps that led to it. */
import type { DatabaseSync } from "node:sqlite";
import { HotcellError } from "../../errors.ts";
import { markWholeSettings } from "./mark-whole-settings.ts";
import { sealHistory } from "./seal-history.ts";

/** SQL, or what does it where SQL can't. */
type Step = string | ((db: DatabaseSync) => void);

/**
 * Step n makes version n (`PRAGMA user_version`) from version n - 1. A step that was released is never changed; a new
 * schema is a new step at the end.
 */
export const migrations: readonly Step[] = [
  `
  -- Binaries by what they are, not by whose: two plugins with the same bytes share one.
  CREATE TABLE versions (
    digest TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL,
    -- Last, so that reading the rest of a row never walks through it.
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE plugins (
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL CHECK (revision > 0),
    live TEXT REFERENCES versions (digest),
    settings TEXT NOT NULL,
    checks TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX plugins_live ON plugins (live);

  CREATE TABLE deployments (
    plugin TEXT NOT NULL REFERENCES plugins (name),
    revision INTEGER NOT NULL,
    digest TEXT REFERENCES versions (digest),
    outcome TEXT NOT NULL,
    who TEXT,
    at TEXT NOT NULL,
    settings TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE (plugin, revision)
  ) STRICT;
  CREATE INDEX deployments_digest ON deployments (digest);

  CREATE TABLE events (
    -- AUTOINCREMENT: an id is never given twice, even when the newest events were trimmed.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    who TEXT,
    plugin TEXT,
    revision INTEGER,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_plugin ON events (plugin, id);

  CREATE TABLE tokens (
    id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    plugins TEXT,
    created_at TEXT NOT NULL,
    revoked_at TEXT
  ) STRICT;
  `,
  `
  ALTER TABLE tokens ADD COLUMN name TEXT;
  ALTER TABLE tokens ADD COLUMN expires_at TEXT;
  `,
  sealHistory,
  markWholeSettings,
];

/** Schemas before this one kept secrets, and left them in pages that are free since. */
const sealed = 3;

/** Marks a SQLite file as a Hotcell store: "HotC" in ASCII. */
const applicationId = 0x48_6f_74_43;

/**
 * Brings the schema up to the last step, all steps in one transaction: a file is never left half-migrated, and of two
 * hosts that start at once one migrates. Throws `store-too-new` for a schema of a later Hotcell and `store-corrupt` for
 * a SQLite file that is no store; both leave the file as it was. `db` is to erase what it deletes.
 */
export function migrate(db: DatabaseSync, file: string, steps: readonly Step[] = migrations): void {
  const before = schemaVersion(db, file, steps.length);
  if (before === steps.length) return;
  // First, so that a host that dies before the end does it again.
  if (before > 0 && before < sealed) db.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps.slice(schemaVersion(db, file, steps.length))) {
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

function schemaVersion(db: DatabaseSync, file: string, known: number): number {
  const { id, version, tables } = db
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS id,
              (SELECT user_version FROM pragma_user_version) AS version,
              (SELECT count(*) FROM sqlite_schema) AS tables`,
    )
    .get() as { id: number; version: number; tables: number };
  const fresh = id === 0 && version === 0 && tables === 0;
  if (!fresh && id !== applicationId) {
    throw new HotcellError("store-corrupt", `${file} is a SQLite database, but not a Hotcell store.`, {
      subject: file,
      remedy: "Move it away, or choose another data folder: HOTCELL_DATA, --data, or data of createHost.",
    });
  }
  if (version > known) {
    throw new HotcellError("store-too-new", `${file} was written by a newer Hotcell.`, {
      subject: file,
      limit: known,
      actual: version,
      remedy: "Run that Hotcell or a later one, or put a backup from before the upgrade in place.",
    });
  }
  return version;
}
