/** Records as a store keeps them, JSON as text, and as it gives them. */
import { redact, sealSettings, unseal } from "../capabilities/secret.ts";
import { ownVersion } from "../platform/own-version.ts";
import { ofNewerHotcell, unknownIn } from "../skew/known-form.ts";
import {
  type Commit,
  type ContractRecord,
  type DeploymentRecord,
  maxEventBytes,
  type NewEvent,
  type PluginRecord,
  type Store,
  type StoredEvent,
  type TokenRecord,
  type VersionBinary,
  type VersionUse,
} from "./store.ts";

/** Row of which a store may know that a newer Hotcell has written it, in a way that this one does not know. */
interface SkewedRow {
  /** Clause on what is not known; absent, or undefined: all is. */
  readonly unknown?: string | undefined;
}

export interface PluginRow extends SkewedRow {
  readonly name: string;
  readonly revision: number;
  readonly live: string | null;
  readonly size: number | null;
  readonly about: string | null;
  readonly settings: string;
  readonly checks: string;
  readonly at: string;
  /** Version of the Hotcell that has committed it; null where that said nothing of it. */
  readonly hotcell: string | null;
}

export interface DeploymentRow extends SkewedRow {
  readonly plugin: string;
  readonly revision: number;
  readonly digest: string | null;
  readonly size: number | null;
  readonly outcome: string;
  readonly who: string | null;
  readonly at: string;
  readonly settings: string;
  readonly details: string;
}

export interface VersionUseRow {
  readonly revision: number;
  readonly digest: string | null;
  readonly size: number | null;
  readonly at: string;
}

export interface NewEventRow {
  readonly at: string;
  readonly kind: string;
  readonly who: string | null;
  readonly plugin: string | null;
  readonly revision: number | null;
  readonly data: string;
}

export interface EventRow extends NewEventRow {
  readonly id: number;
}

