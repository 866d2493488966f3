/**
 * A key-value store on NATS, for several hosts: a log of changes, of which each host keeps in memory what they come to. All apply the
 * same changes in the same order, so that the outcome of each is the same everywhere.
 */

import { randomUUID } from "node:crypto";
import { HotcellError } from "../../../errors.ts";
import { getChunks, putChunks } from "../../../nats/chunks.ts";
import { subjectPart } from "../../../nats/nats-address.ts";
import type { NatsLink } from "../../../nats/nats-link.ts";
import { asciiJson, type NatsMessage } from "../../../nats/nats-message.ts";
import { within } from "../../../platform/within.ts";
import { ofNewerHotcell, parsedForm, unknownIn } from "../../../skew/known-form.ts";
import type { Amounts, BucketId, ChangeOutcome, KeyChange, KeyValueStore } from "../key-value-store.ts";
import { keyValueClosed, MemoryKeyValue } from "../memory-key-value.ts";
import { type LogChange, readChange, type UnknownChange, writeChange } from "./log-change.ts";
import { type ChangeHead, changeHead, type SnapshotEntry, Snapshots } from "./snapshots.ts";

export interface NatsKeyValueOptions {
  readonly link: NatsLink;
  /** Stream of the changes, and the beginning of its subjects. */
  readonly log: string;
  readonly changes: string;
  /** Stream of the rest, of which each subject has its newest message, and the beginning of subjects there. */
  readonly data: string;
  readonly prefix: string;
  /** Bytes of all keys and values of all plugins: each host has them in memory. */
  readonly maxBytes: number;
  /** Milliseconds for which an operation may wait for the log. */
  readonly patience: number;
}

/** Versions that the keys of one change can have: more than an operation may have keys. */
const versionsOfChange = 16_384;
/** Milliseconds between tries to read what a change needs. */
const pause = 100;
/** Head of what is no change. */
const noPlugin: ChangeHead = { plugin: "-" };
const unbounded = { bytes: Infinity, keys: Infinity };

