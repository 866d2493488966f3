/** Who may do what (SECURITY.md, Who may do what). */

import { HotcellError } from "../errors.ts";
import { isGuessable, tokenMatcher } from "./admin-token.ts";
import { networkOf } from "./client-network.ts";
import { FailedTokens, type FailureLimit } from "./failed-tokens.ts";
import { admin, type Identity, identify, nobody } from "./identity.ts";
import { type IssuedTokens, isIssuedToken, type TokenHolder } from "./issued-tokens.ts";
import { isLoopback } from "./loopback.ts";
import { hostCheck, refuseCrossSite } from "./origin.ts";
import { type OwnRights, rightsOf } from "./own-rights.ts";
import type { RequestHeaders } from "./request-headers.ts";
import { type Quota, type RequestRate, RequestRates } from "./request-rates.ts";
import { missingScopes, openPermissions, type Permission } from "./scopes.ts";

export interface Access {
  /**
   * Identity of whoever asks, once it may do that; `plugin` where it is about one (or, for `events`, about those of a
   * pattern). Throws `forbidden-host`, `unauthorized` without a good token and `forbidden` where the token's scopes or plugins don't reach that far (the facts'
   * `challenge` is the WWW-Authenticate header). `too-many-requests` in place of `unauthorized` once many wrong tokens
   * came from where this one did: `connection` is what `AccessOptions.addressOf` gets. `anyHost`: `Host` was judged before, and
   * leads to nothing but that plugin.
   */
  check(
    permission: Permission,
    headers: RequestHeaders,
    plugin?: string,
    connection?: unknown,
    anyHost?: boolean,
  ): Identity;
  /**
   * Counts a request for something that the plugin does, once `check` has let it in as that identity. Undefined where the
   * plugin has no rate. Throws `rate-limited`.
   */
  count(identity: Identity, headers: RequestHeaders, plugin: string, connection?: unknown): Quota | undefined;
  /** Network that a request comes from, which counts as one client; all are one where addresses are not known. */
  networkOf(headers: RequestHeaders, connection?: unknown): string;
  /**
   * True for a value of `Authorization` that may have a token of this host's, the admin's or one given to others. Nobody but the
   * host gets to see it. Says nothing of whether it is good: who has what is left of such values learns nothing by guessing.
   */
  holdsToken(authorization: string): boolean;
  /**
   * Rights of whoever asks, whatever for: those that are open to all, and those of the token that came. Throws as `check` does for a token that
   * is not good.
   */
  rights(headers: RequestHeaders, connection?: unknown): OwnRights;
  /** Refuses (`cross-site`) what a page of a site that is not allowed made a browser send; see `origin.ts`. */
  refuseCrossSite(headers: RequestHeaders): void;
}

export interface AccessOptions {
  /** The admin token, good for everything. Without one, whatever needs a token is refused. */
  readonly token?: string;
  /** Tokens given to others. */
  readonly tokens?: IssuedTokens;
  /** Calls need a token too, but for plugins that say otherwise. */
  readonly privateCalls?: boolean;
  /** Settings by which a plugin lets requests in: `access`, without which it is as `privateCalls` has it, and `rate`. */
  readonly admissionOf?: (plugin: string) => PluginAdmission | undefined;
  /** The address that is listened on. On a loopback address reads are anonymous and `Host` is checked. */
  readonly address: string;
  /** Further names that `Host` may say. Off loopback `Host` is checked only if some are given. */
  readonly allowedHosts?: readonly string[];
  /** Settings that give those names, for errors; those of a host with one listener by default. */
  readonly namesSetBy?: string;
  /** Origins whose pages may use the API, such as `https://console.example`. */
  readonly allowedOrigins?: readonly string[];
  /** The address of who sends a request. Without it, all are counted together when tokens are wrong. */
  readonly addressOf?: (headers: RequestHeaders, connection: unknown) => string | undefined;
  /** Limit on wrong tokens, or those that are counted together with others'. */
  readonly failures?: FailureLimit | FailedTokens;
  /** Rates that are counted together with others'; absent: those of this one alone. */
  readonly rates?: RequestRates;
}

interface PluginAdmission {
  readonly access?: "public" | "token";
  readonly rate?: RequestRate;
}

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

