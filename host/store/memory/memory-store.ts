/** A store that lives and dies with its process. */
import { HotcellError } from "../../errors.ts";
import {
  checkBinary,
  corruptBinary,
  digestOf,
  missingBinary,
  staleRevision,
  storeClosed,
  tokenTaken,
  versionNotStored,
} from "../refusals.ts";
import { retained } from "../retention.ts";
import {
  type CommitRow,
  type DeploymentRow,
  deploymentBytes,
  type EventRow,
  eventBytes,
  fromContractRow,
  fromDeploymentRow,
  fromEventRow,
  fromPluginRow,
  fromTokenRow,
  fromVersionUseRow,
  type NewEventRow,
  type PluginRow,
  pageOf,
  sizeOfBinary,
  type TokenRow,
  toCommitRow,
  toContractRow,
  toEventRow,
  toTokenRow,
} from "../rows.ts";
import { pageBytes, pageLimit, type Store, type StoredEvent } from "../store.ts";
import { MemoryContracts } from "./memory-contracts.ts";

interface StoredVersion {
  readonly bytes: Uint8Array;
  readonly about: string;
  readonly size: number;
  readonly parts: readonly string[];
}

interface StoredPlugin {
  /** Without the version's facts: those are looked up. */
  row: Omit<PluginRow, "size" | "about">;
  /** Oldest first. */
  deployments: Omit<DeploymentRow, "size">[];
}