export interface TokenRow extends SkewedRow {
  readonly id: string;
  readonly hash: string;
  readonly name: string | null;
  readonly scopes: string;
  readonly plugins: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export interface ContractRow extends SkewedRow {
  readonly name: string;
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly plugins: string;
  readonly at: string;
  readonly who: string | null;
}

export interface PartRow {
  readonly digest: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface BinaryRow {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly about: string;
  /** Each once. */
  readonly parts: readonly PartRow[];
}

/** A commit with its JSON as text. */
export interface CommitRow {
  readonly plugin: string;
  readonly expected: number;
  readonly live: string | null;
  readonly binary: BinaryRow | null;
  /** Settings that a restart needs, secrets too. */
  readonly settings: string;
  /** True where they have some. */
  readonly secret: boolean;
  /** Settings that hold by them, as the history keeps them. */
  readonly shown: string;
  readonly checks: string;
  readonly at: string;
  readonly who: string | null;
  readonly outcome: string;
  readonly details: string;
  readonly event: NewEventRow;
  /** Version of this Hotcell. */
  readonly hotcell: string;
}

const hotcell = ownVersion() ?? "unknown";

/** Copies the bytes: whole buffers travel between threads, and an upload may be a view of a larger one. */
export function toCommitRow(change: Commit): CommitRow {
  const { plugin, expected, live, binary, at, who, outcome } = change;
  const settings = toText(unseal(change.settings));
  return {
    plugin,
    expected,
    live: live ?? null,
    binary: binary ? toBinaryRow(binary) : null,
    settings,
    secret: settings !== toText(redact(change.settings)),
    shown: toText(redact(change.held ?? change.settings)),
    checks: toText(change.checks),
    at,
    who: who ?? null,
    outcome,
    details: toText(change.details),
    event: toEventRow({ ...change.event, at, who, plugin }, expected + 1),
    hotcell,
  };
}

function toBinaryRow({ bytes, about, parts = [] }: VersionBinary): BinaryRow {
  const each = new Map(parts.map((part) => [part.digest, part]));
  return {
    bytes: new Uint8Array(bytes),
    about: toText(about),
    parts: [...each.values()].map((part) => ({ digest: part.digest, bytes: new Uint8Array(part.bytes) })),
  };
}

/** Buffers of a commit, which are handed over to another thread and not copied. */
export function buffersOf({ binary }: CommitRow): ArrayBuffer[] {
  return binary ? [binary.bytes.buffer, ...binary.parts.map(({ bytes }) => bytes.buffer)] : [];
}

/** Bytes of a version that a commit brings: of its parts, where it has some. */
export function sizeOfBinary({ bytes, parts }: BinaryRow): number {
  return parts.length === 0 ? bytes.length : parts.reduce((sum, part) => sum + part.bytes.length, 0);
}

/** Bytes that an event takes in a page, and in what is kept of the log: its JSON, and about as much as the rest. */
export function eventBytes({ data }: NewEventRow): number {
  return Buffer.byteLength(data) + eventOverhead;
}

/** Bytes. */
export const eventOverhead = 200;

/** Bytes that a deployment takes in a page, and in what is kept of the history. */
export function deploymentBytes({ settings, details }: Pick<DeploymentRow, "settings" | "details">): number {
  return Buffer.byteLength(settings) + Buffer.byteLength(details);
}

/** The beginning of a list: what is larger than `bytes` together is left off, but for its first. */
export function pageOf<T>(rows: Iterable<T>, bytes: number, sizeOf: (row: T) => number): T[] {
  const page: T[] = [];
  let size = 0;
  for (const row of rows) {
    size += sizeOf(row);
    if (page.length > 0 && size > bytes) break;
    page.push(row);
  }
  return page;
}

function boundedText(data: unknown): string {
  const text = toText(data);
  const bytes = Buffer.byteLength(text);
  return bytes > maxEventBytes ? toText({ omitted: bytes }) : text;
}

export function toEventRow(event: NewEvent, revision?: number): NewEventRow {
  const { at, kind, who, plugin, data } = event;
  return {
    at,
    kind,
    who: who ?? null,
    plugin: plugin ?? null,
    revision: revision ?? null,
    data: boundedText(data),
  };
}

export function fromPluginRow(row: PluginRow): PluginRecord {
  const { name, revision, live, size, about, at, unknown } = row;
  const read = new Reading(`plugin ${name}`);
  const by = row.hotcell === null ? {} : { hotcell: row.hotcell };
  const version =
    live === null
      ? undefined
      : { digest: live, size: size ?? 0, about: about === null ? undefined : read.json("about", about) };
  if (unknown !== undefined) {
    const newer = ofNewerHotcell(`revision ${revision} of ${name}`, unknown).message;
    return { name, revision, live: version, settings: undefined, checks: undefined, at, ...by, newer };
  }
  if (live !== null && size === null) read.failed("binary", `there is none of ${live}`);
  const settings = sealSettings(read.json("settings", row.settings));
  const checks = read.json("checks", row.checks);
  return { name, revision, live: version, settings, checks, at, ...by, ...read.damage };
}

export function fromDeploymentRow(row: DeploymentRow): DeploymentRecord {
  const { plugin, revision, digest, size, outcome, who, at, unknown } = row;
  const read = new Reading(`deployment ${revision} of ${plugin}`);
  if (unknown !== undefined) read.newer(unknown);
  return {
    plugin,
    revision,
    version: digest === null ? undefined : { digest, size: size ?? 0 },
    outcome,
    who: who ?? undefined,
    at,
    settings: redact(sealSettings(read.json("settings", row.settings))),
    details: read.json("details", row.details),
    ...read.damage,
  };
}

export function fromVersionUseRow({ revision, digest, size, at }: VersionUseRow): VersionUse {
  return { revision, version: digest === null ? undefined : { digest, size: size ?? 0 }, at };
}

export function fromEventRow(row: EventRow): StoredEvent {
  const { id, at, kind, who, plugin, revision } = row;
  const read = new Reading(`event ${id}`);
  return {
    id,
    at,
    kind,
    who: who ?? undefined,
    plugin: plugin ?? undefined,
    revision: revision ?? undefined,
    data: read.json("data", row.data),
    ...read.damage,
  };
}

export function toTokenRow(token: Parameters<Store["addToken"]>[0]): TokenRow {
  const { id, hash, name, scopes, plugins, createdAt, expiresAt } = token;
  return {
    id,
    hash,
    name: name ?? null,
    scopes: toText(scopes),
    plugins: plugins ? toText(plugins) : null,
    createdAt,
    expiresAt: expiresAt ?? null,
    revokedAt: null,
  };
}

/** Form of tokens: what is not known of one may be what it is not good for. */
const tokenForm = {
  form: 1,
  members: ["id", "hash", "name", "scopes", "plugins", "createdAt", "expiresAt", "revokedAt", "unknown"],
};

/** A token of a row. What can't be read, or is not known, must not give it more than it was made with, so it gives it nothing. */
export function fromTokenRow(row: TokenRow): TokenRecord {
  const { id, hash, name, createdAt, expiresAt, revokedAt } = row;
  const read = new Reading(`token ${id}`);
  const scopes = read.names("scopes", row.scopes);
  const plugins = row.plugins === null ? undefined : read.names("plugins", row.plugins);
  const unknown = row.unknown ?? unknownIn(row, tokenForm);
  if (unknown !== undefined) read.newer(unknown);
  const usable = read.damage.damaged === undefined;
  return {
    id,
    hash,
    name: name ?? undefined,
    scopes: usable ? scopes : [],
    plugins: usable ? plugins : [],
    createdAt,
    expiresAt: expiresAt ?? undefined,
    revokedAt: revokedAt ?? undefined,
    ...read.damage,
  };
}

export function toContractRow({ name, version, bytes, plugins, at, who }: ContractRecord): ContractRow {
  return { name, version, bytes: new Uint8Array(bytes), plugins: toText(plugins), at, who: who ?? null };
}

/** Form of contracts: what is not known of one may be how plugins are held to it. */
const contractForm = { form: 1, members: ["name", "version", "bytes", "plugins", "at", "who", "unknown"] };

/** A contract of a row. Patterns that can't be read hold nobody to it. */
export function fromContractRow(row: ContractRow): ContractRecord {
  const { name, version, bytes, plugins, at, who } = row;
  const read = new Reading(`contract ${name}`);
  const unknown = row.unknown ?? unknownIn(row, contractForm);
  const newer = unknown === undefined ? {} : { newer: ofNewerHotcell(`${name}@${version}`, unknown).message };
  return {
    name,
    version,
    bytes,
    plugins: read.names("plugins", plugins),
    at,
    who: who ?? undefined,
    ...newer,
  };
}

/** Highest version that a removed contract had: its number is not given again. */
export function removedRow(name: string, version: number, at: string): ContractRow {
  return { name, version, at, bytes: new Uint8Array(), plugins: toText([]), who: null };
}

/** Reading of a row: what can be read of it, and a sentence on what can't. */
class Reading {
  readonly #what: string;
  #sentence: string | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  get damage(): { readonly damaged?: string } {
    return this.#sentence === undefined ? {} : { damaged: this.#sentence };
  }

  /** Undefined for what is no JSON. */
  json(member: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // Not what the parser says: it quotes the text, which may hold secrets.
      this.failed(member, "it is no JSON");
      return undefined;
    }
  }

  /** Empty for what is no list of texts. */
  names(member: string, text: string): string[] {
    const value = this.json(member, text);
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
    this.failed(member, "it is no list of texts");
    return [];
  }

  newer(unknown: string): void {
    this.#sentence ??= ofNewerHotcell(`the ${this.#what}`, unknown).message;
  }

  /** The first thing that failed is the one that is told. */
  failed(member: string, why: string): void {
    this.#sentence ??= `The store's record of ${this.#what} is damaged (${member}: ${why}).`;
  }
}

function toText(json: unknown): string {
  return JSON.stringify(json) ?? "null";
}
