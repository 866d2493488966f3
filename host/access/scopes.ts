/** What may be done, and which scopes of a token allow it. */

/**
 * `health`: the health checks. `call`: run a plugin's functions. `list`: which plugins there are. `read`: one plugin's
 * details, WIT, history. `download`: a version's binary. `events`: the log, which tells all that plugins write.
 * `deploy`: upload and rollback. `settings`: to ask for other settings; which ones may change is decided when it is
 * known which do. `remove`: a plugin with its settings. `tokens`: create, list and revoke them.
 */
export type Permission =
  | "health"
  | "call"
  | "list"
  | "read"
  | "download"
  | "events"
  | "deploy"
  | "settings"
  | "remove"
  | "tokens";

/** From the least to the greatest. */
export const scopes = ["read", "call", "deploy", "configure", "grant", "admin"] as const;

export type Scope = (typeof scopes)[number];

/**
 * Whoever changes a plugin safely has to see its revision, its history and what a change breaks. Not `call`: a pipeline
 * that ships code has no business with the data behind it.
 */
const reading: readonly (readonly Scope[])[] = [["read"], ["deploy"], ["configure"], ["grant"]];

/**
 * Sets of scopes, each of which is enough. `admin` is enough for everything. To remove a plugin takes its settings away
 * too, and whoever uploads it again begins with the defaults: so `deploy` alone is not enough.
 */
const enough: Readonly<Record<Permission, readonly (readonly Scope[])[]>> = {
  health: [[]],
  call: [["call"]],
  list: reading,
  read: reading,
  download: reading,
  events: reading,
  deploy: [["deploy"]],
  settings: [["configure"], ["grant"], ["deploy"]],
  remove: [["deploy", "configure"]],
  tokens: [["admin"]],
};

export function isScope(name: unknown): name is Scope {
  return scopes.some((scope) => scope === name);
}

/** The scopes that would have to be added, at least; none where it is allowed. */
export function missingScopes(held: readonly Scope[], permission: Permission): readonly Scope[] {
  if (held.includes("admin")) return [];
  const missing = enough[permission].map((set) => set.filter((scope) => !held.includes(scope)));
  return missing.find((set) => set.length === 0) ?? missing[0] ?? [];
}
