/** Header fields of a request on their way to a plugin. */

import type { RawFields } from "../../capabilities/http/http-exchange.ts";
import { type ForwardedParts, forwardedFields, isForwarding } from "./forwarded-fields.ts";
import { connectionFields, namedByConnection } from "./message-fields.ts";
import type { Mount } from "./mount.ts";

/** Sender of a request, as its connection has it. */
export interface Sender {
  /** Address at the other end of the connection. */
  readonly address: string | undefined;
  readonly secure: boolean;
}

/** Fields that came with a request, read once. */
export interface ReadFields {
  /** With what the host says of who sent it, which is put there when somebody asks: many handlers never do. */
  readonly fields: () => string[];
  readonly authority: string | undefined;
  readonly scheme: "http" | "https";
  /** Authority and scheme as the client has them, where a trusted proxy is between. */
  readonly outerAuthority: string | undefined;
  /** Bytes of the body, where they are declared. */
  readonly length: number | undefined;
  /** A body comes, or may: chunks, or a length that is not 0. */
  readonly hasBody: boolean;
  /** The client waits to be asked for the body. */
  readonly expects: boolean;
  /** The client takes trailers. */
  readonly trailers: boolean;
  /** Protocol that the client asks to change to. */
  readonly upgrade: string | undefined;
}

/**
 * Fields that a guest sees: without those of the connection, the host's tokens, others' cookies, and what clients claim about
 * proxies; with what the host says of who sent it.
 */
export function readRequestFields(raw: RawFields, mount: Mount, sender: Sender): ReadFields {
  const { policy, trustProxy } = mount;
  const fields: string[] = [];
  const forwarded: ForwardedParts = {};
  let authority: string | undefined;
  let length: number | undefined;
  let chunked = false;
  let expects = false;
  let trailers = false;
  let upgrade: string | undefined;
  let named: ReadonlySet<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    const lower = name.toLowerCase();
    switch (lower) {
      case "host":
        authority ??= value;
        continue;
      case "connection":
        // Most say no more than this.
        if (!/^(?:keep-alive|close)$/i.test(value)) named ??= namedByConnection(raw);
        continue;
      case "transfer-encoding":
        chunked = true;
        continue;
      case "te":
        trailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value);
        continue;
      case "expect":
        expects ||= /^\s*100-continue\s*$/i.test(value);
        continue;
      case "upgrade":
        upgrade = value;
        continue;
      case "content-length":
        length = Number(value);
        break;
      case "authorization":
        if (mount.isOwnToken(value)) continue;
        break;
      case "cookie": {
        const own = policy.cookies(value);
        if (own !== undefined) fields.push(name, own);
        continue;
      }
      default:
        if (connectionFields.has(lower)) continue;
        if (isForwarding(lower)) {
          if (trustProxy) noteForwarding(forwarded, lower, value);
          continue;
        }
    }
    fields.push(name, value);
  }
  if (trailers) fields.push("TE", "trailers");
  const kept = named === undefined ? fields : without(fields, named);
  const scheme = forwardedScheme(forwarded) ?? (sender.secure ? "https" : "http");
  let complete = false;
  return {
    fields() {
      if (!complete) forwardedFields(kept, forwarded, { ...sender, authority, prefix: mount.prefix });
      complete = true;
      return kept;
    },
    authority,
    scheme,
    length,
    expects,
    trailers,
    upgrade,
    outerAuthority: lastOf(forwarded["x-forwarded-host"]) ?? authority,
    hasBody: chunked || (length !== undefined && length > 0),
  };
}

function noteForwarding(parts: ForwardedParts, name: string, value: string): void {
  const before = parts[name];
  parts[name] = before === undefined ? value : `${before}, ${value}`;
}

function forwardedScheme(parts: ForwardedParts): "http" | "https" | undefined {
  const scheme = lastOf(parts["x-forwarded-proto"])?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}

function lastOf(list: string | undefined): string | undefined {
  return list?.split(",").at(-1)?.trim();
}

/** Fields but those that `Connection` names; what says where a body ends is not the connection's to name. */
function without(fields: string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase();
    if (named.has(lower) && lower !== "content-length" && lower !== "te") continue;
    kept.push(fields[i]!, fields[i + 1]!);
  }
  return kept;
}
