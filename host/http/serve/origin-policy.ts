/**
 * Policy of an origin: what a plugin's answers may do to whatever else is served at the same scheme, host and port, and
 * which cookies it may see. An origin is all that browsers tell apart, so a plugin under a path of somebody's origin is kept
 * from acting for it.
 */

import type { RawFields } from "../../capabilities/http/http-exchange.ts";
import { belowScope } from "./redirects.ts";

/**
 * Kinds of origins. `shared`: others are served there too, the API for one. `own`: the plugin's alone, a host name of its own.
 * `trusted`: its answers are the owner's own.
 */
export type OriginKind = "shared" | "own" | "trusted";

export interface OriginPolicy {
  readonly kind: OriginKind;
  /** Fields of each answer, in place of those that the plugin sends of the same name, or beside its own CSP. */
  readonly added: RawFields;
  /** Value of a `Cookie` field as the plugin may see it; undefined for none. */
  cookies(value: string): string | undefined;
  /** Value of an answer's field as it may go, `name` being in lower case; undefined where it may not. */
  answer(name: string, value: string, place: AnswerPlace): string | undefined;
  /** True for a field, in lower case, that may come before the answer, when a browser does not know what that is allowed. */
  early(name: string): boolean;
  /** True for a field that `added` has, so that the plugin's gives way without being counted. */
  replaces(name: string): boolean;
}

/** Request that an answer is for: what a relative reference in it is relative to. */
export interface AnswerPlace {
  readonly scheme: string;
  readonly authority: string | undefined;
  /** Path with query, as the client sent it. */
  readonly path: string;
  /** True for a path of the same origin that is the plugin's; absent: all below its prefix are. */
  readonly holds?: ((path: string) => boolean) | undefined;
}

/**
 * Sandbox of documents on a shared origin: scripts run and forms are sent, in an origin that is nobody's. Not
 * `allow-same-origin`, which would give it back; not `allow-popups`, as what opens there could be steered on; not
 * `allow-modals`, whose windows bear the address of the origin; no top navigation.
 */
const sandbox = "sandbox allow-scripts allow-forms allow-downloads";

const sharedAdded: RawFields = [
  ...["Content-Security-Policy", sandbox],
  ...["X-Content-Type-Options", "nosniff"],
  // Whoever opened it keeps no hold of it, nor it of them.
  ...["Cross-Origin-Opener-Policy", "same-origin"],
];

/** Fields that act on more of an origin than the answer they come with, or on what the browser keeps for it. */
const actOnOrigin: ReadonlySet<string> = new Set([
  ...["clear-site-data", "service-worker-allowed", "strict-transport-security", "alt-svc"],
  ...[
    "reporting-endpoints",
    "report-to",
    "nel",
    "public-key-pins",
    "public-key-pins-report-only",
    "expect-ct",
  ],
  ...["accept-ch", "critical-ch", "origin-agent-cluster", "speculation-rules", "refresh", "set-login"],
  ...["use-as-dictionary", "shared-storage-write", "observe-browsing-topics", "activate-storage-access"],
]);

/** Groups of such fields, by how their names begin: sessions bound to an origin, and what is registered for it. */
const originGroup = /^(?:sec-|secure-session-|attribution-reporting-)/;

/** Fields that command a proxy in front of the host, which would fetch what the plugin can't reach. */
const commandsProxy = /^(?:x-accel-|x-sendfile|x-lighttpd-|x-litespeed-|x-reproxy-)/;

/** Challenges to which browsers answer with a window of their own, and with credentials for the whole origin. */
const browserChallenge = /(?:^|,)\s*(?:basic|digest|ntlm|negotiate)\b/i;

/**
 * Policy for a plugin under `prefix` (without a slash at its end; empty for all paths). On a shared origin its cookies
 * bear its name before theirs, because requests don't say who set one: so it sees its own only.
 */
export function originPolicy(kind: OriginKind, plugin: string, prefix: string): OriginPolicy {
  if (kind === "shared") return sharedPolicy(plugin, prefix);
  const own = kind === "own";
  return {
    kind,
    added: [],
    cookies: (value) => value,
    early: () => true,
    replaces: () => false,
    answer(name, value) {
      if (own && name === "set-cookie") return hasDomain(value) ? undefined : value;
      if (own && name === "clear-site-data") return clearedOfOrigin(value);
      return commandsProxy.test(name) ? undefined : value;
    },
  };
}

function sharedPolicy(plugin: string, prefix: string): OriginPolicy {
  const mark = `hotcell.${plugin}.`;
  return {
    kind: "shared",
    added: sharedAdded,
    cookies: (value) => markedCookies(value, mark),
    // What is to be preloaded then is asked for by the origin, since nothing says yet that the page is sandboxed.
    early: (name) => name !== "link",
    replaces: (name) => name === "x-content-type-options" || name === "cross-origin-opener-policy",
    answer(name, value, place) {
      switch (name) {
        case "set-cookie":
          return scopedCookie(value, { mark, prefix, place });
        case "location":
          return belowScope(value, prefix, place);
        case "www-authenticate":
          return browserChallenge.test(value) ? undefined : value;
        default:
          if (actOnOrigin.has(name) || originGroup.test(name) || commandsProxy.test(name)) return undefined;
          return value;
      }
    },
  };
}

/** Kinds of data that an origin has for itself. Cookies are not: all names below one registrable domain lose theirs together. */
const originData = ['"cache"', '"storage"', '"executionContexts"'];
const originDataToo: ReadonlySet<string> = new Set([
  ...originData,
  ...['"clientHints"', '"prefetchCache"', '"prerenderCache"'],
]);

/** Value of `Clear-Site-Data` with what is the origin's own; undefined where that is nothing. */
function clearedOfOrigin(value: string): string | undefined {
  const asked = value.split(",").map((part) => part.trim());
  const kept = asked.flatMap((kind) => (kind === '"*"' ? originData : originDataToo.has(kind) ? [kind] : []));
  return kept.length === 0 ? undefined : kept.join(", ");
}

/** Cookies of that mark, without it. */
function markedCookies(value: string, mark: string): string | undefined {
  const own: string[] = [];
  for (const part of value.split(";")) {
    const cookie = part.trim();
    if (cookie.startsWith(mark)) own.push(cookie.slice(mark.length));
  }
  return own.length === 0 ? undefined : own.join("; ");
}

interface CookieScope {
  readonly mark: string;
  readonly prefix: string;
  readonly place: AnswerPlace;
}

/** Cookie with its mark; undefined where it would go to other paths or hosts (RFC 6265, sections 5.1.4 and 5.2). */
function scopedCookie(value: string, { mark, prefix, place }: CookieScope): string | undefined {
  if (hasDomain(value)) return undefined;
  let at = defaultPath(place.path);
  for (const attribute of attributes(value)) {
    const [, path] = /^\s*path\s*=(.*)$/i.exec(attribute) ?? [];
    if (path === undefined) continue;
    at = path.trim();
    if (at !== prefix && !at.startsWith(`${prefix}/`)) return undefined;
  }
  return place.holds?.(at) === false ? undefined : mark + value.trimStart();
}

/** Path of a cookie that says none. */
function defaultPath(target: string): string {
  const [path = ""] = target.split("?", 1);
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function hasDomain(value: string): boolean {
  return attributes(value).some((attribute) => /^\s*domain\s*(?:=|$)/i.test(attribute));
}

function attributes(value: string): string[] {
  return value.split(";").slice(1);
}
