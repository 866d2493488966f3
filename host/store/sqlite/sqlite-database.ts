/** The SQLite store as its worker sees it: synchronous, rows in and rows out. */
import type { SQLInputValue } from "node:sqlite";
import { unpackFiles } from "../../sqlite/packed-files.ts";
import { type FileOptions, SqliteFile } from "../../sqlite/sqlite-file.ts";
import {
  checkBinary,
  corruptBinary,
  digestOf,
  missingBinary,
  staleRevision,
  tokenTaken,
  versionNotStored,
} from "../refusals.ts";
import {
  type CommitRow,
  type ContractRow,
  type DeploymentRow,
  deploymentBytes,
  type EventRow,
  eventBytes,
  eventOverhead,
  type NewEventRow,
  type PartRow,
  type PluginRow,
  pageOf,
  sizeOfBinary,
  type TokenRow,
  type VersionUseRow,
} from "../rows.ts";
import { type Collected, type Committed, pageBytes, type Retention } from "../store.ts";
import { storeSchema } from "./migrations.ts";
import { allContracts, putContract, removeContract } from "./sqlite-contracts.ts";

const eventColumns = "at, kind, who, plugin, revision, data";

/** Numbers beyond are damage: nothing counts so far, and there is room to count on. */
const maxCounter = 2 ** 52;

/**
 * Revision of a row `p`: of one that says another number than there can be, what its history has; what is committed next
 * goes on from there.
 */
const revisionOfPlugin = `max(
    CASE WHEN p.revision BETWEEN 1 AND ${maxCounter} THEN p.revision ELSE 1 END,
    coalesce((SELECT max(revision) FROM deployments
      WHERE plugin = p.name AND revision BETWEEN 1 AND ${maxCounter}), 1))`;

const selectPlugins = `
  SELECT p.name, ${revisionOfPlugin} AS revision, p.live, coalesce(k.size, length(v.bytes)) AS size, v.about, p.settings, p.checks, p.at, p.hotcell
  FROM plugins p LEFT JOIN versions v ON v.digest = p.live LEFT JOIN packs k ON k.version = p.live`;

export class SqliteDatabase {
  readonly #file: SqliteFile;

