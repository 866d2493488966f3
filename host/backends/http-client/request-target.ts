/** Target of a request, in the form in which it is sent: what lists and addresses are checked by. */
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";

/** Schemes that requests may have. */
export type HttpScheme = "http" | "https";

export interface RequestTarget {
  readonly scheme: HttpScheme;
  /** Host by the rules of WHATWG URLs: lower case, punycode, IPv4 with four numbers, IPv6 in brackets; no dot at its end. */
  readonly host: string;
  readonly port: number;
  /** Path without dot segments, with escapes as they are sent. */
  readonly path: string;
  /** Query with its question mark, or nothing. */
  readonly query: string;
}

/** Longest path with its query, in characters. */
const maxPath = httpClientBounds.target.value;

/** Characters of an authority that would make it something else as well. */
const notOfAuthority = /[^\x21-\x7e\x80-\u{10ffff}]|[/?#\\@]/u;

/** Error codes of `wasi:http/types` for what is no target. */
export type TargetError = "HTTP-request-URI-invalid" | "HTTP-request-URI-too-long";

/** Target of a scheme, authority (`example.com:8443`) and path with query, or the error code for what is none. */
export function readTarget(scheme: HttpScheme, authority: string, path: string): RequestTarget | TargetError {
  if (path.length > maxPath || authority.length > maxPath) return "HTTP-request-URI-too-long";
  if (authority === "" || notOfAuthority.test(authority)) return "HTTP-request-URI-invalid";
  if (!/^(?:\/[\x21\x22\x24-\x7e]*)?$/.test(path)) return "HTTP-request-URI-invalid";
  const url = URL.parse(`${scheme}://${authority}${path || "/"}`);
  return (url && targetOf(url)) ?? "HTTP-request-URI-invalid";
}

/** Target that a `Location` leads to from another; undefined for one that leads nowhere by HTTP. */
export function resolveTarget(from: RequestTarget, location: string): RequestTarget | undefined {
  const url = URL.parse(location, urlOf(from));
  if (url?.username !== "" || url.password !== "" || url.href.length > maxPath) return undefined;
  return targetOf(url);
}

function targetOf({ protocol, hostname, port, pathname, search }: URL): RequestTarget | undefined {
  const scheme = protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") return undefined;
  const host = hostname.replace(/\.$/, "");
  if (host === "" || /^\.|\.\.|\.$/.test(host)) return undefined;
  const number = port === "" ? defaultPorts[scheme] : Number(port);
  return number === 0 ? undefined : { scheme, host, port: number, path: pathname, query: search };
}

export const defaultPorts: Readonly<Record<HttpScheme, number>> = { http: 80, https: 443 };

/** Host with its port, where that is not the scheme's own. */
export function authorityOf({ scheme, host, port }: RequestTarget): string {
  return port === defaultPorts[scheme] ? host : `${host}:${port}`;
}

/** Origin as it is connected to. */
export function originOf(target: RequestTarget): string {
  return `${target.scheme}://${authorityOf(target)}`;
}

function urlOf(target: RequestTarget): string {
  return `${originOf(target)}${target.path}${target.query}`;
}
