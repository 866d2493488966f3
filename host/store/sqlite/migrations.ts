/** The schema of the SQLite store, as the ordered steps that led to it. */
import type { FileSchema, SchemaStep } from "../../sqlite/file-schema.ts";
import { markWholeSettings } from "./mark-whole-settings.ts";
import { sealHistory } from "./seal-history.ts";

const steps: readonly SchemaStep[] = [
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
  `
  -- Versions that are made of other contents, which stand among the binaries by their digests: their bytes name them.
  CREATE TABLE packs (
    version TEXT NOT NULL UNIQUE REFERENCES versions (digest) ON DELETE CASCADE,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE parts (
    version TEXT NOT NULL REFERENCES versions (digest) ON DELETE CASCADE,
    part TEXT NOT NULL REFERENCES versions (digest),
    UNIQUE (version, part)
  ) STRICT;
  CREATE INDEX parts_part ON parts (part);
  `,
  `
  CREATE TABLE contracts (
    name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    plugins TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT,
    bytes BLOB NOT NULL,
    UNIQUE (name, version)
  ) STRICT;
  `,
  `
  -- Version of the Hotcell that has committed it: a host that does not know all of it can name the one that does.
  ALTER TABLE plugins ADD COLUMN hotcell TEXT;
  `,
];

/** Schema of a store, marked "HotC" in ASCII. The schemas before step 3 kept secrets, and left them in pages that are free since. */
export const storeSchema: FileSchema = {
  what: "a Hotcell store",
  applicationId: 0x48_6f_74_43,
  steps,
  cleanFrom: 3,
};
