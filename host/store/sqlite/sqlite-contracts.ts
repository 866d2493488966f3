/** Contracts in the file of a store: their versions, and the numbers of those that were removed. Writes are steps of a transaction. */
import { contractBounds } from "../../bounds/contract-bounds.ts";
import type { SqliteFile } from "../../sqlite/sqlite-file.ts";
import { contractTaken } from "../refusals.ts";
import { type ContractRow, removedRow } from "../rows.ts";

/** Rows by name and number. */
export function allContracts(file: SqliteFile): ContractRow[] {
  return file.all<ContractRow>(
    "SELECT name, version, bytes, plugins, at, who FROM contracts ORDER BY name, version",
  );
}

/** Throws `stale-revision` where the version has other bytes. */
export function putContract(file: SqliteFile, row: ContractRow): void {
  const { name, version, bytes, plugins, at, who } = row;
  const put = file.run(
    `INSERT INTO contracts (name, version, plugins, at, who, bytes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name, version) DO UPDATE SET plugins = excluded.plugins, at = excluded.at,
       who = excluded.who WHERE bytes = excluded.bytes`,
    name,
    version,
    plugins,
    at,
    who,
    bytes,
  );
  if (put === 0) throw contractTaken(name, version);
}

/** One version, or all of the name; false where there is none. */
export function removeContract(
  file: SqliteFile,
  name: string,
  version: number | undefined,
  at: string,
): boolean {
  const newest = () =>
    file.get<{ version: number }>(
      "SELECT version FROM contracts WHERE name = ? ORDER BY version DESC LIMIT 1",
      name,
    )?.version;
  const highest = newest();
  const removed = file.run(
    "DELETE FROM contracts WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND length(bytes) > 0",
    name,
    version ?? null,
  );
  if (removed === 0 || highest === undefined) return false;
  if (newest() !== highest) {
    file.run("DELETE FROM contracts WHERE name = ? AND length(bytes) = 0", name);
    putContract(file, removedRow(name, highest, at));
  }
  forget(file);
  return true;
}

/** Has one row stand for those that were removed first, beyond as many as are remembered. */
function forget(file: SqliteFile): void {
  const forgotten = file.all<{ id: number; version: number }>(
    `SELECT rowid AS id, version FROM contracts WHERE length(bytes) = 0
     ORDER BY at DESC, name LIMIT -1 OFFSET ?`,
    contractBounds.removed.value,
  );
  if (forgotten.length === 0) return;
  for (const { id } of forgotten) file.run("DELETE FROM contracts WHERE rowid = ?", id);
  putContract(file, removedRow("", Math.max(...forgotten.map((row) => row.version)), ""));
}