  /** Throws what opening the file throws. */
  constructor(options: FileOptions) {
    this.#file = new SqliteFile({ ...options, schema: storeSchema });
    try {
      unpackFiles(this.#file);
      this.#boundEvents();
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** Changes whenever another connection has written. */
  get dataVersion(): number {
    return this.#file.dataVersion;
  }

  list(): PluginRow[] {
    return this.#file.all<PluginRow>(`${selectPlugins} ORDER BY p.name`);
  }

  plugin(name: string): PluginRow | undefined {
    return this.#file.get<PluginRow>(`${selectPlugins} WHERE p.name = ?`, name);
  }

  commit(change: CommitRow): Committed {
    const { plugin, expected, live, binary, settings, shown, checks, at, who, outcome, details, event } =
      change;
    const { hotcell } = change;
    // Before the transaction, so that nobody waits for it.
    if (binary) {
      checkBinary(plugin, live ?? undefined, binary);
      this.#file.requireRoom(
        binary.bytes.length + binary.parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
      );
    }
    return this.#file.write({ durable: true, frees: live === null }, () => {
      const row = this.#file.get<{ revision: number; settings: string }>(
        `SELECT ${revisionOfPlugin} AS revision, p.settings FROM plugins p WHERE p.name = ?`,
        plugin,
      );
      // The history of a row that was lost.
      if (!row) this.#file.run("DELETE FROM deployments WHERE plugin = ?", plugin);
      const actual = row?.revision ?? 0;
      if (actual !== expected) throw staleRevision(plugin, expected, actual);

      if (live !== null && binary) {
        this.#file.run(
          `INSERT INTO versions (digest, about, bytes) VALUES (?, ?, ?)
           ON CONFLICT (digest) DO UPDATE SET about = excluded.about, bytes = excluded.bytes`,
          live,
          binary.about,
          binary.bytes,
        );
        if (binary.parts.length > 0) this.#putParts(live, binary.parts, sizeOfBinary(binary));
      } else if (live !== null && !this.#file.get("SELECT 1 FROM versions WHERE digest = ?", live)) {
        throw versionNotStored(plugin, live);
      }

      const revision = expected + 1;
      this.#file.run(
        `INSERT INTO plugins (name, revision, live, settings, checks, at, hotcell) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, live = excluded.live,
           settings = excluded.settings, checks = excluded.checks, at = excluded.at, hotcell = excluded.hotcell`,
        plugin,
        revision,
        live,
        settings,
        checks,
        at,
        hotcell,
      );
      this.#file.run(
        `INSERT INTO deployments (plugin, revision, digest, outcome, who, at, settings, details)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        plugin,
        revision,
        live,
        outcome,
        who,
        at,
        shown,
        details,
      );
      if (row && row.settings !== settings && mayHaveSecret(row.settings)) this.#file.noteErased();
      return { revision, event: this.#insertEvent(event) };
    });
  }

  deployments(plugin: string, before: number, limit: number): DeploymentRow[] {
    return this.#page<DeploymentRow>(
      deploymentBytes,
      pageBytes,
      `SELECT d.plugin, min(d.revision, ${Number.MAX_SAFE_INTEGER}) AS revision, d.digest, coalesce(k.size, length(v.bytes)) AS size, d.outcome, d.who, d.at, d.settings, d.details
       FROM deployments d LEFT JOIN versions v ON v.digest = d.digest LEFT JOIN packs k ON k.version = d.digest
       WHERE d.plugin = ? AND d.revision < ? ORDER BY d.revision DESC LIMIT ?`,
      plugin,
      before,
      limit,
    );
  }

  uses(plugin: string): VersionUseRow[] {
    return this.#file.all<VersionUseRow>(
      `SELECT min(d.revision, ${Number.MAX_SAFE_INTEGER}) AS revision, d.digest, coalesce(k.size, length(v.bytes)) AS size, d.at
       FROM deployments d LEFT JOIN versions v ON v.digest = d.digest LEFT JOIN packs k ON k.version = d.digest
       WHERE d.plugin = ? ORDER BY d.revision DESC`,
      plugin,
    );
  }

  binary(digest: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#file.get<{ bytes: Uint8Array<ArrayBuffer> }>(
      "SELECT bytes FROM versions WHERE digest = ?",
      digest,
    );
    if (!row) return undefined;
    const actual = digestOf(row.bytes);
    if (actual !== digest) throw corruptBinary(digest, actual, this.#file.path);
    return row.bytes;
  }

  verify(digest: string): void {
    if (this.binary(digest) === undefined) throw missingBinary(digest, this.#file.path);
    const parts = this.#file.all<{ part: string }>("SELECT part FROM parts WHERE version = ?", digest);
    for (const { part } of parts)
      if (this.binary(part) === undefined) throw missingBinary(part, this.#file.path);
  }

  prune(plugin: string, { versions, deployments, bytes = Number.MAX_SAFE_INTEGER }: Retention): number {
    // A version's rank is how recently it was made live; a deployment's, how recent it is among those of kept versions.
    return this.#file.write({ durable: false, frees: true }, () =>
      this.#file.run(
        `WITH used AS (
           SELECT digest, max(revision) AS last FROM deployments
           WHERE plugin = :plugin AND digest IS NOT NULL GROUP BY digest
         ), kept_versions AS (
           SELECT digest, last FROM used ORDER BY last DESC LIMIT :versions
         ), kept AS (
           SELECT revision FROM deployments
           WHERE plugin = :plugin AND (digest IS NULL OR digest IN (SELECT digest FROM kept_versions))
           ORDER BY revision DESC LIMIT :deployments
         ), within AS (
           SELECT revision, sum(octet_length(settings) + octet_length(details)) OVER (ORDER BY revision DESC) AS size
           FROM deployments WHERE plugin = :plugin AND revision IN (SELECT revision FROM kept)
         )
         DELETE FROM deployments
         WHERE plugin = :plugin
           AND revision NOT IN (SELECT revision FROM within WHERE size <= :bytes)
           AND revision NOT IN (SELECT last FROM kept_versions)
           AND revision < (SELECT max(revision) FROM deployments WHERE plugin = :plugin)`,
        { plugin, versions, deployments, bytes },
      ),
    );
  }

  collect(): Collected {
    // Binaries are large, and no secrets.
    const collected = this.#file.write({ durable: false, erasing: false, frees: true }, () => {
      const used = (digest: string) => `(EXISTS (SELECT 1 FROM deployments d WHERE d.digest = ${digest})
        OR EXISTS (SELECT 1 FROM plugins p WHERE p.live = ${digest}))`;
      this.#file.run(`DELETE FROM parts WHERE NOT ${used("parts.version")}`);
      const removed = this.#file.all<{ bytes: number }>(
        `DELETE FROM versions
         WHERE NOT ${used("versions.digest")}
           AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.part = versions.digest)
         RETURNING length(bytes) AS bytes`,
      );
      return { versions: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
    });
    this.#file.giveBack();
    return collected;
  }

  append(events: readonly NewEventRow[]): number[] {
    return this.#file.write({ durable: false }, () => events.map((event) => this.#insertEvent(event)));
  }

  events(after: number, limit: number, bytes: number, plugin: string | undefined): EventRow[] {
    return plugin === undefined
      ? this.#page<EventRow>(
          eventBytes,
          bytes,
          `SELECT id, ${eventColumns} FROM events WHERE id > ? ORDER BY id LIMIT ?`,
          after,
          limit,
        )
      : this.#page<EventRow>(
          eventBytes,
          bytes,
          `SELECT id, ${eventColumns} FROM events WHERE plugin = ? AND id > ? ORDER BY id LIMIT ?`,
          plugin,
          after,
          limit,
        );
  }

  eventRange(): { first: number; last: number } {
    const { first, last } = this.#file.get<{ first: number | null; last: number | null }>(
      `SELECT (SELECT min(id) FROM events) AS first, (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS last`,
    )!;
    return { first: first ?? (last ?? 0) + 1, last: last ?? 0 };
  }

  trimEvents(keep: number, bytes: number): number {
    return this.#file.write({ durable: false, frees: true }, () =>
      this.#file.run(
        `DELETE FROM events WHERE id <= (
           SELECT max(id) FROM (
             SELECT id, row_number() OVER newest AS rank, sum(octet_length(data) + ${eventOverhead}) OVER newest AS size
             FROM events WINDOW newest AS (ORDER BY id DESC)
           ) WHERE rank > ? OR size > ?
         )`,
        keep,
        bytes,
      ),
    );
  }

  tokens(): TokenRow[] {
    return this.#file.all<TokenRow>(
      `SELECT id, hash, name, scopes, plugins, created_at AS createdAt, expires_at AS expiresAt,
              revoked_at AS revokedAt
       FROM tokens ORDER BY rowid`,
    );
  }

  addToken({ id, hash, name, scopes, plugins, createdAt, expiresAt }: TokenRow, event: NewEventRow): void {
    this.#file.write({ durable: true }, () => {
      const added = this.#file.run(
        `INSERT INTO tokens (id, hash, name, scopes, plugins, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        id,
        hash,
        name,
        scopes,
        plugins,
        createdAt,
        expiresAt,
      );
      if (added === 0) throw tokenTaken(id);
      this.#insertEvent(event);
    });
  }

  revokeToken(id: string, event: NewEventRow): boolean {
    // Frees nothing, but must not wait for somebody who does.
    return this.#file.write({ durable: true, frees: true }, () => {
      const revoked = this.#file.run(
        "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        event.at,
        id,
      );
      if (revoked === 1) this.#insertEvent(event);
      return revoked === 1;
    });
  }

  contracts(): ContractRow[] {
    return allContracts(this.#file);
  }

  putContract(row: ContractRow, event: NewEventRow): void {
    this.#file.requireRoom(row.bytes.length);
    this.#file.write({ durable: true }, () => {
      putContract(this.#file, row);
      this.#insertEvent(event);
    });
  }

  removeContract(name: string, version: number | undefined, event: NewEventRow): boolean {
    return this.#file.write({ durable: true, frees: true }, () => {
      const removed = removeContract(this.#file, name, version, event.at);
      if (removed) this.#insertEvent(event);
      return removed;
    });
  }

  close(): void {
    this.#file.close();
  }

  /** After an event whose id is the greatest there is, none could be added. */
  #boundEvents(): void {
    const sequence = `SELECT 1 FROM sqlite_sequence WHERE name = 'events' AND seq > ${maxCounter}`;
    if (!this.#file.get(`${sequence} UNION ALL SELECT 1 FROM events WHERE id > ${maxCounter}`)) return;
    this.#file.write({ durable: false, frees: true }, () => {
      this.#file.run("DELETE FROM events WHERE id > ?", maxCounter);
      this.#file.run(
        "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM events) WHERE name = 'events'",
      );
    });
  }

  /** Parts of a version: those that are stored already, and whole, are not written again. */
  #putParts(version: string, parts: readonly PartRow[], size: number): void {
    for (const { digest, bytes } of parts) {
      const row = this.#file.get<{ bytes: Uint8Array }>(
        "SELECT bytes FROM versions WHERE digest = ?",
        digest,
      );
      if (!row || digestOf(row.bytes) !== digest)
        this.#file.run(
          `INSERT INTO versions (digest, about, bytes) VALUES (?, 'null', ?)
           ON CONFLICT (digest) DO UPDATE SET bytes = excluded.bytes`,
          digest,
          bytes,
        );
      this.#file.run(
        "INSERT INTO parts (version, part) VALUES (?, ?) ON CONFLICT DO NOTHING",
        version,
        digest,
      );
    }
    this.#file.run("INSERT INTO packs (version, size) VALUES (?, ?) ON CONFLICT DO NOTHING", version, size);
  }

  #insertEvent({ at, kind, who, plugin, revision, data }: NewEventRow): number {
    return this.#file.get<{ id: number }>(
      `INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
      at,
      kind,
      who,
      plugin,
      revision,
      data,
    )!.id;
  }

  /** Reads no further than the page goes. */
  #page<T>(sizeOf: (row: T) => number, bytes: number, sql: string, ...values: SQLInputValue[]): T[] {
    return pageOf(this.#file.iterate<T>(sql, ...values), bytes, sizeOf);
  }
}

/** True for stored settings that may have a secret; a text that only looks like it costs a little time. */
function mayHaveSecret(settings: string): boolean {
  return settings.includes('"secret":');
}
