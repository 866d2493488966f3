/** Mounts: places where a plugin answers requests, and what of a request's target is its own. */

import { type OriginKind, type OriginPolicy, originPolicy } from "./origin-policy.ts";

/** Place at which a plugin answers, made once for many requests. */
export interface Mount {
  readonly plugin: string;
  /** Path before what the plugin sees, without a slash at its end: `/http/shop`; empty for none. */
  readonly prefix: string;
  readonly policy: OriginPolicy;
  /** Forwarding fields that came are a proxy's: kept, and extended. */
  readonly trustProxy: boolean;
  /** True for a value of `Authorization` with a token of the host's, which no guest may see. */
  readonly isOwnToken: (value: string) => boolean;
}

/** Path with query of a request's target, which may be a whole URL (RFC 9112, section 3.2.2). */
export function pathOf(target: string): string {
  if (target.startsWith("/")) return target;
  const authority = target.indexOf("://");
  const path = authority < 0 ? -1 : target.slice(authority + 3).search(/[/?]/);
  if (path < 0) return "/";
  const found = target.slice(authority + 3 + path);
  return found.startsWith("/") ? found : `/${found}`;
}

/** Target as the plugin is to see it: what comes after so many characters of prefix, with a slash before it. */
export function targetBelow(path: string, prefixLength: number): string {
  const rest = path.slice(prefixLength);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Mounts by where they are: each is made once, and asked for with every request. */
export class Mounts {
  readonly #common: Pick<Mount, "trustProxy" | "isOwnToken">;
  readonly #made = new Map<string, Mount>();
  /** The latest that was asked for: making a key takes longer than to see that it is the same. */
  #latest: Mount | undefined;

  constructor(common: Pick<Mount, "trustProxy" | "isOwnToken">) {
    this.#common = common;
  }

  get(plugin: string, prefix: string, kind: OriginKind): Mount {
    const latest = this.#latest;
    if (latest?.plugin === plugin && latest.prefix === prefix && latest.policy.kind === kind) return latest;
    this.#latest = this.#find(plugin, prefix, kind);
    return this.#latest;
  }

  #find(plugin: string, prefix: string, kind: OriginKind): Mount {
    const key = `${kind} ${plugin} ${prefix}`;
    const known = this.#made.get(key);
    if (known) return known;
    // Names come and go, and paths are what clients wrote.
    if (this.#made.size >= maxMounts) this.#made.clear();
    const made = { plugin, prefix, policy: originPolicy(kind, plugin, prefix), ...this.#common };
    this.#made.set(key, made);
    return made;
  }
}

const maxMounts = 1_000;
