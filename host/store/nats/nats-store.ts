/** A store on NATS JetStream, for several hosts (RATIONALE.md, Why is one stream both the log and the records on NATS). */
import { NatsKeyValue } from "../../backends/key-value/nats/nats-key-value.ts";
import { keyValueBounds } from "../../bounds/key-value-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { Blobs } from "../../nats/blobs.ts";
import { natsAddress } from "../../nats/nats-address.ts";
import { type NatsStream, openNats, openStream, watchFormats } from "../../nats/open-nats.ts";
import { storeClosed } from "../refusals.ts";
import {
  type CommitRow,
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
import { pageBytes, pageLimit, type SharedStore, type StoreListener } from "../store.ts";
import { eventsOf, messageOf } from "./log-message.ts";
import { NatsCalls } from "./nats-calls.ts";
import { NatsCollection } from "./nats-collection.ts";
import { NatsCommits } from "./nats-commits.ts";
import { NatsEvents } from "./nats-events.ts";
import { NatsHistory } from "./nats-history.ts";
import { NatsRecords } from "./nats-records.ts";
import { NatsReferences } from "./nats-references.ts";
import { NatsRegisters } from "./nats-registers.ts";
import { NatsStates } from "./nats-states.ts";
import { NatsSweep } from "./nats-sweep.ts";
import { NatsVersions } from "./nats-versions.ts";
import { Places } from "./places.ts";
import { storeStreams } from "./store-streams.ts";

/** Options of `openNatsStore`. */
export interface NatsStoreOptions {
  /**
   * Servers and name: `nats://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME`, or `tls://…`; the name is `hotcell` where it is left out. Stores of
   * several names share one NATS.
   */
  readonly url: string;
  /** Credentials file, as NATS's tools write it. */
  readonly credentials?: string;
  /** File of certificates that servers are trusted by, besides the machine's. */
  readonly ca?: string;
  /** Servers that keep a copy, 1, 3 or 5; as many as the store has by default, and 1 for a new one. */
  readonly replicas?: number;
  /** Milliseconds for which an operation is tried while NATS does not answer (5,000); then `store-unavailable`. */
  readonly patience?: number;
}

const defaultPatience = 5000;

/**
 * Opens a store, making its streams if need be. Throws `store-unavailable` where NATS can't be used, `store-too-new`, and `bad-settings`
 * for options. Resolves with a store that goes on by itself when NATS is back after an outage.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { createHost, openNatsStore } from "hotcell";
 *
 * await using store = await openNatsStore({ url: "nats://127.0.0.1:4222/hotcell" });
 * await using host = await createHost({ store });
 * await host.registry.deploy("greet", await readFile("greet.wasm"));
 * console.log(await host.registry.callJson("greet", "greet", ["Ada"])); // → Hello, Ada!
 * ```
 */
export async function openNatsStore(options: NatsStoreOptions): Promise<SharedStore> {
  const { url, credentials, ca, replicas, patience = defaultPatience } = options;
  const address = natsAddress(url, "url");
  const link = await openNats(address, {
    patience,
    ...(credentials !== undefined && { credentials }),
    ...(ca !== undefined && { ca }),
  });
  const places = new Places(address.name);
  const events = new NatsEvents(link, places);
  let heard: number;
  let told: number;
  let streams: readonly NatsStream[];
  try {
    streams = storeStreams(places, replicas);
    for (const stream of streams) await openStream(link, stream);
    heard = await link.lastNumber(places.log);
    told = (await events.range()).last;
  } catch (error) {
    await link.close();
    throw error;
  }
  const unwatchFormats = watchFormats(link, streams);
  const blobs = new Blobs(link, places.data, places.blobs);
  const commits = new NatsCommits(link, places, blobs);
  const history = new NatsHistory(link, places);
  const records = new NatsRecords(link, places, blobs);
  const versions = new NatsVersions(blobs, link.where);
  const collection = new NatsCollection(blobs, new NatsReferences(places, history, records));
  const registers = new NatsRegisters(link, places.data, places.registers);
  const parts = { commits, blobs, records, collection, history, registers, first: () => events.first() };
  const sweep = new NatsSweep(link, places, parts);

  /** Own messages may be stored already that are not heard yet. */
  let stored = heard;
  const noteStored = (id: number) => {
    stored = Math.max(stored, messageOf(id));
  };
  const listeners = new Map<StoreListener, number>();
  const ending = new AbortController();
  const following = link.follow(places.log, places.everyEvent, {
    after: heard,
    signal: ending.signal,
    take(message) {
      const rows = eventsOf(message);
      const isNext = message.seq === heard + 1;
      heard = message.seq;
      for (const [index, row] of rows.entries()) {
        // A message whose number is not the next one came after some that are gone.
        const before = index === 0 && !isNext ? row.id - 1 : Math.min(told, row.id - 1);
        told = row.id;
        for (const [listener, after] of [...listeners])
          if (message.seq > after) listener(fromEventRow(row), before);
      }
    },
  });

  const running = new Set<Promise<unknown>>();
  let closed = false;
  const begin = <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(storeClosed());
    const done = work().finally(() => running.delete(done));
    running.add(done);
    return done;
  };

  const values: NatsKeyValue[] = [];
  const calls = new NatsCalls(link, places.calls, places.callSubjects);
  const store: SharedStore = {
    list: () => begin(async () => (await commits.list()).map(fromPluginRow)),
    plugin: (name) =>
      begin(async () => {
        const row = await commits.plugin(name);
        return row && fromPluginRow(row);
      }),
    async commit(change) {
      const row = toCommitRow(change);
      return begin(async () => {
        const committed = await commits.commit(row).catch((error: unknown) => {
          collection.letGo(broughtBy(row));
          throw error;
        });
        noteStored(committed.event);
        return committed;
      });
    },
    deployments: (plugin, { before = Number.MAX_SAFE_INTEGER, limit = pageLimit } = {}) =>
      begin(async () => {
        const kept = (await history.of(plugin)).filter(({ revision }) => revision < before);
        const rows = await commits.deployments(kept.toReversed().slice(0, limit));
        return rows.map(fromDeploymentRow);
      }),
    uses: (plugin) => begin(async () => (await history.of(plugin)).toReversed().map(fromVersionUseRow)),
    binary: (digest) => begin(() => versions.binary(digest)),
    verify: (digest) => begin(() => versions.verify(digest)),
    prune: (plugin, keep) =>
      begin(async () => {
        const { forgotten, letGo } = await history.prune(plugin, keep, await events.first());
        collection.letGo(letGo);
        return forgotten;
      }),
    collect: () => begin(() => collection.collect()),
    async append(added) {
      const rows = added.map((event) => toEventRow(event));
      return begin(async () => {
        const ids = await events.append(rows);
        for (const id of ids) noteStored(id);
        return ids;
      });
    },
    events: ({ after = 0, limit = pageLimit, bytes = pageBytes, plugin } = {}) =>
      begin(async () => (await events.page(after, limit, bytes, plugin)).map(fromEventRow)),
    eventRange: () => begin(() => events.range()),
    trimEvents: (keep, bytes = Number.MAX_SAFE_INTEGER) =>
      begin(async () => {
        const { trimmed, from } = await events.trim(keep, bytes);
        if (trimmed > 0) {
          const first = await events.first();
          await history.forget(first, from);
          await records.forget(messageOf(first));
        }
        return trimmed;
      }),
    watch(listener) {
      // Wrapped, so that watching twice with one function is two watches.
      const watcher: StoreListener = (event, before) => listener(event, before);
      if (!closed) listeners.set(watcher, Math.max(heard, stored));
      return () => listeners.delete(watcher);
    },
    tokens: () => begin(async () => (await records.tokens()).map(fromTokenRow)),
    async addToken(token, event) {
      const rows = [toTokenRow(token), toEventRow(event)] as const;
      return begin(() => records.addToken(...rows));
    },
    revokeToken: (id, event) => begin(() => records.revokeToken(id, toEventRow(event))),
    contracts: () => begin(async () => (await records.contracts()).map(fromContractRow)),
    async putContract(contract, event) {
      const rows = [toContractRow(contract), toEventRow(event)] as const;
      return begin(() => records.putContract(...rows));
    },
    removeContract: (name, version, event) =>
      begin(async () => {
        const { digests } = await records.references();
        const removed = await records.removeContract(name, version, toEventRow(event));
        if (removed) collection.letGo(digests);
        return removed;
      }),
    backup: () => begin(async () => Promise.reject(noBackup(link.where, places))),
    get newer() {
      return link.newer.all;
    },
    registers,
    states: new NatsStates(link, places.data, places.states),
    calls,
    keyValue(maxBytes = keyValueBounds.shared.value) {
      if (closed) throw storeClosed();
      const opened = new NatsKeyValue({
        ...{ link, patience, maxBytes, log: places.values, changes: places.valueChanges },
        ...{ data: places.data, prefix: places.valueData },
      });
      values.push(opened);
      return opened;
    },
    async close() {
      closed = true;
      calls.close();
      unwatchFormats();
      await Promise.all(values.map((opened) => opened.close()));
      await Promise.allSettled(running);
      listeners.clear();
      ending.abort();
      await following;
      const swept = sweep[Symbol.asyncDispose]();
      await link.close();
      await swept;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}

/** Digests of what a commit has stored, or was about to refer to. */
function broughtBy({ live, binary }: CommitRow): string[] {
  return [live ?? [], binary?.parts.map(({ digest }) => digest) ?? []].flat();
}

function noBackup(where: string, { log, data, values }: Places): HotcellError {
  return new HotcellError(
    "store-unavailable",
    `The store ${where} is on NATS, which makes its own backups.`,
    {
      subject: where,
      remedy: `Back its streams up with NATS's tool, in this order: nats stream backup ${values} DIR, then the same of ${log} and ${data}.`,
    },
  );
}
