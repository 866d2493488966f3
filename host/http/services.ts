import type { Access } from "../access/access.ts";
import type { IssuedTokens } from "../access/issued-tokens.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Registry } from "../registry/api.ts";
import type { Ceilings } from "../registry/plugin-limits.ts";
import type { Store } from "../store/store.ts";
import type { BodyBudget } from "./body/body-budget.ts";
import type { Gate } from "./body/client-gate.ts";
import type { Inflater } from "./body/content-coding.ts";
import type { EventStreams } from "./routes/event-streams.ts";

/** Largest bodies, in bytes, and how many of them. */
export interface BodyLimits {
  /** An uploaded component. */
  readonly upload: number;
  /** JSON: arguments. */
  readonly json: number;
  /** JSON of those who change plugins: settings, tokens. A ceiling of arguments is no matter of theirs. */
  readonly settings: number;
  /** JSON that is arriving at one time, in all. */
  readonly jsonAtOnce: number;
  /** Uploads that are received and deployed at one time. */
  readonly uploadsAtOnce: number;
  /** Uploads that may wait for their turn. */
  readonly uploadsWaiting: number;
}

/** What routes work with. */
export interface Services {
  readonly registry: Registry;
  readonly store: Store;
  readonly access: Access;
  readonly tokens: IssuedTokens;
  readonly limits: BodyLimits;
  /** Of the JSON bodies that are arriving. */
  readonly bodies: BodyBudget;
  /** For bodies that come compressed. */
  readonly inflater: Inflater;
  readonly uploads: Gate;
  /** Of those that read versions' binaries. */
  readonly downloads: Gate;
  /** What large requests and answers take of JavaScript's heap. */
  readonly heap: HeapAccount;
  readonly streams: EventStreams;
  /** Aborted when the server is about to close: answers that would go on for ever end. */
  readonly closing: AbortSignal;
  /** False while the host starts or ends: `/readyz` says so. */
  ready(): boolean;
  /** Our own failures, with their cause; answers never carry it. */
  logFault(error: unknown): void;
}

const MiB = 1024 * 1024;

/** JSON: a string of 1 Mi UTF-16 units fits even if every one is escaped as six bytes. */
export const defaultLimits: BodyLimits = {
  upload: 64 * MiB,
  json: 8 * MiB,
  settings: 8 * MiB,
  jsonAtOnce: 128 * MiB,
  uploadsAtOnce: 4,
  uploadsWaiting: 16,
};

/** Those that let in what a host's plugins may have at most. */
export function limitsFor({ componentBytes, argumentBytes }: Ceilings): BodyLimits {
  const { upload, json } = defaultLimits;
  return { ...defaultLimits, upload: componentBytes ?? upload, json: argumentBytes ?? json };
}
