/** Rights and tokens in answers of the API. */
import type { Permission } from "../../access/scopes.ts";

/** Answer of `GET /rights`. */
export interface ShownRights {
  /** `admin`, a token's id, or `anonymous`. */
  readonly who: string;
  readonly scopes: readonly string[];
  /** Names and patterns; null: all. */
  readonly plugins: readonly string[] | null;
  readonly expiresAt: string | null;
  /** Permissions that need no token here. */
  readonly open: readonly Permission[];
  /** Permissions that it has, those too. */
  readonly may: readonly Permission[];
  /** Scopes that it lacks, by permission. */
  readonly lacks: Readonly<Partial<Record<Permission, readonly string[]>>>;
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
