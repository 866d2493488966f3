import type { KeyValueStore } from "../backends/key-value/key-value-store.ts";
import { storeBounds } from "../bounds/store-bounds.ts";
import type { NewerThing } from "../skew/newer-things.ts";
import type { SharedCalls } from "./shared-calls.ts";
import type { SharedStates } from "./shared-states.ts";

/**
 * Memory of a host: plugins, their versions and deployments, the event log, tokens, contracts. A store keeps and guards; what
 * may go live, who may do what and how much is kept are decided elsewhere.
 *
 * Made so that several hosts can share one store and converge: a plugin changes only by `commit`, which compares and
 * sets its revision; whatever changes is told by an event; `watch` hears the events of every host.
 *
 * Every method throws HotcellError: `closed` after `close`; `store-unavailable`, `store-full` and `store-corrupt` when
 * the backend fails, and then nothing of the operation has happened; only where the backend itself died under way is
 * that not known (the message says so), and the plugin's revision tells. `unknown` stands for any JSON value, and
 * `undefined` in its place is kept as `null`.
 *
 * A record that can't be read, because somebody or something damaged it, fails nobody: it is given with what is left of
 * it, and says so (`damaged`).
 */
export interface Store extends AsyncDisposable {
  /** Every plugin ever committed, removed ones too, by name. Reads no binary. */
  list(): Promise<PluginRecord[]>;
  /** Undefined if nothing was ever committed under the name. */
  plugin(name: string): Promise<PluginRecord | undefined>;
  /**
   * One change of one plugin: binary, record, deployment and event, all or nothing. When it resolves, the change
   * survives the death of the process and of the machine. Throws `stale-revision` unless the plugin is at `expected`,
   * and `version-not-found` if `live` is neither stored nor given.
   */
  commit(change: Commit): Promise<Committed>;
  /** Newest first, from below revision `before`; fewer than `limit` where they are large (`pageBytes`), but one at least. */
  deployments(plugin: string, page?: { before?: number; limit?: number }): Promise<DeploymentRecord[]>;
  /** Every kept deployment of a plugin, newest first, without what may be large. */
  uses(plugin: string): Promise<VersionUse[]>;
  /** Bytes of a version, or of a part of one, the caller's to keep. Throws `store-corrupt` if they don't have the digest any more. */
  binary(digest: string): Promise<Uint8Array | undefined>;

  /** Throws `store-corrupt` unless the version's bytes and its parts are stored and have their digests. */
  verify(digest: string): Promise<void>;

  /** Forgets old deployments of a plugin, never the newest. Resolves to how many. Binaries stay until `collect`. */
  prune(plugin: string, keep: Retention): Promise<number>;
  /** Removes the binaries that no plugin and no kept deployment refers to, and the parts of no other version. */
  collect(): Promise<Collected>;

  /**
   * Adds events, all or none; resolves to their ids. They survive the death of the process; those of the last moments
   * before a power cut may be lost.
   */
  append(events: readonly NewEvent[]): Promise<number[]>;
  /** Rising by id, at most `limit`; fewer where they are larger than `bytes` together, but one at least. */
  events(page?: EventPage): Promise<StoredEvent[]>;
  /** The lowest id that is kept and the highest ever given: `first` is `last + 1` when none is kept. */
  eventRange(): Promise<{ first: number; last: number }>;
  /** Forgets all but the newest `keep` events, and of those all but the newest `bytes`. Resolves to how many. */
  trimEvents(keep: number, bytes?: number): Promise<number>;
  /**
   * Tells the listener every event from now on, of every host, once each and in order of id, after it is stored; an own
   * one before or after its operation resolves. A store whose ids have gaps tells the id of the event `before` it too: where that is
   * not the one that was told last, some were forgotten meanwhile. The listener must not throw. Returns what ends it.
   */
  watch(listener: StoreListener): () => void;

  /** Revoked ones too, oldest first. */
  tokens(): Promise<TokenRecord[]>;
  /** Throws `bad-request` if the id or the hash is taken. */
  addToken(token: AddedToken, event: NewEvent): Promise<void>;
  /** Revokes at the event's time; false if there is no such token or it is revoked already, and then adds no event. */
  revokeToken(id: string, event: NewEvent): Promise<boolean>;

