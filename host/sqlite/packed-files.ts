/** Files of a data folder that are packed into the copy of a store, and taken out of it where that is started from. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { copyChanges, dataFiles } from "./data-files.ts";
import { isBusy } from "./sqlite-errors.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** Bytes of a piece. */
const piece = 1024 * 1024;
/** Milliseconds for which a host waits for another one that unpacks. */
const longestUnpacking = 120_000;

/**
 * Packs a copy of each file that is in the folder of `store` into `draft`; they may be in use. Where there is none, the copy says
 * that there was none.
 */
export function packFiles(store: string, draft: string): void {
  const folder = dirname(store);
  const there = Object.values(dataFiles).filter((name) => existsSync(join(folder, name)));
  const copy = `${draft}.file`;
  const db = new DatabaseSync(draft);
  try {
    db.exec("CREATE TABLE packed (name TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT");
    for (const name of there) {
      // A connection of its own: one long read, which writers need not wait for.
      closeSync(openSync(copy, "wx", 0o600));
      const source = new DatabaseSync(join(folder, name), { timeout: 5_000 });
      try {
        source.prepare("VACUUM INTO ?").run(copy);
      } finally {
        source.close();
      }
      changeCopy(copy, copyChanges[name]);
      insertPieces(db, name, copy);
      rmSync(copy);
    }
  } finally {
    db.close();
    rmSync(copy, { force: true });
  }
}

function changeCopy(copy: string, changes: string | undefined): void {
  if (changes === undefined) return;
  const db = new DatabaseSync(copy);
  try {
    // Nothing of it is to stand beside the copy.
    db.exec(`PRAGMA journal_mode = MEMORY; ${changes}`);
  } finally {
    db.close();
  }
}

function insertPieces(db: DatabaseSync, name: string, file: string): void {
  const insert = db.prepare("INSERT INTO packed (name, piece, bytes) VALUES (?, ?, ?)");
  const descriptor = openSync(file, "r");
  db.exec("BEGIN");
  try {
    const buffer = new Uint8Array(piece);
    for (let at = 0; ; at++) {
      const read = readSync(descriptor, buffer);
      if (read === 0) break;
      insert.run(name, at, buffer.subarray(0, read));
    }
    db.exec("COMMIT");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Takes out what is packed in a store, which is one that was put in place of a backup. A file that stands there already is
 * kept under another name: nobody knows which of the two is wanted, and the backup was put there last. Of several hosts that begin on
 * it together one does it, and the others wait for that: each opens these files only then.
 */
export function unpackFiles(store: SqliteFile): void {
  const deadline = performance.now() + longestUnpacking;
  while (isPacked(store)) {
    try {
      store.write({ durable: true, frees: true }, () => {
        if (!isPacked(store)) return;
        unpack(store);
        store.run("DROP TABLE packed");
      });
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      continue;
    }
    store.all("PRAGMA incremental_vacuum");
  }
}

function isPacked(store: SqliteFile): boolean {
  return store.get("SELECT 1 FROM sqlite_schema WHERE name = 'packed'") !== undefined;
}

function unpack(store: SqliteFile): void {
  for (const name of Object.values(dataFiles)) {
    const target = join(dirname(store.path), name);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    const draft = `${target}.draft`;
    const descriptor = openSync(draft, "w", 0o600);
    let bytes = 0;
    try {
      const pieces = store.iterate<{ bytes: Uint8Array }>(
        "SELECT bytes FROM packed WHERE name = ? ORDER BY piece",
        name,
      );
      for (const each of pieces) bytes += writeSync(descriptor, each.bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    moveAside(target);
    // What there was none of when the copy was made is not taken from another time either.
    if (bytes === 0) rmSync(draft);
    else renameSync(draft, target);
  }
}

function moveAside(file: string): void {
  if (!existsSync(file)) return;
  let other = 1;
  while (existsSync(`${file}.before-${other}`)) other++;
  // What its log has and it has not is moved along.
  for (const end of ["-wal", "-shm", ""])
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${file}.before-${other}${end}`);
}
