/** Snapshots of what the changes of each plugin came to, so that the log begins after them. */
import { randomUUID } from "node:crypto";
import { HotcellError } from "../../../errors.ts";
import { getChunks, putChunks, sweepChunks } from "../../../nats/chunks.ts";
import { subjectPart } from "../../../nats/nats-address.ts";
import type { NatsLink } from "../../../nats/nats-link.ts";
import { parsedForm, unknownIn } from "../../../skew/known-form.ts";
import type { KeptValue } from "../key-value-store.ts";

export interface SnapshotPlaces {
  /** Stream of the log, and the subject in it of a plugin's changes. */
  readonly log: string;
  readonly changes: (plugin: string) => string;
  /** Stream of the rest, of which each subject has its newest message, and the beginning of subjects there. */
  readonly data: string;
  readonly prefix: string;
}

/** Value of a snapshot. */
export type SnapshotEntry = readonly [bucket: string, key: string, value: Uint8Array, version: number];

/** Facts of a message of the log besides its change, which is elsewhere if it is too large. */
export interface ChangeHead {
  readonly plugin: string;
  readonly large?: { readonly id: string; readonly chunks: number };
}

/** Its `plugin` is in all forms. */
export const changeHead = { form: 1, members: ["plugin", "large"] };

/** Snapshot that this Hotcell does not know: its values are for others. */
export interface UnknownSnapshot {
  readonly unknown: string;
}

interface SnapshotMarker {
  readonly plugin: string;
  /** Number of the last change that is in it. */
  readonly upTo: number;
  readonly id: string;
  readonly chunks: number;
}

/** `plugin`, `upTo` and `id` are in all forms. */
const snapshotMarker = { form: 1, members: ["plugin", "upTo", "id", "chunks"] };
/** Facts that each entry has. */
const knownFacts = 4;

/** Changes since the last snapshot that are worth another, and bytes of them. */
const [worthChanges, worthBytes] = [1000, 4 * 1024 * 1024];

export class Snapshots {
  readonly #link: NatsLink;
  readonly #places: SnapshotPlaces;
  /** Numbers of the last changes that are in snapshots, by plugin. */
  readonly #upTo = new Map<string, number>();
  /** Changes since, by plugin, with the places of those that are not in the log itself. */
  readonly #since = new Map<string, { changes: number; bytes: number; large: string[] }>();
  #keeping: Promise<void> | undefined;

  constructor(link: NatsLink, places: SnapshotPlaces) {
    this.#link = link;
    this.#places = places;
  }

