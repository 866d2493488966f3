/** Fields by which a proxy says who sent a request, and to where (RFC 7239). The host is one: it makes them itself. */
import { plainAddress } from "../../access/client-network.ts";

/** Forwarding fields that a trusted proxy sent, by name in lower case. */
export type ForwardedParts = Record<string, string>;

interface Hop {
  readonly address: string | undefined;
  readonly secure: boolean;
  readonly authority: string | undefined;
  readonly prefix: string;
}

/** True for a field, in lower case, that only proxies write. */
export function isForwarding(name: string): boolean {
  return name.startsWith("x-forwarded-") || name === "forwarded" || name === "x-real-ip";
}

/**
 * Adds the host's own, after what came before them. Of what a client writes itself nothing is in `parts`: it could claim to be
 * anybody.
 */
export function forwardedFields(fields: string[], parts: ForwardedParts, hop: Hop): void {
  const { secure, authority, prefix } = hop;
  const address = hop.address === undefined ? "unknown" : plainAddress(hop.address);
  const scheme = secure ? "https" : "http";
  const { forwarded, "x-forwarded-for": before, "x-forwarded-prefix": outer = "" } = parts;
  for (const name in parts) {
    if (made.has(name)) continue;
    fields.push(name, parts[name]!);
  }
  const node = address.includes(":") ? `"[${address}]"` : address;
  const host = authority === undefined ? "" : `;host="${authority.replace(/["\\]/g, "")}"`;
  fields.push(
    "Forwarded",
    `${forwarded === undefined ? "" : `${forwarded}, `}for=${node}${host};proto=${scheme}`,
    "X-Forwarded-For",
    before === undefined ? address : `${before}, ${address}`,
    "X-Forwarded-Proto",
    parts["x-forwarded-proto"] ?? scheme,
  );
  const named = parts["x-forwarded-host"] ?? authority;
  if (named !== undefined) fields.push("X-Forwarded-Host", named);
  const whole = outer.replace(/\/$/, "") + prefix;
  if (whole !== "") fields.push("X-Forwarded-Prefix", whole);
}

const made: ReadonlySet<string> = new Set([
  ...["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix"],
]);
