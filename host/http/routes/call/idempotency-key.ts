/** `Idempotency-Key` of requests, and digests of what they ask for. */

import { createHash } from "node:crypto";
import type { RequestHeaders } from "../../../access/request-headers.ts";
import { idempotencyBounds } from "../../../bounds/http-bounds.ts";
import { HotcellError } from "../../../errors.ts";
import type { KeyedCall } from "../../../store/keyed-calls.ts";
import { beginning } from "../../../text/cut.ts";
import type { Services } from "../../services.ts";
import type { CallRequest } from "./call-request.ts";

/** A String of RFC 9651, as the draft has it, or the same characters bare, as many clients send it. */
const written = /^(?:"((?:[ !#-[\]-~]|\\["\\])+)"|([\w.:~+/=-]+))$/;

/** The key; undefined where none came. Throws `bad-request` for what is none. */
export function idempotencyKey(headers: RequestHeaders): string | undefined {
  const header = headers.get("idempotency-key");
  if (header === null) return undefined;
  const [, quoted, bare] = written.exec(header.trim()) ?? [];
  const key = quoted?.replace(/\\(.)/g, "$1") ?? bare;
  const longest = idempotencyBounds.key.value;
  if (key !== undefined && key.length <= longest) return key;
  throw new HotcellError("bad-request", "The Idempotency-Key is none.", {
    subject: "Idempotency-Key",
    actual: beginning(header, 100),
    expected: `a string of 1 to ${longest} printable ASCII characters in quotes`,
    remedy: 'Send one such as "8e03978e-40d5-43dd-bc93-6894a57f9324".',
  });
}

/** Call that is made once, with the key that it came with. */
export function keyedCall(
  request: CallRequest,
  { access }: Pick<Services, "access">,
  key: string,
  body?: Uint8Array,
): KeyedCall {
  const { caller, headers, connection } = request;
  return { caller, network: access.networkOf(headers, connection), key, print: printOf(request, body) };
}

/** Digest of a call: what is called, its arguments as they came, and the form that the answer is to have. */
function printOf(request: CallRequest, body: Uint8Array | undefined): string {
  const { headers, url } = request;
  const head = [
    request.method,
    request.plugin,
    request.function,
    url.includes("?") ? url.slice(url.indexOf("?")) : "",
    headers.get("content-type") ?? "",
    headers.get("accept") ?? "",
  ];
  const hash = createHash("sha256").update(JSON.stringify(head));
  if (body) hash.update(body);
  return hash.digest("base64");
}
