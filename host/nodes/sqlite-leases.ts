/**
 * Leases of hosts on one machine that share a data folder. Who has what is in a small SQLite file, and whether a holder lives is
 * the kernel's to say: each host has a lock on a file of its own, which ends with the process, however that ends. So a lease passes
 * on the moment its holder is dead, and never before, however long that one stands still; no clock is asked, and nothing is written
 * as long as nothing changes.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { HotcellError } from "../errors.ts";
import type { HostStanding } from "../registry/standing.ts";
import { FileLock, isLocked } from "../sqlite/file-lock.ts";
import type { FileSchema } from "../sqlite/file-schema.ts";
import { SharedFile } from "../sqlite/shared-file.ts";
import { fromErrorMessage, toErrorMessage } from "../sqlite/sqlite-errors.ts";
import { leasesFile, lifeFile, nodesFolder } from "./folder-nodes.ts";
import type { HeldLease, HostNode, Lease, Leases, NodeFacts } from "./leases.ts";
import { leasesClosed } from "./memory-leases.ts";
import { OwnLease } from "./own-lease.ts";

const schema: FileSchema = {
  what: "Hotcell's leases",
  applicationId: 0x48_43_4c_53,
  steps: [
    `CREATE TABLE nodes (id TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT;
     CREATE TABLE leases (name TEXT PRIMARY KEY, token INTEGER NOT NULL, holder TEXT) STRICT;`,
  ],
};

/** Joins the hosts that share this data folder. Throws `store-unavailable`, `store-corrupt` and `store-too-new`. */
export function joinSqliteLeases(data: string, facts: NodeFacts): Leases {
  const folder = nodesFolder(data);
  const file = leasesFile(folder);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new SqliteLeases(folder, file, facts);
  } catch (error) {
    if (error instanceof HotcellError) throw error;
    throw fromErrorMessage(toErrorMessage(error, file));
  }
}

/** Socket of a host of those, for the others. */
export function socketOfNode(data: string, { id }: Pick<HostNode, "id">): string {
  return join(nodesFolder(data), `${id}.sock`);
}

class SqliteLeases implements Leases {
  readonly #folder: string;
  readonly #kept: SharedFile;
  /** Held as long as this host lives. */
  readonly #life: FileLock;
  readonly #own = new Map<string, OwnLease>();
  #self: HostNode;

  constructor(folder: string, file: string, facts: NodeFacts) {
    this.#folder = folder;
    this.#self = { id: randomUUID(), ...facts };
    this.#life = FileLock.attempt(lifeFile(folder, this.#self.id), { shared: false })!;
    try {
      this.#kept = new SharedFile(file, schema);
      this.#kept.transact(() => {
        this.#forgetDead();
        this.#tell();
      });
    } catch (error) {
      this.#life[Symbol.dispose]();
      rmSync(lifeFile(folder, this.#self.id), { force: true });
      throw error;
    }
  }

  get #db(): DatabaseSync {
    return this.#kept.db;
  }

  get self(): HostNode {
    this.#requireOpen();
    return this.#self;
  }

  async acquire(name: string): Promise<Lease | HeldLease> {
    this.#requireOpen();
    const own = this.#own.get(name);
    if (own) return own;
    return this.#kept.transact(() => {
      const held = this.#held(name);
      if (held) return held;
      const { token } = this.#db
        .prepare(
          `INSERT INTO leases (name, token, holder) VALUES (?, 1, ?)
           ON CONFLICT (name) DO UPDATE SET token = token + 1, holder = excluded.holder RETURNING token`,
        )
        .get(name, this.#self.id) as { token: number };
      const lease = new OwnLease(name, token, async () => this.#giveUp(name));
      this.#own.set(name, lease);
      return lease;
    });
  }

  async holder(name: string): Promise<HeldLease | undefined> {
    this.#requireOpen();
    return this.#kept.read(() => this.#held(name));
  }

  async nodes(): Promise<HostNode[]> {
    this.#requireOpen();
    const all = this.#kept.read(
      () =>
        this.#db.prepare("SELECT id, facts FROM nodes ORDER BY rowid").all() as {
          id: string;
          facts: string;
        }[],
    );
    return all.filter(({ id }) => this.#lives(id)).map(({ id, facts }) => ({ id, ...JSON.parse(facts) }));
  }

  async lives(id: string): Promise<boolean> {
    this.#requireOpen();
    return this.#kept.catalogued(() => this.#lives(id));
  }

  async listensAt(address: string): Promise<void> {
    this.#change({ address });
  }

  async stands(standing: HostStanding): Promise<void> {
    this.#change({ standing });
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    const { id } = this.#self;
    for (const lease of this.#own.values()) lease.lose();
    this.#own.clear();
    try {
      this.#kept.transact(() => {
        this.#db.prepare("UPDATE leases SET holder = NULL WHERE holder = ?").run(id);
        this.#db.prepare("DELETE FROM nodes WHERE id = ?").run(id);
      });
    } catch (error) {
      // Those of a newer Hotcell find out by the lock.
      if (!(error instanceof HotcellError && error.code === "store-too-new")) throw error;
    } finally {
      this.#db.close();
      this.#life[Symbol.dispose]();
      rmSync(lifeFile(this.#folder, id), { force: true });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #change(facts: Partial<NodeFacts>): void {
    this.#requireOpen();
    this.#self = { ...this.#self, ...facts };
    this.#kept.transact(() => this.#tell());
  }

  #giveUp(name: string): void {
    if (!this.#own.delete(name) || !this.#db.isOpen) return;
    this.#kept.transact(() => {
      this.#db
        .prepare("UPDATE leases SET holder = NULL WHERE name = ? AND holder = ?")
        .run(name, this.#self.id);
    });
  }

  /** Lease of a holder that lives. */
  #held(name: string): HeldLease | undefined {
    const row = this.#db
      .prepare(`SELECT l.token, n.id, n.facts FROM leases l JOIN nodes n ON n.id = l.holder WHERE l.name = ?`)
      .get(name) as { token: number; id: string; facts: string } | undefined;
    if (!row || !this.#lives(row.id)) return undefined;
    return { name, token: row.token, holder: { id: row.id, ...JSON.parse(row.facts) } };
  }

  #lives(id: string): boolean {
    return id === this.#self.id || isLocked(lifeFile(this.#folder, id));
  }

  #tell(): void {
    const { id, ...facts } = this.#self;
    this.#db
      .prepare(
        "INSERT INTO nodes (id, facts) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET facts = excluded.facts",
      )
      .run(id, JSON.stringify(facts));
  }

  /** Files and rows of hosts that died. No id is ever used again, so a file that nobody locks is nobody's. */
  #forgetDead(): void {
    const rows = this.#db.prepare("SELECT id FROM nodes").all() as { id: string }[];
    for (const { id } of rows)
      if (!this.#lives(id)) {
        this.#db.prepare("DELETE FROM nodes WHERE id = ?").run(id);
        this.#db.prepare("UPDATE leases SET holder = NULL WHERE holder = ?").run(id);
        for (const kind of ["lock", "sock"]) rmSync(join(this.#folder, `${id}.${kind}`), { force: true });
      }
  }

  #requireOpen(): void {
    if (!this.#db.isOpen) throw leasesClosed();
  }
}