export function createMemoryStore(): Store {
  const versions = new Map<string, StoredVersion>();
  const plugins = new Map<string, StoredPlugin>();
  const tokens = new Map<string, TokenRow>();
  const contracts = new MemoryContracts();
  const listeners = new Set<(event: StoredEvent) => void>();
  let events: EventRow[] = [];
  let lastEvent = 0;
  let closed = false;

  const open = () => {
    if (closed) throw storeClosed();
  };
  const sizeOf = (digest: string | null) => (digest === null ? null : (versions.get(digest)?.size ?? 0));
  const pluginRow = ({ row }: StoredPlugin): PluginRow => ({
    ...row,
    size: sizeOf(row.live),
    about: row.live === null ? null : (versions.get(row.live)?.about ?? null),
  });
  const put = (live: string, binary: NonNullable<CommitRow["binary"]>) => {
    const { bytes, about, parts } = binary;
    const size = sizeOfBinary(binary);
    versions.set(live, { bytes, about, size, parts: parts.map(({ digest }) => digest) });
    for (const part of parts)
      versions.set(part.digest, {
        ...{ about: "null", size: part.bytes.length, parts: [] },
        ...versions.get(part.digest),
        bytes: part.bytes,
      });
  };
  const add = (row: NewEventRow): number => {
    const stored = { ...row, id: ++lastEvent };
    events.push(stored);
    queueMicrotask(() => {
      for (const listener of [...listeners]) listener(fromEventRow(stored));
    });
    return stored.id;
  };

  const store: Store = {
    async list() {
      open();
      return [...plugins.values()]
        .map((plugin) => fromPluginRow(pluginRow(plugin)))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async plugin(name) {
      open();
      const plugin = plugins.get(name);
      return plugin && fromPluginRow(pluginRow(plugin));
    },
    async commit(change) {
      open();
      const {
        plugin: name,
        expected,
        live,
        binary,
        settings,
        shown,
        checks,
        at,
        who,
        outcome,
        details,
        event,
        hotcell,
      } = toCommitRow(change);
      if (binary) checkBinary(name, change.live, binary);
      const before = plugins.get(name);
      const actual = before?.row.revision ?? 0;
      if (actual !== expected) throw staleRevision(name, expected, actual);
      if (live !== null && !binary && !versions.has(live)) throw versionNotStored(name, live);

      const revision = expected + 1;
      if (live !== null && binary) put(live, binary);
      plugins.set(name, {
        row: { name, revision, live, settings, checks, at, hotcell },
        deployments: [
          ...(before?.deployments ?? []),
          { plugin: name, revision, digest: live, outcome, who, at, settings: shown, details },
        ],
      });
      return { revision, event: add(event) };
    },
    async deployments(plugin, { before = Number.MAX_SAFE_INTEGER, limit = pageLimit } = {}) {
      open();
      const rows = plugins.get(plugin)?.deployments.filter((row) => row.revision < before) ?? [];
      return pageOf(rows.reverse().slice(0, limit), pageBytes, deploymentBytes).map((row) =>
        fromDeploymentRow({ ...row, size: sizeOf(row.digest) }),
      );
    },
    async uses(plugin) {
      open();
      const rows = plugins.get(plugin)?.deployments ?? [];
      return rows.toReversed().map((row) => fromVersionUseRow({ ...row, size: sizeOf(row.digest) }));
    },
    async binary(digest) {
      open();
      const version = versions.get(digest);
      if (!version) return undefined;
      const actual = digestOf(version.bytes);
      if (actual !== digest) throw corruptBinary(digest, actual, "memory");
      return version.bytes.slice();
    },
    async verify(digest) {
      for (const each of [digest, ...(versions.get(digest)?.parts ?? [])])
        if ((await store.binary(each)) === undefined) throw missingBinary(each, "memory");
    },
    async prune(name, keep) {
      open();
      const plugin = plugins.get(name);
      if (!plugin) return 0;
      const before = plugin.deployments.length;
      plugin.deployments = retained(plugin.deployments, keep, deploymentBytes);
      return before - plugin.deployments.length;
    },
    async collect() {
      open();
      const referred = new Set(
        [...plugins.values()].flatMap(({ row, deployments }) => [
          row.live,
          ...deployments.map((d) => d.digest),
        ]),
      );
      const parts = new Set([...referred].flatMap((digest) => versions.get(digest ?? "")?.parts ?? []));
      const garbage = [...versions].filter(([digest]) => !referred.has(digest) && !parts.has(digest));
      for (const [digest] of garbage) versions.delete(digest);
      return {
        versions: garbage.length,
        bytes: garbage.reduce((sum, [, { bytes }]) => sum + bytes.length, 0),
      };
    },
    async append(added) {
      open();
      return added.map((event) => toEventRow(event)).map(add);
    },
    async events({ after = 0, limit = pageLimit, bytes = pageBytes, plugin } = {}) {
      open();
      const rows = events
        .filter((row) => row.id > after && (plugin === undefined || row.plugin === plugin))
        .slice(0, limit);
      return pageOf(rows, bytes, eventBytes).map(fromEventRow);
    },
    async eventRange() {
      open();
      return { first: events[0]?.id ?? lastEvent + 1, last: lastEvent };
    },
    async trimEvents(keep, bytes = Number.MAX_SAFE_INTEGER) {
      open();
      const before = events.length;
      let left = bytes;
      const newest = events.slice(Math.max(0, before - keep));
      const first = newest.findLastIndex((row) => {
        left -= eventBytes(row);
        return left < 0;
      });
      events = newest.slice(first + 1);
      return before - events.length;
    },
    watch(listener) {
      // Wrapped, so that watching twice with one function is two watches.
      const watcher = (event: StoredEvent) => listener(event);
      listeners.add(watcher);
      return () => listeners.delete(watcher);
    },
    async tokens() {
      open();
      return [...tokens.values()].map(fromTokenRow);
    },
    async addToken(token, event) {
      open();
      const row = toTokenRow(token);
      if ([...tokens.values()].some(({ id, hash }) => row.id === id || row.hash === hash)) {
        throw tokenTaken(row.id);
      }
      tokens.set(row.id, row);
      add(toEventRow(event));
    },
    async revokeToken(id, event) {
      open();
      const token = tokens.get(id);
      if (!token || token.revokedAt !== null) return false;
      tokens.set(id, { ...token, revokedAt: event.at });
      add(toEventRow(event));
      return true;
    },
    async contracts() {
      open();
      return contracts.all().map(fromContractRow);
    },
    async putContract(contract, event) {
      open();
      contracts.put(toContractRow(contract));
      add(toEventRow(event));
    },
    async removeContract(name, version, event) {
      open();
      const removed = contracts.remove(name, version, event.at);
      if (removed) add(toEventRow(event));
      return removed;
    },
    async backup() {
      open();
      throw new HotcellError(
        "store-unavailable",
        "This host keeps everything in memory; there is no file to copy.",
        {
          remedy: "Start it with a data folder.",
        },
      );
    },
    async close() {
      closed = true;
      listeners.clear();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