  /**
   * Versions of contracts by name and number: all that are kept, and of each name the highest that was removed, without
   * bytes. Where more names lost theirs than are remembered, one without a name stands for the oldest of them.
   */
  contracts(): Promise<ContractRecord[]>;
  /** Adds a version, or puts other patterns in the place of those that it has. Throws `stale-revision` if it has other bytes. */
  putContract(contract: ContractRecord, event: NewEvent): Promise<void>;
  /** Removes one version, or all of that name, but for the highest number; false if there is none, and then adds no event. */
  removeContract(name: string, version: number | undefined, event: NewEvent): Promise<boolean>;

  /** Writes a consistent copy to a file while the store is in use; an existing file is replaced at the end, whole. */
  backup(file: string): Promise<void>;
  /** Ends what was begun, then releases everything. */
  close(): Promise<void>;
}

/** Store of several machines, which has their values by key too. */
export interface SharedStore extends Store {
  /** Values by key of all hosts that have this store, at most `maxBytes`: a connection to them for one host, closed with the store at the latest. */
  keyValue(maxBytes?: number): KeyValueStore;
  /** Registers of these hosts, for what they tell each other. */
  readonly registers: SharedRegisters;
  /** Things that a newer Hotcell has stored there, and this one leaves as they are. */
  readonly newer?: readonly NewerThing[];
  /** States of plugins of which one of these hosts has the one cell. */
  readonly states: SharedStates;
  /** Calls with keys that these hosts make once together. */
  readonly calls: SharedCalls;
}

/** Texts by kind and name, changed by compare-and-set. `kind` is a short word. All throw what a store throws. */
export interface SharedRegisters {
  /** Register of a kind, as it was changed last; undefined where it never was. */
  get(kind: string, name: string): Promise<SharedRegister | undefined>;
  /** Number of the change; undefined where the register's last is not `expected` (0: there is none). */
  put(kind: string, name: string, text: string, expected?: number): Promise<number | undefined>;
  /** Registers of a kind, all that there are. */
  all(kind: string): Promise<SharedRegister[]>;
  /** Tells every change of a kind from about now on, in order; resolves when the signal has ended it. */
  follow(kind: string, take: (register: SharedRegister) => void, signal: AbortSignal): Promise<void>;
}

/** Text of a register, with the number of its last change, which rises over all registers. */
export interface SharedRegister {
  readonly seq: number;
  readonly text: string;
}

/** Plugin as it is kept. */
export interface PluginRecord {
  readonly name: string;
  /** The last one given. A removal takes one too, so no revision ever means two things. */
  readonly revision: number;
  /** Undefined: removed. */
  readonly live: LiveRecord | undefined;
  /** Its secrets sealed. */
  readonly settings: unknown;
  readonly checks: unknown;
  /** Time at which this revision was committed. */
  readonly at: string;
  /** Version of the Hotcell that has committed it; absent where it is not known. */
  readonly hotcell?: string;
  /** Sentence on what of it can't be read; that is undefined then. */
  readonly damaged?: string;
  /** Sentence on what of it this Hotcell does not know, since a newer one has stored it; settings and checks are undefined then. */
  readonly newer?: string;
}

/** Version that a plugin's record names as live. */
export interface LiveRecord {
  readonly digest: string;
  /** Bytes: of its binary, or of its parts where it has some. */
  readonly size: number;
  /** Notes of the committer about the binary, so that listings need not read it. */
  readonly about: unknown;
}

/** State that a plugin is brought to. The whole of it: what is left out is not taken from before. */
export interface Commit {
  readonly plugin: string;
  /** The revision that the plugin is at; 0 if nothing was ever committed. The new one is one more. */
  readonly expected: number;
  /** The digest of the version that is live from now on; undefined removes the plugin. */
  readonly live: string | undefined;
  /** Needed unless the version is stored; given all the same, it replaces the stored bytes (and mends damaged ones). */
  readonly binary?: VersionBinary | undefined;
  /** Sealed. The plugin's record alone keeps the secrets, as long as these are its settings; the history never has them. */
  readonly settings?: unknown;
  /** Settings as the history shows them; the same by default. */
  readonly held?: unknown;
  readonly checks?: unknown;
  readonly at: string;
  readonly who?: string | undefined;
  /** A word for the history: created, swapped, rolled back, … */
  readonly outcome: string;
  /** Details for the history: the plan, the timings. */
  readonly details?: unknown;
  /** Its plugin, revision, time and author are the commit's. */
  readonly event: { readonly kind: string; readonly data?: unknown };
}

/** Bytes of a version, with all that it is made of besides. */
export interface VersionBinary {
  readonly bytes: Uint8Array;
  readonly about?: unknown;
  /**
   * Contents that `bytes` name by their digests, all of them: they are kept as long as the version is, each once for all
   * versions of all plugins, and `binary` gives them. None where it is absent.
   */
  readonly parts?: readonly VersionPart[];
}

