/** Request bodies, bounded while they arrive. */

import { HotcellError } from "../../errors.ts";
import { after, type Soon } from "../../platform/soon.ts";
import { beginning } from "../../text/cut.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import type { Services } from "../services.ts";
import { type BodyHold, uncounted } from "./body-budget.ts";
import type { BodyRequest } from "./body-source.ts";
import { type CeilingOfBodies, codingsOf, type Inflater, lessThanCeiling } from "./content-coding.ts";
import { parseJson } from "./json-text.ts";

/** Means that a body is read with. */
export interface BodyReading {
  readonly inflater: Inflater;
  /** The limit of plugins whose ceiling bounds it, if one does. */
  readonly ceiling?: CeilingOfBodies;
  readonly hold?: BodyHold;
}

/**
 * The whole body, as it was before its Content-Encoding; `limit` holds for both. Throws, or rejects with, `too-large` before anything
 * is read if Content-Length says more than `limit` bytes, and as soon as the limit is passed otherwise; `too-many-requests` where a
 * budget holds it and is used up; and what `codingsOf`, `Inflater.undo` and its source throw.
 */
export function readBody(
  request: BodyRequest,
  limit: number,
  { inflater, ceiling, hold }: BodyReading,
): Soon<Uint8Array<ArrayBuffer>> {
  const codings = codingsOf(request.headers);
  const declared = checkLength(request, limit, ceiling);
  // HTTP's framing holds the sender to its Content-Length, so there is nothing left to count.
  const uncountable = declared !== undefined && (!hold || declared <= uncounted);
  const arriving = uncountable
    ? request.body.whole()
    : request.body.counted((size) => {
        if (size > limit) throw tooLarge(limit, ceiling);
        hold?.grow(size);
      });
  if (codings.length === 0) return arriving;
  return after(arriving, (body) =>
    body.byteLength === 0
      ? body
      : inflater.undo(body, codings, { limit, ceiling, hold, signal: request.signal }),
  );
}

/** Content-Length; undefined where none came. Throws `too-large` for more than `limit` bytes. */
export function checkLength(
  request: Pick<BodyRequest, "headers">,
  limit: number,
  ceiling: CeilingOfBodies | undefined,
): number | undefined {
  const header = request.headers.get("content-length");
  if (header === null) return undefined;
  const length = Number(header);
  if (length <= limit) return length;
  throw tooLarge(limit, ceiling, length);
}

/** The body as JSON; `undefined` for an empty one. Throws what `parseJson` and `readBody` throw. */
export async function readJson(
  request: BodyRequest,
  { limits, bodies, inflater }: Pick<Services, "limits" | "bodies" | "inflater">,
): Promise<unknown> {
  const hold = bodies.hold();
  try {
    return parseJson(await readBody(request, limits.settings, { inflater, hold }), "The body");
  } finally {
    hold.release();
  }
}

/** Value as a JSON object. Throws `bad-request` unless it is one with no members but `members`; `example` is one. */
export function jsonObject(
  value: unknown,
  what: string,
  members?: readonly string[],
  example = `{${JSON.stringify(members?.[0] ?? "")}:…}`,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HotcellError("bad-request", `${what} must be a JSON object.`, {
      expected: "object",
      remedy: `Send an object, such as ${example}.`,
    });
  }
  for (const name of members === undefined ? [] : Object.keys(value)) {
    if (members?.includes(name)) continue;
    const shown = beginning(name, 100);
    const known = members?.join(", ") ?? "";
    const near = nearest(name, members ?? []);
    throw new HotcellError("bad-request", `${what} has an unknown member ${JSON.stringify(shown)}.`, {
      subject: shown,
      expected: known,
      remedy: `${didYouMean(near) ?? "Leave it out."} Known: ${known}.`,
      ...(near.length > 0 && { extra: { near } }),
    });
  }
  return value as Record<string, unknown>;
}

/** Lower case, without parameters; empty if there is none. */
export function mediaType(request: Pick<BodyRequest, "headers">): string {
  const type = request.headers.get("content-type") ?? "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

const charsetOf = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/i;

/**
 * Checks a charset. Throws `unsupported-media-type` for a Content-Type that says of `what` that it is text in another charset than UTF-8: JSON is
 * nothing else, and nobody may guess.
 */
export function requireUtf8(contentType: string, what: string): void {
  const [found, quoted, bare] = charsetOf.exec(contentType) ?? [];
  const charset = quoted ?? bare ?? "";
  if (found === undefined || /^(?:utf-?8|(?:us-)?ascii)$/i.test(charset)) return;
  throw new HotcellError(
    "unsupported-media-type",
    `${what} claims to be text in ${beginning(charset, 100) || "no charset"}.`,
    {
      subject: "charset",
      actual: beginning(contentType, 255),
      expected: "UTF-8",
      remedy: "Send it as UTF-8, and leave charset out.",
    },
  );
}

/** Checks a body's type. Throws `unsupported-media-type` unless it is one of `types`, or there is neither type nor body. */
export function requireMediaType(
  request: Pick<BodyRequest, "headers">,
  types: readonly string[],
  remedy: string,
): void {
  const type = mediaType(request);
  if (types.includes(type)) {
    requireUtf8(request.headers.get("content-type") ?? "", "The body");
    return;
  }
  throw new HotcellError(
    "unsupported-media-type",
    type === ""
      ? "The request has a body without a Content-Type."
      : `The Content-Type ${type} is not taken here.`,
    { actual: type, expected: types.join(", "), remedy },
  );
}

function tooLarge(limit: number, ceiling: CeilingOfBodies | undefined, declared?: number): HotcellError {
  return new HotcellError("too-large", `The body is larger than ${limit} bytes.`, {
    limit,
    ...(declared !== undefined && Number.isFinite(declared) && { actual: declared }),
    remedy: lessThanCeiling(ceiling),
  });
}