export class NatsKeyValue implements KeyValueStore {
  readonly #options: NatsKeyValueOptions;
  readonly #link: NatsLink;
  readonly #snapshots: Snapshots;
  readonly #copy = new MemoryKeyValue();
  /** Plugins of which the copy has nothing, since a newer Hotcell has changed their values in a way that is not known here; with that. */
  readonly #unknown = new Map<string, string>();
  readonly #ending = new AbortController();
  /** Resolves when the copy has what snapshots have, or when it is closed before that. */
  readonly #opened: Promise<void>;
  #isOpen = false;
  /** Failure of the last try to read what the copy needs. */
  #trouble: unknown;
  #following: Promise<void> | undefined;
  #applying: Promise<void> = Promise.resolve();
  /** Number of the last change that the copy has. */
  #applied = 0;
  /** Outcomes of own changes by their messages' ids, each noted when it is applied; and who waits for a number. */
  readonly #own = new Map<string, { outcome?: ChangeOutcome | undefined }>();
  readonly #waiting = new Set<{ readonly seq: number; readonly resolve: () => void }>();
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: NatsKeyValueOptions) {
    this.#options = options;
    this.#link = options.link;
    const { log, data, prefix } = options;
    this.#snapshots = new Snapshots(options.link, { log, data, prefix, changes: this.#changes });
    this.#opened = this.#open();
  }

  async get(id: BucketId, keys: readonly string[], maxBytes: number) {
    return this.#read(id.plugin, () => this.#copy.get(id, keys, maxBytes));
  }

  async version(id: BucketId, key: string): Promise<number> {
    return this.#read(id.plugin, () => this.#copy.version(id, key));
  }

  list: KeyValueStore["list"] = (id, page) => this.#read(id.plugin, () => this.#copy.list(id, page));

  async change({ plugin, bucket }: BucketId, change: KeyChange, quota: Amounts): Promise<ChangeOutcome> {
    const logged = writeChange({ bucket, change, quota });
    return this.#begin(async () => {
      this.#requireKnown(plugin);
      const { maxBytes } = this.#options;
      const total = this.#copy.total().bytes;
      if (change.kind !== "delete" && total + logged.length > maxBytes)
        throw noRoom(this.#link.where, total, maxBytes);
      const outcome = await this.#publish(plugin, logged);
      // Made or not, by those who know what came before it.
      this.#requireKnown(plugin);
      if (!outcome) throw this.#late();
      return outcome;
    });
  }

  usage: KeyValueStore["usage"] = (plugin) => this.#read(plugin, () => this.#copy.usage(plugin));

  plugins: KeyValueStore["plugins"] = () =>
    this.#read(undefined, async () =>
      [...new Set([...(await this.#copy.plugins()), ...this.#unknown.keys()])].sort(),
    );

  async forget(plugin: string): Promise<void> {
    await this.#begin(() => this.#publish(plugin, writeChange({ forget: true })));
  }

  async close(): Promise<void> {
    this.#closed = true;
    // What waits for the copy to be opened waits for nothing that a host still wants.
    if (!this.#isOpen) this.#ending.abort();
    await Promise.allSettled(this.#running);
    this.#ending.abort();
    await this.#opened;
    await this.#following;
    await this.#applying;
    await this.#snapshots.close();
    await this.#copy.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(): Promise<void> {
    const { log } = this.#options;
    await this.#surely(() => this.#restore(0));
    await this.#surely(() => this.#fill(log));
    if (this.#ending.signal.aborted) return;
    this.#isOpen = true;
    this.#following = this.#link.follow(log, this.#changes(), {
      after: 0,
      signal: this.#ending.signal,
      take: (message) => {
        // None is left out, or this host's copy would be another than that of the others.
        this.#applying = this.#applying.then(() => this.#surely(() => this.#take(message)));
      },
    });
  }

  #begin<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(keyValueClosed());
    const { refusal } = this.#link.newer;
    if (refusal) return Promise.reject(refusal);
    const done = this.#untilOpen()
      .then(work)
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
    return done;
  }

  async #untilOpen(): Promise<void> {
    if (!this.#isOpen) await this.#inTime(this.#opened);
    if (!this.#isOpen) throw keyValueClosed();
  }

  /** Reads the copy once it has all that was acknowledged before: the stream's leader says what that is. */
  #read<T>(plugin: string | undefined, read: () => T | Promise<T>): Promise<T> {
    return this.#begin(async () => {
      const last = await this.#link.last(this.#options.log, this.#changes(plugin));
      if (last) await this.#reached(last.seq);
      if (plugin !== undefined) this.#requireKnown(plugin);
      return read();
    });
  }

  async #publish(plugin: string, change: Uint8Array): Promise<ChangeOutcome | undefined> {
    const id = randomUUID();
    const own: { outcome?: ChangeOutcome | undefined } = {};
    this.#own.set(id, own);
    try {
      let head: ChangeHead = { plugin };
      let data = change;
      if (change.length > this.#link.messageBytes) {
        head = {
          plugin,
          large: { id, chunks: await putChunks(this.#link, this.#large(plugin, id), change) },
        };
        data = new Uint8Array();
      }
      const published = { data, head: asciiJson(head), id };
      const seq = await this.#link.publish(this.#changes(plugin), published);
      await this.#reached(seq!);
      // Not noted: it came in a snapshot that another host has kept, which does not say what each change came to.
      if (!("outcome" in own)) throw this.#late();
      return own.outcome;
    } finally {
      this.#own.delete(id);
    }
  }

  /** Tries until it is done or this is closed. */
  async #surely(work: () => Promise<void>): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await work();
        this.#trouble = undefined;
        return;
      } catch (error) {
        this.#trouble = error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #take(message: NatsMessage): Promise<void> {
    const { seq, id = "", data } = message;
    const head = (parsedForm(message.head) ?? noPlugin) as ChangeHead;
    const { plugin, large } = head;
    // Another host has kept some as a snapshot, and taken them out of the log, before they came here.
    if (seq !== this.#applied + 1) await this.#restore(this.#applied);
    const unknown = unknownIn(head, changeHead);
    const place = large && this.#large(plugin, large.id);
    const bytes =
      place === undefined || unknown !== undefined
        ? data
        : await getChunks(this.#link, this.#options.data, place, large!.chunks);
    if (!bytes) await this.#restore(this.#applied);
    if (!this.#snapshots.has(plugin, seq)) {
      const outcome =
        bytes && this.#apply(plugin, seq, unknown === undefined ? readable(bytes) : { unknown });
      const own = this.#own.get(id);
      if (own) own.outcome = outcome;
      // Whoever has made the change keeps the snapshot: the others need not.
      if (!this.#unknown.has(plugin) && this.#snapshots.note(plugin, bytes?.length ?? 0, place) && own)
        this.#snapshots.keep(plugin, seq, this.#copy.entries(plugin));
    }
    this.#applied = seq;
    for (const waiting of this.#waiting) if (waiting.seq <= seq) waiting.resolve();
  }

  /** Undefined where there is no outcome: of a forgotten plugin, of what is no change, on all hosts, and of what is not known here. */
  #apply(
    plugin: string,
    seq: number,
    logged: LogChange | UnknownChange | undefined,
  ): ChangeOutcome | undefined {
    if (!logged) return undefined;
    if ("forget" in logged) {
      this.#copy.drop(plugin);
      if (this.#unknown.delete(plugin)) this.#link.newer.over(valuesOf(plugin));
      return undefined;
    }
    if ("unknown" in logged) this.#lose(plugin, logged.unknown);
    // What comes after it builds on it.
    if ("unknown" in logged || this.#unknown.has(plugin)) return undefined;
    let version = seq * versionsOfChange;
    const { bucket, change, quota } = logged;
    return this.#copy.apply({ plugin, bucket }, change, quota, () => version++);
  }

  /** Leaves the values of a plugin to hosts that know what became of them: none here is told, kept as a snapshot, or changed. */
  #lose(plugin: string, unknown: string): void {
    this.#copy.drop(plugin);
    this.#unknown.set(plugin, unknown);
    this.#link.newer.note(valuesOf(plugin), unknown);
  }

  #requireKnown(plugin: string): void {
    const unknown = this.#unknown.get(plugin);
    if (unknown !== undefined) throw ofNewerHotcell(valuesOf(plugin), unknown);
  }

  async #restore(applied: number): Promise<void> {
    for await (const [plugin, entries] of this.#snapshots.after(applied)) {
      if ("unknown" in entries) this.#lose(plugin, entries.unknown);
      else this.#put(plugin, entries);
    }
  }

  /**
   * Publishes what is no change until the log is as long as the snapshots say. Its backup may be older than theirs, and what is published next
   * would count as being in them.
   */
  async #fill(log: string): Promise<void> {
    const last = await this.#link.lastNumber(log);
    for (let seq = last; seq < this.#snapshots.newest; seq++)
      await this.#link.publish(this.#changes(noPlugin.plugin), { head: asciiJson(noPlugin) });
  }

  #put(plugin: string, entries: readonly SnapshotEntry[]): void {
    this.#copy.drop(plugin);
    if (this.#unknown.delete(plugin)) this.#link.newer.over(valuesOf(plugin));
    for (const [bucket, key, value, version] of entries)
      this.#copy.apply(
        { plugin, bucket },
        { kind: "put", entries: [[key, value]] },
        unbounded,
        () => version,
      );
  }

  /** Resolves once the copy has the change of this number. */
  async #reached(seq: number): Promise<void> {
    if (this.#applied >= seq) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { seq, resolve };
    this.#waiting.add(waiting);
    await this.#inTime(promise).finally(() => this.#waiting.delete(waiting));
  }

  /** Waits no longer than the patience. */
  async #inTime(done: Promise<void>): Promise<void> {
    if (!(await within(done, this.#options.patience))) throw this.#late();
  }

  #late(): HotcellError {
    return late(this.#link.where, this.#trouble);
  }

  /** Subject of a plugin's changes, or of all. */
  readonly #changes = (plugin?: string): string =>
    `${this.#options.changes}.${plugin === undefined ? "*" : subjectPart(plugin)}`;

  #large(plugin: string, id: string): string {
    return `${this.#options.prefix}.l.${subjectPart(plugin)}.${id}`;
  }
}

/** Undefined for what is no change. */
function readable(bytes: Uint8Array): LogChange | UnknownChange | undefined {
  try {
    return readChange(bytes);
  } catch {
    return undefined;
  }
}

function valuesOf(plugin: string): string {
  return `the values by key of ${plugin}`;
}

function noRoom(where: string, actual: number, limit: number): HotcellError {
  return new HotcellError(
    "store-full",
    `The values by key in ${where} have no room left: ${actual} of ${limit} bytes.`,
    {
      ...{ subject: "key-value", limit, actual },
      remedy:
        "Delete what is not needed. Every host has all values in its memory: HOTCELL_KV_DISK (kvDisk) says how many bytes these may be.",
    },
  );
}

/** `trouble` is what keeps this host from reading changes, if something does. */
function late(where: string, trouble: unknown): HotcellError {
  const why = trouble instanceof Error ? ` ${trouble.message}` : "";
  return new HotcellError(
    "store-unavailable",
    `The store ${where} did not tell in time what values by key are.${why}`,
    {
      subject: where,
      remedy: "Look whether a change happened before you repeat it.",
      ...(trouble !== undefined && { cause: trouble }),
    },
  );
}
