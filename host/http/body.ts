/** Request bodies, bounded while they arrive. */

import { isUtf8 } from "node:buffer";
import { HotcellError } from "../errors.ts";
import { type BodyBudget, uncounted } from "./body-budget.ts";
import { readIncoming, unreadIncoming } from "./incoming.ts";

/**
 * The whole body. Throws `too-large` before anything is read if Content-Length says more than `limit` bytes, and as
 * soon as the limit is passed otherwise; `bad-request` if the connection ends early; `too-many-requests` where a
 * budget is given and used up. `bindings`: what the server gave the app beside the request.
 */
export async function readBody(
  request: Request,
  limit: number,
  budget?: BodyBudget,
  bindings?: unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = checkLength(request, limit);
  // HTTP's framing holds the sender to its Content-Length, so there is nothing left to count.
  if (declared !== undefined && (!budget || declared <= uncounted)) {
    const incoming = unreadIncoming(request, bindings);
    if (incoming) return readIncoming(incoming).catch(endedEarly);
    return new Uint8Array(await request.arrayBuffer().catch(endedEarly));
  }
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let counted = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(endedEarly);
      if (done) return concat(chunks, size);
      size += value.byteLength;
      if (size > limit) throw tooLarge(limit);
      if (budget && size > uncounted) {
        budget.take(size - uncounted - counted);
        counted = size - uncounted;
      }
      chunks.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  } finally {
    budget?.giveBack(counted);
  }
}

/** Content-Length; undefined where none came. Throws `too-large` for more than `limit` bytes. */
export function checkLength(request: Request, limit: number): number | undefined {
  const header = request.headers.get("content-length");
  if (header === null) return undefined;
  const length = Number(header);
  if (length <= limit) return length;
  throw tooLarge(limit, length);
}

/** The body as JSON; `undefined` for an empty one. Throws `bad-json` and what `readBody` throws. */
export async function readJson(request: Request, limit: number, budget: BodyBudget): Promise<unknown> {
  return jsonFrom(await readBody(request, limit, budget));
}

/** A body as JSON; `undefined` for an empty one. Throws `bad-json`. */
export function jsonFrom(bytes: Uint8Array<ArrayBuffer>): unknown {
  if (bytes.byteLength === 0) return undefined;
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) {
    throw new HotcellError("bad-json", "The body is not UTF-8.", {
      remedy: "Send JSON encoded as UTF-8 (RFC 8259, section 8.1).",
    });
  }
  return parseJson(buffer.toString("utf8"), "The body");
}

/**
 * Levels of arrays and objects in one another. JSON.parse takes any number, but what walks its result by recursion,
 * JSON.stringify to begin with, runs out of stack at some thousands.
 */
const deepest = 500;

/** Throws `bad-json`, naming `what` was to be JSON, also for JSON that is nested too deep. */
export function parseJson(source: string, what: string): unknown {
  if (opens(source) > deepest && nestsTooDeep(source)) {
    throw new HotcellError("bad-json", `${what} is nested more than ${deepest} levels deep.`, {
      limit: deepest,
    });
  }
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new HotcellError("bad-json", `${what} is not JSON: ${(error as SyntaxError).message}`);
  }
}

/** How many brackets are opened in it, in strings too; of more than may be inside one another, not all are counted. */
function opens(source: string): number {
  let count = 0;
  for (const bracket of ["[", "{"]) {
    let at = source.indexOf(bracket);
    for (; at >= 0 && count <= deepest; at = source.indexOf(bracket, at + 1)) count++;
  }
  return count;
}

function nestsTooDeep(source: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === 0x22) inString = !inString;
    else if (inString) {
      // What a backslash escapes may be a quote.
      if (code === 0x5c) at++;
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
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
