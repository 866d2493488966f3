/** A store in one SQLite file, through node:sqlite in a worker thread (RATIONALE.md, Why one SQLite file). */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { HotcellError } from "../../errors.ts";
import { fromErrorMessage } from "../../sqlite/sqlite-errors.ts";
import {
  buffersOf,
  fromContractRow,
  fromDeploymentRow,
  fromEventRow,
  fromPluginRow,
  fromTokenRow,
  fromVersionUseRow,
  toCommitRow,
  toContractRow,
  toEventRow,
  toTokenRow,
} from "../rows.ts";
import { pageBytes, pageLimit, type Store, type StoredEvent } from "../store.ts";
import type { BackupJob, BackupReport } from "./sqlite-backup.ts";
import { SqliteClient, startThread } from "./sqlite-client.ts";

export interface SqliteStoreOptions {
  /** The data folder; created if need be. The store is `hotcell.db` in it. */
  readonly folder: string;
  /** Bytes that the file may grow to; beyond, `store-full`. Without it, as much as the disk holds. */
  readonly maxBytes?: number;
  /** Milliseconds to wait for another process that holds a lock (5,000); beyond, `store-unavailable`. */
  readonly busyTimeout?: number;
  /** Milliseconds between looks for events of other processes, while somebody watches, where the system says nothing of them (250). */
  readonly pollInterval?: number;
}

/**
 * Opens a store, creating or migrating its file. Several processes may have one file open. Throws `store-unavailable`
 * (unwritable folder, a lock held for long), `store-full`, `store-corrupt` and `store-too-new`, naming the file and the
 * remedy; the file is then as it was. Resolves with a store that does not keep the process alive while idle.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const file = resolve(join(options.folder, "hotcell.db"));
  const listeners = new Set<(event: StoredEvent) => void>();
  const backups = new Set<Promise<void>>();
  const client = new SqliteClient(
    {
      file,
      maxBytes: options.maxBytes,
      busyTimeout: options.busyTimeout ?? 5000,
      pollInterval: options.pollInterval ?? 250,
    },
    (rows) => {
      for (const event of rows.map(fromEventRow)) for (const listener of [...listeners]) listener(event);
    },
  );
  await client.opened;

  const store: Store = {
    list: async () => (await client.call("list", [])).map(fromPluginRow),
    async plugin(name) {
      const row = await client.call("plugin", [name]);
      return row && fromPluginRow(row);
    },
    async commit(change) {
      const row = toCommitRow(change);
      return client.call("commit", [row], buffersOf(row));
    },
    deployments: async (plugin, { before = Number.MAX_SAFE_INTEGER, limit = pageLimit } = {}) =>
      (await client.call("deployments", [plugin, before, limit])).map(fromDeploymentRow),
    uses: async (plugin) => (await client.call("uses", [plugin])).map(fromVersionUseRow),
    binary: (digest) => client.call("binary", [digest]),
    verify: (digest) => client.call("verify", [digest]),
    prune: (plugin, keep) => client.call("prune", [plugin, keep]),
    collect: () => client.call("collect", []),
    append: async (events) => client.call("append", [events.map((event) => toEventRow(event))]),
    events: async ({ after = 0, limit = pageLimit, bytes = pageBytes, plugin } = {}) =>
      (await client.call("events", [after, limit, bytes, plugin])).map(fromEventRow),
    eventRange: () => client.call("eventRange", []),
    trimEvents: (keep, bytes = Number.MAX_SAFE_INTEGER) => client.call("trimEvents", [keep, bytes]),
    watch(listener) {
      // Wrapped, so that watching twice with one function is two watches.
      const watcher = (event: StoredEvent) => listener(event);
      listeners.add(watcher);
      // A store that is closed, or whose thread died, has no more events to tell; every other call says so.
      if (listeners.size === 1) client.watch(true).catch(() => {});
      return () => {
        if (listeners.delete(watcher) && listeners.size === 0) client.watch(false).catch(() => {});
      };
    },
    tokens: async () => (await client.call("tokens", [])).map(fromTokenRow),
    addToken: async (token, event) => client.call("addToken", [toTokenRow(token), toEventRow(event)]),
    revokeToken: (id, event) => client.call("revokeToken", [id, toEventRow(event)]),
    contracts: async () => (await client.call("contracts", [])).map(fromContractRow),
    putContract: async (contract, event) =>
      client.call("putContract", [toContractRow(contract), toEventRow(event)]),
    removeContract: async (name, version, event) =>
      client.call("removeContract", [name, version, toEventRow(event)]),
    async backup(target) {
      client.check();
      const running = backup(file, resolve(target)).finally(() => backups.delete(running));
      backups.add(running);
      return running;
    },
    async close() {
      await Promise.allSettled(backups);
      listeners.clear();
      await client.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}

async function backup(file: string, target: string): Promise<void> {
  const itself = existsSync(target) && realpathSync(target) === realpathSync(file);
  // A log beside the target belongs to what stands there now; left beside a copy it would be played into that.
  if (itself || existsSync(`${target}-wal`)) {
    throw new HotcellError("bad-request", `${target} is a store in use.`, {
      subject: target,
      remedy: "Name another file for the backup.",
    });
  }
  const draft = `${target}.${randomUUID()}.draft`;
  const job: BackupJob = { file, target, draft };
  const [report] = (await once(startThread("sqlite-backup", job), "message")) as [BackupReport];
  if (report.error) throw fromErrorMessage(report.error);
}
