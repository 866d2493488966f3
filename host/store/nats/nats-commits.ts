/** Commits of a store on NATS, and what they keep: the message that is all of a commit, and what lies beside it. */
import { randomUUID } from "node:crypto";
import { HotcellError } from "../../errors.ts";
import type { BlobMarker, BlobPin, Blobs } from "../../nats/blobs.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import { checkBinary, digestOf, staleRevision, versionNotStored } from "../refusals.ts";
import {
  type CommitRow,
  type DeploymentRow,
  deploymentBytes,
  type PluginRow,
  pageOf,
  sizeOfBinary,
} from "../rows.ts";
import { type Committed, pageBytes } from "../store.ts";
import {
  type CommitBody,
  type CommitHead,
  eventId,
  headOf,
  type KeptSettings,
  type LogContent,
  readContent,
  unknownInMessage,
} from "./log-message.ts";
import { type ListedCommit, listed } from "./nats-history.ts";
import { lastPart, type Places } from "./places.ts";

export class NatsCommits {
  readonly #link: NatsLink;
  readonly #places: Places;
  readonly #blobs: Blobs;

  constructor(link: NatsLink, places: Places, blobs: Blobs) {
    this.#link = link;
    this.#places = places;
    this.#blobs = blobs;
  }

  /** One message that the subject takes only after the one that was read before: so there is no other commit between. */
  async commit(row: CommitRow): Promise<Committed> {
    const { plugin, expected, live, binary, event } = row;
    if (binary) checkBinary(plugin, live ?? undefined, binary);
    const subject = this.#places.commits(plugin);
    const before = await this.#newest(plugin);
    const actual = before ? listed(before).revision : 0;
    if (actual !== expected) throw staleRevision(plugin, expected, actual);

    const last = before?.seq ?? 0;
    const pin: BlobPin = { subject, last, at: Date.now() };
    const version = live === null ? undefined : await this.#versionOf(row, live, pin);
    const settings = row.secret ? await this.#keepSettings(row) : undefined;
    const revision = expected + 1;
    const { content, spill } = await this.#content(row, version, settings, pin);
    const head: CommitHead = {
      ...{ plugin, revision, digest: live, size: version?.whole ?? null, at: row.at },
      bytes: deploymentBytes({ settings: row.shown + (askedOf(row) ?? ""), details: row.details }),
      ...(spill !== undefined && { spill }),
      hotcell: row.hotcell,
    };
    const published = { data: JSON.stringify(content), head: headOf([event], head), expected: last };
    const seq = await this.#link.publish(subject, published);
    if (seq === undefined) {
      await this.#eraseSettings(settings);
      const now = await this.#newest(plugin);
      throw staleRevision(plugin, expected, now ? listed(now).revision : 0);
    }
    // What is left of it, where that fails, is swept later.
    if (before) await this.#eraseSettings(contentOf(before).settings).catch(() => {});
    return { revision, event: eventId(seq, 0) };
  }

