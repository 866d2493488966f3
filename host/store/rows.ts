/** Records as a store keeps them, JSON as text, and as it gives them. */
import { redact, sealSettings, unseal } from "../capabilities/secret.ts";
import { HotcellError } from "../errors.ts";
import type {
  Commit,
  DeploymentRecord,
  NewEvent,
  PluginRecord,
  Store,
  StoredEvent,
  TokenRecord,
} from "./store.ts";

export interface PluginRow {
  readonly name: string;
  readonly revision: number;
  readonly live: string | null;
  readonly size: number | null;
  readonly about: string | null;
  readonly settings: string;
  readonly checks: string;
  readonly at: string;
}

export interface DeploymentRow {
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

export interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly name: string | null;
  readonly scopes: string;
  readonly plugins: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** A commit with its JSON as text. */
export interface CommitRow {
  readonly plugin: string;
  readonly expected: number;
  readonly live: string | null;
  readonly binary: { readonly bytes: Uint8Array<ArrayBuffer>; readonly about: string } | null;
  /** What a restart needs, secrets too. */
  readonly settings: string;
  /** The same as the history keeps them. */
  readonly shown: string;
  readonly checks: string;
  readonly at: string;
  readonly who: string | null;
  readonly outcome: string;
  readonly details: string;
  readonly event: NewEventRow;
}

/** Copies the bytes: whole buffers travel between threads, and an upload may be a view of a larger one. */
export function toCommitRow(change: Commit): CommitRow {
  const { plugin, expected, live, binary, at, who, outcome } = change;
  return {
    plugin,
    expected,
    live: live ?? null,
    binary: binary ? { bytes: new Uint8Array(binary.bytes), about: toText(binary.about) } : null,
    settings: toText(unseal(change.settings)),
    shown: toText(redact(change.settings)),
    checks: toText(change.checks),
    at,
    who: who ?? null,
    outcome,
    details: toText(change.details),
    event: toEventRow({ ...change.event, at, who, plugin }, expected + 1),
  };
}

export function toEventRow(event: NewEvent, revision?: number): NewEventRow {
  const { at, kind, who, plugin, data } = event;
  return {
    at,
    kind,
    who: who ?? null,
    plugin: plugin ?? null,
    revision: revision ?? null,
    data: toText(data),
  };
}

export function fromPluginRow(row: PluginRow): PluginRecord {
  const { name, revision, live, size, about, at } = row;
  const where = `plugin ${name}`;
  return {
    name,
    revision,
    live:
      live === null ? undefined : { digest: live, size: size ?? 0, about: fromText(about ?? "null", where) },
    settings: sealSettings(fromText(row.settings, where)),
    checks: fromText(row.checks, where),
    at,
  };
}

export function fromDeploymentRow(row: DeploymentRow): DeploymentRecord {
  const { plugin, revision, digest, size, outcome, who, at } = row;
  const where = `deployment ${revision} of ${plugin}`;
  return {
    plugin,
    revision,
    version: digest === null ? undefined : { digest, size: size ?? 0 },
    outcome,
    who: who ?? undefined,
    at,
    settings: redact(sealSettings(fromText(row.settings, where))),
    details: fromText(row.details, where),
  };
}

export function fromEventRow(row: EventRow): StoredEvent {
  const { id, at, kind, who, plugin, revision, data } = row;
  return {
    id,
    at,
    kind,
    who: who ?? undefined,
    plugin: plugin ?? undefined,
    revision: revision ?? undefined,
    data: fromText(data, `event ${id}`),
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

export function fromTokenRow(row: TokenRow): TokenRecord {
  const { id, hash, name, scopes, plugins, createdAt, expiresAt, revokedAt } = row;
  const where = `token ${id}`;
  return {
    id,
    hash,
    name: name ?? undefined,
    scopes: fromText(scopes, where) as string[],
    plugins: plugins === null ? undefined : (fromText(plugins, where) as string[]),
    createdAt,
    expiresAt: expiresAt ?? undefined,
    revokedAt: revokedAt ?? undefined,
  };
}

export function toText(json: unknown): string {
  return JSON.stringify(json) ?? "null";
}

function fromText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HotcellError("store-corrupt", `The store's record of ${where} is damaged.`, {
      subject: where,
      remedy: "Put a backup in place of the store.",
      cause,
    });
  }
}
