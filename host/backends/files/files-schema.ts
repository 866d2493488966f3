import type { FileSchema } from "../../sqlite/file-schema.ts";

/** Schema of the file of plugins' files, marked "HotF" in ASCII. */
export const filesSchema: FileSchema = {
  what: "the files of Hotcell's plugins",
  applicationId: 0x48_6f_74_46,
  steps: [
    `
    CREATE TABLE volumes (
      id INTEGER PRIMARY KEY, plugin TEXT NOT NULL UNIQUE, root INTEGER NOT NULL, containers INTEGER NOT NULL,
      bytes INTEGER NOT NULL DEFAULT 0, files INTEGER NOT NULL DEFAULT 0) STRICT;

    CREATE TABLE nodes (
      id INTEGER PRIMARY KEY AUTOINCREMENT, volume INTEGER NOT NULL, directory INTEGER NOT NULL, parent INTEGER NOT NULL,
      size INTEGER NOT NULL, accessed INTEGER NOT NULL, modified INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT;
    CREATE INDEX nodes_of_volume ON nodes (volume);

    CREATE TABLE entries (
      directory INTEGER NOT NULL, name TEXT NOT NULL, node INTEGER NOT NULL, PRIMARY KEY (directory, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE chunks (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    `,
    // Ids of nodes are told by it: they are the same after a restart, and from a backup.
    `
    CREATE TABLE id_key (key BLOB NOT NULL) STRICT;
    INSERT INTO id_key VALUES (randomblob(32));
    `,
  ],
};