/** Content that a version is made of. */
export interface VersionPart {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** Commit as it happened: its revision and its event. */
export interface Committed {
  readonly revision: number;
  readonly event: number;
}

/** Revision of a plugin, as it is kept. */
export interface DeploymentRecord {
  readonly plugin: string;
  readonly revision: number;
  /** Undefined: this revision removed the plugin. */
  readonly version: { readonly digest: string; readonly size: number } | undefined;
  readonly outcome: string;
  readonly who: string | undefined;
  readonly at: string;
  /** Each secret as `{ "secret": true }`. */
  readonly settings: unknown;
  readonly details: unknown;
  /** Sentence on what of it can't be read; that is undefined then. */
  readonly damaged?: string;
}

/** Version that one deployment made live. */
export interface VersionUse {
  readonly revision: number;
  /** Undefined: this revision removed the plugin. */
  readonly version: { readonly digest: string; readonly size: number } | undefined;
  readonly at: string;
}

/** Amount of history that is kept of a plugin. */
export interface Retention {
  /** Number of versions, those most recently made live. */
  readonly versions: number;
  /** Number of deployments; the last one of each kept version stays in any case. */
  readonly deployments: number;
  /** Size that they may have together, settings and details; any where it is absent. */
  readonly bytes?: number;
}

/** Binaries that a collection has removed. */
export interface Collected {
  /** Number of binaries and parts. */
  readonly versions: number;
  readonly bytes: number;
}

/** Event to be kept. */
export interface NewEvent {
  readonly at: string;
  readonly kind: string;
  readonly who?: string | undefined;
  readonly plugin?: string | undefined;
  readonly data?: unknown;
}

/** Listener to the events of a store: see `Store.watch`. */
export type StoreListener = (event: StoredEvent, before?: number) => void;

/** Event as it is kept. */
export interface StoredEvent {
  /** Rising over all hosts, not gapless. */
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly who: string | undefined;
  readonly plugin: string | undefined;
  /** Given if the event tells of a commit. */
  readonly revision: number | undefined;
  readonly data: unknown;
  /** That its data can't be read, a sentence; they are undefined then. */
  readonly damaged?: string;
}

/** Part of the event log that is asked for. */
export interface EventPage {
  /** Only events with a higher id. */
  readonly after?: number;
  readonly limit?: number;
  /** `pageBytes` where it is absent. */
  readonly bytes?: number;
  /** Only those of one plugin. */
  readonly plugin?: string | undefined;
}

/** Token as it is first kept. */
export interface AddedToken {
  readonly id: string;
  /** Hash of the token; the token itself is never stored. */
  readonly hash: string;
  readonly name?: string | undefined;
  readonly scopes: readonly string[];
  /** The plugins it is good for; undefined: all. */
  readonly plugins?: readonly string[] | undefined;
  readonly createdAt: string;
  /** Undefined: never. */
  readonly expiresAt?: string | undefined;
}

export interface TokenRecord extends AddedToken {
  readonly name: string | undefined;
  readonly plugins: readonly string[] | undefined;
  readonly expiresAt: string | undefined;
  readonly revokedAt: string | undefined;
  /** Sentence on what of it can't be read, or is not known since a newer Hotcell has stored it; it is good for nothing then. */
  readonly damaged?: string;
}

/** Version of a contract: a world that plugins are held to. */
export interface ContractRecord {
  readonly name: string;
  /** Rising from 1 for each name. */
  readonly version: number;
  /** World as a component that exports its type, in the form that compilers embed; empty for one that was removed. */
  readonly bytes: Uint8Array;
  /** Names of plugins, and patterns of names, that are held to the newest version whatever their settings say. */
  readonly plugins: readonly string[];
  readonly at: string;
  readonly who?: string | undefined;
  /** Sentence on what of it this Hotcell does not know, since a newer one has stored it; nothing may be taken to satisfy it then. */
  readonly newer?: string;
}

/** Number of records that a read without a `limit` gives. */
export const pageLimit = storeBounds.page.value;

/** Bytes of JSON that a page of records is: what is read for somebody must not grow with what others had stored. */
export const pageBytes = storeBounds.pageBytes.value;

/** Bytes of JSON that an event tells at most; of what tells more, only that it does is kept. */
export const maxEventBytes = storeBounds.event.value;

/** Kind of an event in place of one that this Hotcell can't read: of what it may be about whoever keeps something reads it again. */
export const unreadKind = "unread";
