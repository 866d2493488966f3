/** Header and trailer fields as such: which belong to one connection only, which may not be trailers, and what text they may be. */

import type { RawFields } from "../../capabilities/http/http-exchange.ts";
import { isFieldName, isValidField } from "../../capabilities/http/http-fields.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { harmlessLine } from "../../text/harmless.ts";
import { isForwarding } from "./forwarded-fields.ts";

/** Fields of one connection, which no intermediary hands on (RFC 9110, section 7.6.1; RFC 9112, section 6.1). */
export const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "te",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Fields that say how a message is framed, routed, let in, kept or read, and so can't come after it (RFC 9110, section 6.5.1). */
const beforeContent: ReadonlySet<string> = new Set([
  ...[
    "authorization",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
  ],
  ...["cookie", "expect", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "location"],
  ...["if-unmodified-since", "max-forwards", "range", "set-cookie", "trailer", "www-authenticate"],
]);

/** Names that a `Connection` field lists, in lower case. */
export function namedByConnection(fields: RawFields): ReadonlySet<string> {
  const names = new Set<string>();
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]!.toLowerCase() !== "connection") continue;
    for (const name of fields[i + 1]!.split(",")) names.add(name.trim().toLowerCase());
  }
  return names;
}

/** Trailer fields that may be handed on: who merges them into the header would believe what they say there. */
export function fitTrailers(fields: RawFields): RawFields {
  if (fields.length === 0) return fields;
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i]!, fields[i + 1]!];
    const lower = name.toLowerCase();
    if (beforeContent.has(lower) || connectionFields.has(lower) || isForwarding(lower)) continue;
    kept.push(name, value);
  }
  return kept;
}

/** Throws `bad-response` for a name or value that no message can carry. */
export function requireField(plugin: string, name: string, value: string): void {
  if (isValidField(name, value)) return;
  const shown = harmlessLine(beginning(name, 100));
  const what = isFieldName(name)
    ? `The value of ${shown} has`
    : `The field name ${JSON.stringify(shown)} has`;
  throw badResponse(plugin, `${what} characters that HTTP does not allow there.`, {
    actual: harmlessLine(beginning(`${name}: ${value}`, 255)),
    expected: "printable ASCII, without line breaks",
    remedy: "Have the plugin percent-encode or base64 what it puts into header fields.",
  });
}

/** Error for what a plugin answers with and nobody can send. */
export function badResponse(
  plugin: string,
  detail: string,
  facts: { actual?: number | string; expected?: string; limit?: number; remedy: string },
): HotcellError {
  return new HotcellError("bad-response", `${plugin} answered with what is no HTTP response. ${detail}`, {
    subject: plugin,
    ...facts,
  });
}
