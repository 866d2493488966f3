/** Rights and tokens in answers of the API. */

/** Permissions of the API. */
export type ShownPermission =
  | "health"
  | "call"
  | "ask"
  | "describe"
  | "list"
  | "read"
  | "download"
  | "events"
  | "metrics"
  | "series"
  | "nodes"
  | "deploy"
  | "settings"
  | "remove"
  | "data"
  | "contracts"
  | "tokens";

/** Answer of `GET /rights`. */
export interface ShownRights {
  /** `admin`, a token's id, or `anonymous`. */
  readonly who: string;
  readonly scopes: readonly string[];
  /** Names and patterns; null: all. */
  readonly plugins: readonly string[] | null;
  readonly expiresAt: string | null;
  /** Permissions that need no token here. */
  readonly open: readonly ShownPermission[];
  /** Permissions that it has, those too. */
  readonly may: readonly ShownPermission[];
  /** Scopes that it lacks, by permission. */
  readonly lacks: Readonly<Partial<Record<ShownPermission, readonly string[]>>>;
}

/** Answer of `GET /tokens`. */
export interface TokensAnswer {
  readonly tokens: readonly ListedToken[];
}

export interface ListedToken {
  readonly id: string;
  readonly name: string | null;
  readonly scopes: readonly string[];
  readonly plugins: readonly string[] | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** Answer to who made a token: the only one that ever has it. */
export interface MadeToken {
  readonly id: string;
  readonly token: string;
}
