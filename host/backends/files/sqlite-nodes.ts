/** Files in a database of SQLite's, as the thread that has it sees them. */
import type { SQLInputValue } from "node:sqlite";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { isFull } from "../../sqlite/sqlite-errors.ts";
import { type FileOptions, SqliteFile } from "../../sqlite/sqlite-file.ts";
import { fail } from "./file-error.ts";
import type { FileNode, FileNodes, KeptFiles, Lister, VolumeRow } from "./file-nodes.ts";
import { filesSchema } from "./files-schema.ts";

/** Chunks that the ids of one node have room for: more than a file may have. */
const chunksOfNode = 1n << 20n;

const chunkId = (node: number, index: number) => BigInt(node) * chunksOfNode + BigInt(index);

interface NodeRow {
  readonly id: bigint;
  readonly directory: bigint;
  readonly parent: bigint;
  readonly size: bigint;
  readonly accessed: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

/**
 * Nodes whose operations are in one transaction until somebody asks for them to be durable, or a second later: what a
 * crash takes is the end of what was done, and never the middle of it.
 */
export class SqliteNodes implements FileNodes {
  readonly #file: SqliteFile;
  #timer: NodeJS.Timeout | undefined;
  /**
   * Id of the node that was added last. Not left to the database: with what a failing disk undoes it would take back the ids too,
   * and cells that have such a node open would have another plugin's.
   */
  #lastNode: number;
  readonly idKey: Uint8Array;

  /** Throws what opening the file throws. */
  constructor(options: FileOptions) {
    this.#file = new SqliteFile({ ...options, schema: filesSchema, bigints: true });
    this.#lastNode = this.#lastInFile();
    this.idKey = this.#get("SELECT key FROM id_key")!.key as Uint8Array;
    this.#dropRemoved();
  }

  volume(plugin: string): VolumeRow {
    const row = this.#get("SELECT id, root, containers, bytes, files FROM volumes WHERE plugin = ?", plugin);
    if (row) return numbers(row) as unknown as VolumeRow;
    return this.operation(() => {
      const adding = "INSERT INTO volumes (plugin, root, containers) VALUES (?, 0, 0) RETURNING id";
      const id = Number(this.#get(adding, plugin)!.id);
      const now = BigInt(Date.now()) * 1_000_000n;
      const times = { accessed: now, modified: now, changed: now };
      const add = () => this.addNode(id, { directory: true, parent: 0, size: 0, ...times });
      const row = { id, root: add(), containers: add(), bytes: 0, files: 0 };
      this.#run("UPDATE volumes SET root = ?, containers = ? WHERE id = ?", row.root, row.containers, id);
      return row;
    });
  }

  setVolume({ id, bytes, files }: VolumeRow): void {
    this.#run("UPDATE volumes SET bytes = ?, files = ? WHERE id = ?", bytes, files, id);
  }

  forget(plugin: string): boolean {
    const row = this.#get("SELECT id FROM volumes WHERE plugin = ?", plugin);
    if (!row) return false;
    try {
      this.sync();
    } catch {
      // The disk is full: what was not durable is lost, and there is less to remove.
    }
    const { id } = numbers(row) as { id: number };
    // What was deleted may have been a secret.
    this.#file.noteErased();
    this.#file.write({ durable: true, frees: true }, () => {
      for (const node of this.#all("SELECT id FROM nodes WHERE volume = ?", id))
        this.removeNode(Number(node.id));
      this.#run("DELETE FROM volumes WHERE id = ?", id);
    });
    this.#file.giveBack();
    return true;
  }

  kept(plugin: string): KeptFiles | undefined {
    const files = "SELECT count(*) FROM nodes n WHERE n.volume = v.id AND n.directory = 0";
    const row = this.#get(`SELECT bytes, (${files}) AS files FROM volumes v WHERE plugin = ?`, plugin);
    return row && row.files !== 0n ? (numbers(row) as unknown as KeptFiles) : undefined;
  }

  node(id: number): FileNode | undefined {
    return nodeOf(this.#get("SELECT * FROM nodes WHERE id = ?", id));
  }

  addNode(
    volume: number,
    { directory, parent, size, accessed, modified, changed }: Omit<FileNode, "id">,
  ): number {
    const id = ++this.#lastNode;
    this.#run(
      "INSERT INTO nodes (id, volume, directory, parent, size, accessed, modified, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, volume, Number(directory), parent, size, accessed, modified, changed],
    );
    return id;
  }

  setNode({ id, parent, size, accessed, modified, changed }: FileNode): void {
    this.#run(
      "UPDATE nodes SET parent = ?, size = ?, accessed = ?, modified = ?, changed = ? WHERE id = ?",
      ...[parent, size, accessed, modified, changed, id],
    );
  }