  async list(): Promise<PluginRow[]> {
    const messages = await this.#link.scan(this.#places.log, this.#places.everyCommit, { lastOnly: true });
    const rows: PluginRow[] = [];
    for (const message of messages) rows.push(await this.#pluginRow(message));
    return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async plugin(name: string): Promise<PluginRow | undefined> {
    const message = await this.#newest(name);
    return message && (await this.#pluginRow(message));
  }

  /** Rows of these commits, as many as a page has room for. */
  async deployments(commits: readonly ListedCommit[]): Promise<DeploymentRow[]> {
    const page = pageOf(commits, pageBytes, ({ bytes }) => bytes);
    const rows = page.map(async ({ seq, plugin, revision, digest, size, at, spill, unknown }) => {
      const message = await this.#link.get(this.#places.log, seq);
      // Pruned by another host meanwhile.
      if (!message) return [];
      const { outcome, who, shown, details } = await this.#bodyOf(message, spill);
      return [{ ...{ plugin, revision, digest, size, outcome, who, at, details, unknown }, settings: shown }];
    });
    return (await Promise.all(rows)).flat();
  }

  /**
   * Removes settings that no record names: those of commits that came to nothing, or of earlier ones where a host died.
   * What was stored within `age` milliseconds may be on its way to a commit. None where a record may name some in a way that is not known here.
   */
  async sweep(age: number): Promise<void> {
    const stored = await this.#link.scan(this.#places.data, this.#places.everySettings, { headsOnly: true });
    if (stored.length === 0) return;
    const newest = await this.#link.scan(this.#places.log, this.#places.everyCommit, { lastOnly: true });
    if (newest.some((message) => unknownInMessage(message) !== undefined)) return;
    const named = new Set(newest.flatMap((message) => contentOf(message).settings ?? []));
    const revisions = new Map(newest.map((message) => [lastPart(message.subject), listed(message).revision]));
    for (const { seq, subject, head, time } of stored) {
      if (named.has(seq)) continue;
      const isPast = Number(head) <= (revisions.get(this.#places.pluginOfSettings(subject)) ?? 0);
      if (isPast || Date.now() - time > age) await this.#link.remove(this.#places.data, seq, true);
    }
  }

  #newest(plugin: string): Promise<NatsMessage | undefined> {
    return this.#link.last(this.#places.log, this.#places.commits(plugin));
  }

  /** Marker of a commit's version, which nobody collects until the commit has succeeded or failed. */
  async #versionOf({ plugin, binary }: CommitRow, live: string, pin: BlobPin): Promise<BlobMarker> {
    if (!binary) {
      const stored = await this.#blobs.pin(live, pin);
      if (!stored) throw versionNotStored(plugin, live);
      return stored;
    }
    for (const { digest, bytes } of binary.parts) await this.#blobs.putPart(digest, bytes, pin, live);
    const { about, parts } = binary;
    const facts = { about, parts: parts.map(({ digest }) => digest), whole: sizeOfBinary(binary) };
    return this.#blobs.put(live, binary.bytes, { kind: "version", ...facts }, pin);
  }

  async #keepSettings({ plugin, expected, settings }: CommitRow): Promise<KeptSettings> {
    const subject = this.#places.settings(plugin, randomUUID());
    const bytes = Buffer.from(settings);
    const size = this.#link.messageBytes;
    const kept: number[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const data = bytes.subarray(at, at + size);
      kept.push((await this.#link.publish(`${subject}.${kept.length}`, { data, head: `${expected + 1}` }))!);
    }
    return kept;
  }

  async #eraseSettings(settings: KeptSettings | undefined): Promise<void> {
    for (const seq of settings ?? []) await this.#link.remove(this.#places.data, seq, true);
  }

  async #content(
    row: CommitRow,
    version: BlobMarker | undefined,
    settings: KeptSettings | undefined,
    pin: BlobPin,
  ): Promise<{ readonly content: LogContent; readonly spill?: string }> {
    const { outcome, who, shown, details, checks, event } = row;
    const asked = askedOf(row);
    const told = { outcome, who, shown, ...(asked !== undefined && { asked }), details, checks };
    const commit: CommitBody = { ...told, about: version?.about ?? null };
    const content: LogContent = { events: [event], ...(settings && { settings }), commit };
    if (Buffer.byteLength(JSON.stringify(content)) <= this.#link.messageBytes) return { content };
    const bytes = Buffer.from(JSON.stringify(commit));
    const spill = digestOf(bytes);
    const facts = { kind: "other", about: "null", parts: [], whole: bytes.length } as const;
    await this.#blobs.put(spill, bytes, facts, pin);
    const { commit: _, ...rest } = content;
    return { content: rest, spill };
  }

  async #bodyOf(message: NatsMessage, spill: string | undefined): Promise<CommitBody> {
    const { commit } = contentOf(message);
    if (commit) return commit;
    const bytes = spill === undefined ? undefined : await this.#blobs.bytes(spill);
    return bytes && digestOf(bytes) === spill
      ? (JSON.parse(Buffer.from(bytes).toString()) as CommitBody)
      : lost;
  }

  async #pluginRow(message: NatsMessage): Promise<PluginRow> {
    const { plugin, revision, digest, size, at, spill, unknown, hotcell } = listed(message);
    const facts = { name: plugin, revision, live: digest, size, at, hotcell: hotcell ?? null };
    const body = await this.#bodyOf(message, spill).catch((error: unknown) => {
      // What is beside the log may be what is not known.
      if (error instanceof HotcellError && error.code === "store-too-new") return undefined;
      throw error;
    });
    const { shown, asked, about, checks } = body ?? lost;
    if (unknown !== undefined || !body)
      return {
        ...facts,
        about,
        settings: "",
        checks: "",
        unknown: unknown ?? "its content has a later form",
      };
    const kept = contentOf(message).settings;
    const settings = kept ? await this.#settings(kept) : (asked ?? shown);
    if (settings === undefined) {
      // Erased by whoever has committed since.
      const newest = await this.#newest(plugin);
      if (newest && newest.seq !== message.seq) return this.#pluginRow(newest);
    }
    return { ...facts, about, settings: settings ?? "", checks };
  }

  async #settings(kept: KeptSettings): Promise<string | undefined> {
    const messages = await Promise.all(kept.map((seq) => this.#link.get(this.#places.data, seq)));
    if (messages.includes(undefined)) return undefined;
    return Buffer.concat(messages.map((message) => message!.data)).toString();
  }
}

/** Body in place of one that can't be read: no JSON, so that records say that they are damaged. */
const lost: CommitBody = { outcome: "", who: null, shown: "", details: "", about: "", checks: "" };

/** Settings that were asked for, where they can lie in the log and something else is shown. */
function askedOf({ settings, shown, secret }: CommitRow): string | undefined {
  return secret || settings === shown ? undefined : settings;
}

function contentOf(message: NatsMessage): Partial<LogContent> {
  return readContent(message);
}
