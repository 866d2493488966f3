/** What may be done, and which scope of a token allows it. */

/**
 * `health`: the health checks. `call`: run a plugin's functions. `list`: which plugins there are. `read`: one plugin's
 * details, WIT, history. `download`: a version's binary. `events`: the log, which tells all that plugins write.
 * `deploy`: everything that changes a plugin. `tokens`: create, list and revoke them.
 */
export type Permission = "health" | "call" | "list" | "read" | "download" | "events" | "deploy" | "tokens";

/** From the least to the greatest. */
export const scopes = ["read", "call", "deploy", "admin"] as const;

export type Scope = (typeof scopes)[number];

const read: readonly Permission[] = ["list", "read", "download", "events"];

/**
 * `deploy` includes `read`: whoever changes a plugin safely has to see its revision, its history and what a change
 * breaks. It does not include `call`: a pipeline that ships code has no business with the data behind it.
 */
const allowed: Readonly<Record<Scope, readonly Permission[]>> = {
  read,
  call: ["call"],
  deploy: [...read, "deploy"],
  admin: [...read, "call", "deploy", "tokens"],
};

export function isScope(name: unknown): name is Scope {
  return scopes.some((scope) => scope === name);
}

export function allows(held: Iterable<Scope>, permission: Permission): boolean {
  for (const scope of held) if (allowed[scope].includes(permission)) return true;
  return false;
}

/** The least scope that allows it. */
export function scopeFor(permission: Permission): Scope {
  return scopes.find((scope) => allowed[scope].includes(permission)) ?? "admin";
}
