import { admin, nobody } from "./identity.ts";
import type { TokenHolder } from "./issued-tokens.ts";
import { missingScopes, type Permission, permissions, type Scope } from "./scopes.ts";

/** Rights of whoever asks, as they are told themselves. */
export interface OwnRights {
  /** `admin`, a token's id, or `anonymous`. */
  readonly who: string;
  readonly scopes: readonly Scope[];
  /** Names and patterns; null: all. */
  readonly plugins: readonly string[] | null;
  /** Null: never. */
  readonly expiresAt: string | null;
  /** Permissions that need no token. */
  readonly open: readonly Permission[];
  /** Permissions that it has, open ones too; about plugins, for those it is good for. */
  readonly may: readonly Permission[];
  /** Scopes that are missing, by permission. What is in neither is about no plugin, and no token that is limited to some may do it. */
  readonly lacks: Readonly<Partial<Record<Permission, readonly Scope[]>>>;
}

/** `open`: permissions that nobody needs a token for; `holder` undefined: no token came. */
export function rightsOf(
  holder: TokenHolder | "admin" | undefined,
  open: ReadonlySet<Permission>,
): OwnRights {
  const isAdmin = holder === "admin";
  const token = isAdmin ? undefined : holder;
  const scopes: readonly Scope[] = isAdmin ? ["admin"] : (token?.scopes ?? []);
  const all = Object.keys(permissions) as Permission[];
  const missing = (permission: Permission) => (open.has(permission) ? [] : missingScopes(scopes, permission));
  const isBeyond = (permission: Permission) =>
    token?.plugins !== undefined && permissions[permission].reach === "host" && !open.has(permission);
  const lacks = all.flatMap((permission) => {
    const scopes = missing(permission);
    return scopes.length > 0 ? [[permission, scopes]] : [];
  });
  return {
    who: isAdmin ? admin.who : (token?.id ?? nobody.who),
    scopes,
    plugins: token?.plugins?.texts ?? null,
    expiresAt: token?.expiresAt === undefined ? null : new Date(token.expiresAt).toISOString(),
    open: all.filter((permission) => open.has(permission)),
    may: all.filter((permission) => missing(permission).length === 0 && !isBeyond(permission)),
    lacks: Object.fromEntries(lacks),
  };
}
