/** A thread that does with `node:sqlite` alone what a key-value store does: one value kept, durably, for each message. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

const db = new DatabaseSync(workerData as string);
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID`);
const put = db.prepare("INSERT INTO kv VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
const get = db.prepare("SELECT value FROM kv WHERE key = ?");

parentPort!.on("message", ([key, value]: [string, Uint8Array | undefined]) => {
  if (value) put.run(key, value);
  parentPort!.postMessage(value ? null : get.get(key)?.value);
});