  removeNode(id: number): void {
    this.cutChunks(id, 0);
    this.#run("DELETE FROM entries WHERE directory = ?", id);
    this.#run("DELETE FROM nodes WHERE id = ?", id);
  }

  entry(directory: number, name: string): FileNode | undefined {
    const found = "SELECT node FROM entries WHERE directory = ? AND name = ?";
    return nodeOf(this.#get(`SELECT * FROM nodes WHERE id = (${found})`, directory, name));
  }

  addEntry(directory: number, name: string, node: number): void {
    this.#run("INSERT INTO entries (directory, name, node) VALUES (?, ?, ?)", directory, name, node);
  }

  removeEntry(directory: number, name: string): void {
    this.#run("DELETE FROM entries WHERE directory = ? AND name = ?", directory, name);
  }

  hasEntries(directory: number): boolean {
    return this.#get("SELECT 1 FROM entries WHERE directory = ? LIMIT 1", directory) !== undefined;
  }

  list(directory: number): Lister {
    let last = "";
    return {
      next: (most) => {
        const rows = this.#all(
          `SELECT e.name, n.directory FROM entries e JOIN nodes n ON n.id = e.node
            WHERE e.directory = ? AND e.name > ? ORDER BY e.name LIMIT ?`,
          ...[directory, last, most],
        );
        const entries = rows.map((row): [string, boolean] => [row.name as string, row.directory === 1n]);
        last = entries.at(-1)?.[0] ?? last;
        return entries;
      },
    };
  }

  chunk(node: number, index: number): Uint8Array | undefined {
    const row = this.#get("SELECT bytes FROM chunks WHERE id = ?", chunkId(node, index));
    return row?.bytes as Uint8Array | undefined;
  }

  setChunk(node: number, index: number, bytes: Uint8Array): void {
    // What began and found no room would leave a log that can't be emptied.
    this.#file.requireRoom(bytes.length);
    this.#run("INSERT OR REPLACE INTO chunks (id, bytes) VALUES (?, ?)", chunkId(node, index), bytes);
  }

  cutChunks(node: number, from: number): void {
    const [first, end] = [chunkId(node, from), chunkId(node + 1, 0)];
    this.#run("DELETE FROM chunks WHERE id >= ? AND id < ?", first, end);
  }

  operation<T>(run: () => T): T {
    try {
      if (!this.#file.isOpen) this.#begin();
      return this.#file.operation(run);
    } catch (error) {
      throw refusal(error);
    }
  }

  sync(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#file.isOpen) return;
    try {
      this.#file.commit();
    } catch (error) {
      throw refusal(error);
    }
  }

  close(): void {
    try {
      this.sync();
    } finally {
      this.#file.close();
    }
  }

  #lastInFile(): number {
    return Number(this.#get("SELECT seq AS last FROM sqlite_sequence WHERE name = 'nodes'")?.last ?? 0);
  }

  #begin(): void {
    this.#file.begin();
    // Another host may have added some, before it left the files to this one.
    this.#lastNode = Math.max(this.#lastNode, this.#lastInFile());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      try {
        this.sync();
      } catch {
        // Nobody waits for it: whoever asks for the files next finds them as they were.
      }
    }, fileBounds.unsynced.value);
  }

  /** Files that were removed while they were open, when the host ended without closing them. */
  #dropRemoved(): void {
    const roots = "SELECT root FROM volumes UNION SELECT containers FROM volumes";
    const removed = this.#all(`SELECT * FROM nodes WHERE parent = 0 AND id NOT IN (${roots})`);
    if (removed.length === 0) return;
    this.operation(() => {
      for (const { id, volume, size } of removed) {
        this.removeNode(Number(id));
        const values = [size as bigint, volume as bigint];
        this.#run("UPDATE volumes SET bytes = bytes - ?, files = files - 1 WHERE id = ?", ...values);
      }
    });
    this.sync();
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#file.get(sql, ...values);
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#file.all(sql, ...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#file.run(sql, ...values);
  }
}

function nodeOf(row: Record<string, unknown> | undefined): FileNode | undefined {
  if (!row) return undefined;
  const { id, directory, parent, size, accessed, modified, changed } = row as unknown as NodeRow;
  const told = { id: Number(id), directory: directory === 1n, parent: Number(parent), size: Number(size) };
  return { ...told, accessed, modified, changed };
}

function numbers(row: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
}

/** Primary result code of SQLite: the disk can't be read or written. */
const ioError = 10;

/** A full disk is told the guest, and one that fails too; anything else is a fault. */
function refusal(error: unknown): unknown {
  const code = Number((error as { errcode?: unknown })?.errcode) & 0xff;
  try {
    if (isFull(error)) fail("insufficient-space");
    if (code === ioError) fail("io");
  } catch (refused) {
    return refused;
  }
  return error;
}
