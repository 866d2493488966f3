/** States of plugins that the hosts of a data folder keep for one another, in a small SQLite file beside their leases. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataFiles } from "../sqlite/data-files.ts";
import type { FileSchema } from "../sqlite/file-schema.ts";
import { SharedFile } from "../sqlite/shared-file.ts";
import { staleLease } from "../store/refusals.ts";
import type { KeptState, SharedStates } from "../store/shared-states.ts";

const schema: FileSchema = {
  what: "Hotcell's states of plugins",
  applicationId: 0x48_43_53_54,
  steps: [
    `CREATE TABLE states (plugin TEXT PRIMARY KEY, token INTEGER NOT NULL, removed INTEGER NOT NULL, version TEXT, bytes BLOB) STRICT;`,
  ],
};

interface StateRow {
  readonly token: number;
  readonly removed: number;
  readonly version: string | null;
  readonly bytes: Uint8Array | null;
}

export class SqliteStates implements SharedStates, Disposable {
  readonly #kept: SharedFile;

  /** `data`: the folder that is shared. Throws `store-unavailable`, `store-corrupt` and `store-too-new`. */
  constructor(data: string) {
    const file = join(data, dataFiles.states);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#kept = new SharedFile(file, schema, "PRAGMA secure_delete = ON");
  }

  async take(plugin: string, token: number): Promise<KeptState | undefined> {
    return this.#transact(plugin, (row) => {
      if (row && row.token > token) throw staleLease(plugin);
      const { version = null, bytes = null } = row ?? {};
      this.#set(plugin, { token, removed: 0, version, bytes });
      return version === null || bytes === null ? undefined : { version, bytes };
    });
  }

  async put(plugin: string, token: number, state: KeptState | undefined): Promise<boolean> {
    return this.#transact(plugin, (row) => {
      if (row && (row.token > token || (row.token === token && row.removed === 1))) return false;
      this.#set(plugin, { token, removed: 0, version: state?.version ?? null, bytes: state?.bytes ?? null });
      return true;
    });
  }

  async forget(plugin: string): Promise<void> {
    this.#transact(plugin, (row) => {
      if (row) this.#set(plugin, { token: row.token, removed: 1, version: null, bytes: null });
    });
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }

  #set(plugin: string, { token, removed, version, bytes }: StateRow): void {
    this.#kept.db
      .prepare(
        "INSERT OR REPLACE INTO states (plugin, token, removed, version, bytes) VALUES (?, ?, ?, ?, ?)",
      )
      .run(plugin, token, removed, version, bytes);
  }

  #transact<T>(plugin: string, work: (row: StateRow | undefined) => T): T {
    const { db } = this.#kept;
    return this.#kept.transact(() => {
      const select = db.prepare("SELECT token, removed, version, bytes FROM states WHERE plugin = ?");
      return work(select.get(plugin) as StateRow | undefined);
    });
  }
}