  /** True for a change that a snapshot has, which was read here. */
  has(plugin: string, seq: number): boolean {
    return seq <= (this.#upTo.get(plugin) ?? 0);
  }

  /** Number of the last change that is in any that was read. */
  get newest(): number {
    return Math.max(0, ...this.#upTo.values());
  }

  /** Snapshots that have changes beyond `applied` and were not read before. */
  async *after(
    applied: number,
  ): AsyncGenerator<readonly [plugin: string, entries: SnapshotEntry[] | UnknownSnapshot]> {
    for (const marker of await this.#markers()) {
      const { plugin, upTo } = marker;
      if (upTo <= Math.max(applied, this.#upTo.get(plugin) ?? 0)) continue;
      const [entries, last] = await this.#entries(marker);
      this.#upTo.set(plugin, last);
      this.#since.delete(plugin);
      yield [plugin, entries];
    }
  }

  /** Notes a change. True if the plugin's values are worth a snapshot, and none is being kept. */
  note(plugin: string, bytes: number, large: string | undefined): boolean {
    const since = this.#since.get(plugin) ?? { changes: 0, bytes: 0, large: [] };
    since.changes++;
    since.bytes += bytes;
    if (large !== undefined) since.large.push(large);
    this.#since.set(plugin, since);
    return !this.#keeping && (since.changes >= worthChanges || since.bytes >= worthBytes);
  }

  /** Keeps the values of a plugin as they are after the change of this number, then forgets the changes before it. */
  keep(plugin: string, upTo: number, entries: Iterable<readonly [string, string, KeptValue]>): void {
    const bytes = write(entries);
    const large = this.#since.get(plugin)?.large ?? [];
    this.#since.delete(plugin);
    this.#keeping = this.#keep(plugin, upTo, bytes, large)
      // It is tried again after as many changes.
      .catch(() => {})
      .finally(() => {
        this.#keeping = undefined;
      });
  }

  async close(): Promise<void> {
    await this.#keeping;
  }

  async #keep(plugin: string, upTo: number, bytes: Uint8Array, large: readonly string[]): Promise<void> {
    const { data, log, changes } = this.#places;
    const subject = this.#markerSubject(plugin);
    const message = await this.#link.last(data, subject);
    const before = message && markerIn(message.data);
    if (before && (before.upTo >= upTo || unknownIn(before, snapshotMarker) !== undefined)) return;
    const id = randomUUID();
    const chunks = await putChunks(this.#link, this.#chunkSubject(plugin, id), bytes);
    const marker: SnapshotMarker = { plugin, upTo, id, chunks };
    const published = { data: JSON.stringify(marker), expected: message?.seq ?? 0 };
    const isNewest = (await this.#link.publish(subject, published)) !== undefined;
    const old = isNewest ? before?.id : id;
    if (old !== undefined) await this.#link.purge(data, `${this.#chunkSubject(plugin, old)}.*`);
    if (!isNewest) return;
    // Another host's may have been read meanwhile.
    this.#upTo.set(plugin, Math.max(upTo, this.#upTo.get(plugin) ?? 0));
    await this.#link.purge(log, changes(plugin), upTo);
    for (const place of large) await this.#link.purge(data, `${place}.*`);
  }

  async #markers(): Promise<SnapshotMarker[]> {
    const messages = await this.#link.scan(this.#places.data, `${this.#places.prefix}.m.*`, {
      lastOnly: true,
    });
    return messages.map(({ data }) => markerIn(data));
  }

  /** With the number of the last change in them: that of a later snapshot where it has taken this one's place. */
  async #entries(marker: SnapshotMarker): Promise<[SnapshotEntry[] | UnknownSnapshot, number]> {
    const { plugin, id, chunks, upTo } = marker;
    const unknown = unknownIn(marker, snapshotMarker);
    if (unknown !== undefined) return [{ unknown }, upTo];
    const bytes = await getChunks(this.#link, this.#places.data, this.#chunkSubject(plugin, id), chunks);
    if (bytes) return [read(bytes), upTo];
    const message = await this.#link.last(this.#places.data, this.#markerSubject(plugin));
    const newer = message && markerIn(message.data);
    if (!newer || newer.id === id) throw damaged(plugin, this.#link.where);
    return this.#entries(newer);
  }

  #markerSubject(plugin: string): string {
    return `${this.#places.prefix}.m.${subjectPart(plugin)}`;
  }

  #chunkSubject(plugin: string, id: string): string {
    return `${this.#places.prefix}.s.${subjectPart(plugin)}.${id}`;
  }
}

/**
 * Removes what hosts that died have left: snapshots, and changes in chunks, that nothing names and that are older than `age`, in milliseconds.
 * Where a newer Hotcell has written what may name some in a way that is not known here, nothing is removed.
 */
export async function sweepSnapshots(
  link: NatsLink,
  { log, data, prefix, changes }: SnapshotPlaces & { readonly changes: () => string },
  age: number,
): Promise<void> {
  await sweepChunks(link, { stream: data, below: `${prefix}.s`, age }, async () => {
    const markers = await link.scan(data, `${prefix}.m.*`, { lastOnly: true });
    const all = markers.map((message) => markerIn(message.data));
    return all.every((marker) => unknownIn(marker, snapshotMarker) === undefined)
      ? new Set(all.map(({ id }) => id))
      : undefined;
  });
  await sweepChunks(link, { stream: data, below: `${prefix}.l`, age }, async () => {
    const logged = await link.scan(log, changes(), { headsOnly: true });
    const heads = logged.map(({ head }) => parsedForm(head) as ChangeHead);
    return heads.every((head) => unknownIn(head, changeHead) === undefined)
      ? new Set(heads.flatMap(({ large }) => large?.id ?? []))
      : undefined;
  });
}

function damaged(plugin: string, where: string): HotcellError {
  return new HotcellError(
    "store-corrupt",
    `The values by key of plugin ${plugin} in ${where} are not whole: a snapshot of them lacks chunks.`,
    {
      subject: plugin,
      remedy: "Restore the streams of the store from a backup.",
    },
  );
}

/** Entry without its value. */
type EntryFacts = readonly [bucket: string, key: string, size: number, version: number];

function write(entries: Iterable<readonly [string, string, KeptValue]>): Uint8Array {
  const facts: EntryFacts[] = [];
  const values: Uint8Array[] = [];
  for (const [bucket, key, { value, version }] of entries) {
    facts.push([bucket, key, value.length, version]);
    values.push(value);
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(facts)}\n`), ...values]);
}

function read(bytes: Uint8Array): SnapshotEntry[] | UnknownSnapshot {
  const end = bytes.indexOf(10);
  const facts = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString()) as EntryFacts[];
  const other = facts.find(({ length }) => length !== knownFacts);
  if (other)
    return { unknown: `a value in it has ${other.length} facts, and this Hotcell knows ${knownFacts}` };
  let at = end + 1;
  return facts.map(([bucket, key, size, version]) => {
    const value = bytes.subarray(at, at + size);
    at += size;
    return [bucket, key, value, version] as const;
  });
}

function markerIn(data: Uint8Array): SnapshotMarker {
  return JSON.parse(Buffer.from(data).toString()) as SnapshotMarker;
}
