import type { FileSchema } from "../../../sqlite/file-schema.ts";

/** Schema of the file of key-value buckets, marked "HotK" in ASCII. Keys are UTF-8: a text of SQLite's would end at a NUL. */
export const keyValueSchema: FileSchema = {
  what: "Hotcell's key-value buckets",
  applicationId: 0x48_6f_74_4b,
  steps: [
    `
    CREATE TABLE buckets (
      id INTEGER PRIMARY KEY,
      plugin TEXT NOT NULL,
      name TEXT NOT NULL,
      -- Of all entries: so that a quota is known without a look at them.
      keys INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      UNIQUE (plugin, name)
    ) STRICT;

    CREATE TABLE entries (
      -- The order of listings.
      id INTEGER PRIMARY KEY,
      bucket INTEGER NOT NULL REFERENCES buckets (id),
      key BLOB NOT NULL,
      version INTEGER NOT NULL,
      -- Last, so that reading the rest of a row never walks through it.
      value BLOB NOT NULL,
      UNIQUE (bucket, key)
    ) STRICT;
    CREATE INDEX entries_bucket ON entries (bucket);

    -- The highest version that was ever given.
    CREATE TABLE versions (last INTEGER NOT NULL) STRICT;
    INSERT INTO versions (last) VALUES (0);
    `,
  ],
};