export function createAccess(options: AccessOptions): Access {
  const { token, tokens, address, allowedHosts = [], privateCalls = false, admissionOf } = options;
  const { namesSetBy = "HOTCELL_ALLOWED_HOSTS or --allowed-host, or allowedHosts of pluginRoutes" } = options;
  const loopback = isLoopback(address);
  const anonymous = openPermissions({ loopback, privateCalls });
  const isOpen = (permission: Permission, plugin: string | undefined) => {
    const callers = permission === "call" && plugin !== undefined ? admissionOf?.(plugin)?.access : undefined;
    return callers === undefined ? anonymous.has(permission) : callers === "public";
  };
  const own = address.includes(":") ? `[${address}]` : address;
  const checkHost =
    loopback || allowedHosts.length > 0
      ? hostCheck([...loopbackNames, own, ...allowedHosts], namesSetBy)
      : undefined;
  const matches = token === undefined ? undefined : tokenMatcher(token);
  const guessable = token !== undefined && isGuessable(token);
  const { failures: limit } = options;
  const failures = limit instanceof FailedTokens ? limit : new FailedTokens(limit);
  const { rates = new RequestRates() } = options;
  const origins = new Set(options.allowedOrigins);
  const network = (headers: RequestHeaders, connection: unknown) =>
    networkOf(options.addressOf?.(headers, connection));

  /** Name of the token that came with a request; also where none was needed, and so none was looked at. */
  const tokenOf = (identity: Identity, headers: RequestHeaders): string | undefined => {
    if (identity !== nobody) return identity.who;
    const presented = bearer(headers.get("authorization"));
    if (presented === undefined) return undefined;
    // A short token is not compared, lest the rate tell whether a guess was right.
    if (!guessable && matches?.(presented)) return admin.who;
    const holder = tokens?.find(presented);
    return holder?.end === undefined ? holder?.id : undefined;
  };

  /** Holder of that token. Throws for one that is none, counted. */
  const holderOf = (
    presented: string,
    headers: RequestHeaders,
    connection: unknown,
  ): TokenHolder | "admin" => {
    // What can't be guessed is always compared: nobody is locked out by others behind the same address.
    const mayGuess = !guessable || failures.wait(network(headers, connection)) === 0;
    if (mayGuess && matches?.(presented)) return "admin";
    const holder = tokens?.find(presented);
    if (holder) {
      // Not counted: whoever has it did not guess it.
      if (holder.end) throw ended(holder);
      return holder;
    }
    const sender = network(headers, connection);
    const wait = failures.wait(sender);
    if (wait > 0) throw tooManyFailures(wait);
    failures.count(sender);
    throw unauthorized("The token is not the right one.", { remedy: useAnother, invalid: true });
  };

  return {
    networkOf: network,
    rights(headers, connection) {
      checkHost?.(headers.get("host"));
      const presented = bearer(headers.get("authorization"));
      return rightsOf(
        presented === undefined ? undefined : holderOf(presented, headers, connection),
        anonymous,
      );
    },
    count(identity, headers, plugin, connection) {
      const rate = admissionOf?.(plugin)?.rate;
      if (!rate) return undefined;
      const token = rate.per === "token" ? tokenOf(identity, headers) : undefined;
      return rates.take(plugin, token ?? network(headers, connection), rate);
    },
    holdsToken: tokenFinder(token),
    refuseCrossSite: (headers) => refuseCrossSite(headers, origins),
    check(permission, headers, plugin, connection, anyHost = false) {
      if (!anyHost) checkHost?.(headers.get("host"));
      if (isOpen(permission, plugin)) return nobody;
      const header = headers.get("authorization");
      const presented = bearer(header);
      if (presented === undefined) {
        const what =
          header === null ? "none came with it" : "its Authorization header is not one Bearer token";
        throw unauthorized(`This request needs a token, and ${what}.`, {
          remedy: `Send the header \`Authorization: Bearer TOKEN\`, with the admin token that the host prints when it starts, or one of scope ${missingScopes([], permission).join(" and ")}.`,
        });
      }
      const holder = holderOf(presented, headers, connection);
      return holder === "admin" ? admin : identify(holder, permission, plugin);
    },
  };
}

const useAnother =
  "Use the admin token that the host prints when it starts, or have one made: hotcell token new.";

function ended({ id, end, expiresAt }: TokenHolder): HotcellError {
  const at = Number.isNaN(expiresAt) ? "a time that can't be read" : new Date(expiresAt ?? 0).toISOString();
  const how = end === "expired" ? `expired at ${at}` : "was revoked";
  return unauthorized(`The token ${id} ${how}.`, { remedy: useAnother, invalid: true });
}

/** Parts of a value that a token may be; a value with more is none that anybody means. */
const maxParts = 64;

/** Check of a value of `Authorization` for tokens, as `Access.holdsToken`, on behalf of who has that admin token. */
export function tokenFinder(token?: string): (authorization: string) => boolean {
  const matches = token === undefined ? undefined : tokenMatcher(token);
  const guessable = token !== undefined && isGuessable(token);
  return (authorization) => holdsToken(authorization, { token, matches, guessable });
}

function holdsToken(authorization: string, admin: AdminComparison): boolean {
  // A short token is not compared, lest what a plugin is shown tell whether a guess was right.
  if (admin.guessable && /\bbearer\b/i.test(authorization)) {
    const credentials = bearer(authorization);
    if (credentials === undefined || isGuessable(credentials)) return true;
  }
  const parts = readable(authorization).split(/[\s,;":]+|(?<=\w)=(?=\w)/, maxParts + 1);
  if (parts.length > maxParts) return /\bbearer\b|hotcell_/i.test(authorization);
  return parts.some(
    (part) =>
      isIssuedToken(part) ||
      (!admin.guessable && part.length === admin.token?.length && admin.matches?.(part) === true),
  );
}

/** The value, of `Basic` what it encodes: programs that know of no other way (`curl -u`) send a token as a password. */
function readable(authorization: string): string {
  const [, encoded] = /^\s*basic\s+([\w+/-]+=*)\s*$/i.exec(authorization) ?? [];
  return encoded === undefined ? authorization : Buffer.from(encoded, "base64").toString("latin1");
}

interface AdminComparison {
  readonly token: string | undefined;
  readonly matches: ((presented: string) => boolean) | undefined;
  readonly guessable: boolean;
}

/** RFC 6750, section 2.1. */
function bearer(header: string | null): string | undefined {
  return header === null ? undefined : /^Bearer +(\S+) *$/i.exec(header)?.[1];
}

function unauthorized(detail: string, { remedy, invalid = false }: { remedy: string; invalid?: boolean }) {
  const challenge = `Bearer realm="hotcell"${invalid ? ', error="invalid_token"' : ""}`;
  return new HotcellError("unauthorized", detail, { remedy, extra: { challenge } });
}

function tooManyFailures(retryAfter: number): HotcellError {
  return new HotcellError("too-many-requests", "Too many wrong tokens came from this address.", {
    retryAfter,
    remedy: `Send the right token, or wait ${retryAfter} s: one more may then be wrong.`,
  });
}
