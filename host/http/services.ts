import type { Access } from "../access/access.ts";
import type { IssuedTokens } from "../access/issued-tokens.ts";
import type { Registry } from "../registry/api.ts";
import type { Store } from "../store/store.ts";

/** Largest bodies, in bytes. */
export interface BodyLimits {
  /** An uploaded component. */
  readonly upload: number;
  /** JSON: arguments, settings. */
  readonly json: number;
}

/** What routes work with. */
export interface Services {
  readonly registry: Registry;
  readonly store: Store;
  readonly access: Access;
  readonly tokens: IssuedTokens;
  readonly limits: BodyLimits;
  /** Aborted when the server is about to close: answers that would go on for ever end. */
  readonly closing: AbortSignal;
  /** False while the host starts or ends: `/readyz` says so. */
  ready(): boolean;
  /** Our own failures, with their cause; answers never carry it. */
  logFault(error: unknown): void;
}

const MiB = 1024 * 1024;

/** JSON: a string of 1 Mi UTF-16 units fits even if every one is escaped as six bytes. */
export const defaultLimits: BodyLimits = { upload: 32 * MiB, json: 8 * MiB };
