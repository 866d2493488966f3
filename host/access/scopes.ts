/** Permissions, and which scopes of a token give them. */

/**
 * `health`: the health checks. `call`: run a plugin's functions. `ask`: those of a contract's plugins, each of which `call` is needed for. `describe`: what its functions take and give. `list`: which plugins there are. `read`: one plugin's
 * details, WIT, history. `download`: a version's binary. `events`: the log, which tells all that plugins write. `metrics`: figures of what plugins and the host do. `series`: the same over the last hour or day, of one plugin or of all. `nodes`: which hosts there are. `keys`: the key by which they know one another, put in the place of another.
 * `deploy`: upload and rollback. `settings`: to ask for other settings; which ones may change is decided when it is
 * known which do. `remove`: a plugin with its settings. `data`: the values that it keeps, read and changed. `contracts`: put and removed, which plugins are held to. `tokens`: create, list and revoke them.
 */
export type Permission =
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
  | "keys"
  | "deploy"
  | "settings"
  | "remove"
  | "data"
  | "contracts"
  | "tokens";

/** From the least to the greatest. */
export const scopes = ["read", "call", "data", "deploy", "configure", "grant", "admin"] as const;

/** Scope of a token: a kind of request that it is good for. */
export type Scope = (typeof scopes)[number];

/**
 * Whoever changes a plugin safely has to see its revision, its history and what a change breaks. Not `call`: a pipeline
 * that ships code has no business with the data behind it. Nor is `data` among them, nor do they give it: who looks after a
 * plugin need not see what people left with it.
 */
const reading: readonly (readonly Scope[])[] = [["read"], ["deploy"], ["configure"], ["grant"]];

/** Rule of a permission: who has it without a token, which scopes give it, and how far a token that is limited to plugins reaches. */
interface PermissionRule {
  /** Hosts on which nobody needs a token. `calls`: those whose calls are not private. */
  readonly open: "everywhere" | "calls" | "loopback" | "nowhere";
  /** Sets of scopes, each of which is enough. `admin` is enough for everything. */
  readonly enough: readonly (readonly Scope[])[];
  /**
   * `plugin`: it is about one, and a token has to be good for it. `patterns`: about some or all, and a token has to cover
   * them. `list`: it is cut down to what a token is good for. `host`: about no plugin, and no token may be limited.
   */
  readonly reach: "plugin" | "patterns" | "list" | "host";
}

/**
 * All permissions. To remove a plugin takes its settings away too, and whoever uploads it again begins with the defaults:
 * so `deploy` alone is not enough.
 */
export const permissions: Readonly<Record<Permission, PermissionRule>> = {
  health: { open: "everywhere", enough: [[]], reach: "host" },
  call: { open: "calls", enough: [["call"]], reach: "plugin" },
  ask: { open: "calls", enough: [["call"]], reach: "list" },
  describe: { open: "loopback", enough: [...reading, ["call"]], reach: "list" },
  list: { open: "loopback", enough: reading, reach: "list" },
  read: { open: "loopback", enough: reading, reach: "plugin" },
  download: { open: "nowhere", enough: reading, reach: "plugin" },
  events: { open: "nowhere", enough: reading, reach: "patterns" },
  metrics: { open: "loopback", enough: reading, reach: "list" },
  series: { open: "loopback", enough: reading, reach: "patterns" },
  nodes: { open: "loopback", enough: reading, reach: "host" },
  keys: { open: "nowhere", enough: [["admin"]], reach: "host" },
  deploy: { open: "nowhere", enough: [["deploy"]], reach: "plugin" },
  settings: { open: "nowhere", enough: [["configure"], ["grant"], ["deploy"]], reach: "plugin" },
  remove: { open: "nowhere", enough: [["deploy", "configure"]], reach: "plugin" },
  data: { open: "nowhere", enough: [["data"]], reach: "plugin" },
  contracts: { open: "nowhere", enough: [["admin"]], reach: "host" },
  tokens: { open: "nowhere", enough: [["admin"]], reach: "host" },
};

/** Permissions that nobody needs a token for, on such a host. */
export function openPermissions(host: {
  readonly loopback: boolean;
  readonly privateCalls: boolean;
}): ReadonlySet<Permission> {
  const isOpen = { everywhere: true, calls: !host.privateCalls, loopback: host.loopback, nowhere: false };
  const all = Object.keys(permissions) as Permission[];
  return new Set(all.filter((permission) => isOpen[permissions[permission].open]));
}

export function isScope(name: unknown): name is Scope {
  return scopes.some((scope) => scope === name);
}

/** The scopes that would have to be added, at least; none where it is allowed. */
export function missingScopes(held: readonly Scope[], permission: Permission): readonly Scope[] {
  if (held.includes("admin")) return [];
  return nearestSet(held, permission).filter((scope) => !held.includes(scope));
}

/**
 * All scopes of a token that may do that and has `besides` too: those of a new token, which has nothing of the one that
 * was refused.
 */
export function neededScopes(
  held: readonly Scope[],
  permission: Permission,
  besides: readonly Scope[] = [],
): readonly Scope[] {
  if (besides.includes("admin")) return ["admin"];
  const set = nearestSet([...besides, ...held], permission);
  return scopes.filter((scope) => set.includes(scope) || besides.includes(scope));
}

/** The set that nothing of is missing, else the first. */
function nearestSet(held: readonly Scope[], permission: Permission): readonly Scope[] {
  const { enough } = permissions[permission];
  return enough.find((set) => set.every((scope) => held.includes(scope))) ?? enough[0] ?? [];
}

/** Members of a refusal for want of scopes: several are a list with spaces (RFC 6750, section 3.1). */
export function challengeFor(missing: readonly Scope[]): {
  readonly scope: string;
  readonly challenge: string;
} {
  const scope = missing.join(" ");
  return { scope, challenge: `Bearer realm="hotcell", error="insufficient_scope", scope="${scope}"` };
}
