/** Request bodies, bounded while they arrive. */

import { isUtf8 } from "node:buffer";
import { HotcellError } from "../errors.ts";

/**
 * The whole body. Throws `too-large` before anything is read if Content-Length says more than `limit` bytes, and as
 * soon as the limit is passed otherwise; `bad-request` if the connection ends early.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (!(Number(declared) <= limit)) throw tooLarge(limit, Number(declared));
    // HTTP's framing holds the sender to its Content-Length, so there is nothing left to count.
    return new Uint8Array(await request.arrayBuffer().catch(endedEarly));
  }
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(endedEarly);
    if (done) return concat(chunks, size);
    size += value.byteLength;
    if (size > limit) {
      void reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

/** The body as JSON; `undefined` for an empty one. Throws `bad-json` and what `readBody` throws. */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const bytes = await readBody(request, limit);
  if (bytes.byteLength === 0) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) {
    throw new HotcellError("bad-json", "The body is not UTF-8.", {
      remedy: "Send JSON encoded as UTF-8 (RFC 8259, section 8.1).",
    });
  }
  return parseJson(buffer.toString("utf8"), "The body");
}

/** Throws `bad-json`, naming `what` was to be JSON. */
export function parseJson(source: string, what: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new HotcellError("bad-json", `${what} is not JSON: ${(error as SyntaxError).message}`);
  }
}

/** Throws `bad-request` unless it is a JSON object with no members but `members`. */
export function jsonObject(
  value: unknown,
  what: string,
  members?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HotcellError("bad-request", `${what} must be a JSON object.`, { expected: "object" });
  }
  for (const name of members === undefined ? [] : Object.keys(value)) {
    if (members?.includes(name)) continue;
    throw new HotcellError("bad-request", `${what} has an unknown member ${JSON.stringify(name)}.`, {
      subject: name,
      expected: members?.join(", ") ?? "",
    });
  }
  return value as Record<string, unknown>;
}

/** Lower case, without parameters; empty if there is none. */
export function mediaType(request: Request): string {
  const type = request.headers.get("content-type") ?? "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** Throws `unsupported-media-type` unless the body is one of `types`, or there is neither type nor body. */
export function requireMediaType(request: Request, types: readonly string[], remedy: string): void {
  const type = mediaType(request);
  if (types.includes(type)) return;
  throw new HotcellError(
    "unsupported-media-type",
    type === ""
      ? "The request has a body without a Content-Type."
      : `The Content-Type ${type} is not taken here.`,
    { actual: type, expected: types.join(", "), remedy },
  );
}

function tooLarge(limit: number, declared?: number): HotcellError {
  return new HotcellError("too-large", `The body is larger than ${limit} bytes.`, {
    limit,
    ...(declared !== undefined && Number.isFinite(declared) && { actual: declared }),
    remedy: "Send less; the limit is the host's.",
  });
}

function endedEarly(cause: unknown): never {
  throw new HotcellError("bad-request", "The body ended before it was complete.", { cause });
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
