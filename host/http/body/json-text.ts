/**
 * JSON as it comes from clients: parsed only after what it would become has been counted. JSON.parse takes two hundred
 * bytes of heap for three of some texts, and half a second for eight megabytes of them.
 */

import { isUtf8 } from "node:buffer";
import { bodyBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { jsonMistake } from "../../text/json-mistake.ts";
import { stillCoded } from "./content-coding.ts";

/** Bounds of what a text may become: bytes of heap that are about what JSON.parse makes of it, its strings apart. */
export interface ParsedBounds {
  readonly limit: number;
  /** The error for more; `actual` is what it becomes at least. */
  readonly refuse: (actual: number, limit: number) => HotcellError;
  /** Account from which the text and its values draw while they are made. */
  readonly heap?: HeapAccount | undefined;
}

const KiB = 1024;

/** Shorter texts are parsed without a look at them: the worst become two megabytes, for some milliseconds. */
const short = 64 * KiB;

/**
 * Levels of arrays and objects in one another. JSON.parse takes any number, but what walks its result by recursion,
 * JSON.stringify to begin with, runs out of stack at some thousands.
 */
const maxDepth = bodyBounds.jsonNesting.value;

/** Bounds for settings, checks and other requests about plugins. */
const plainBounds: ParsedBounds = {
  limit: bodyBounds.jsonBecomes.value,
  refuse: (actual, limit) =>
    new HotcellError("bad-request", `The JSON becomes ${actual} bytes or more, and may become ${limit}.`, {
      limit,
      actual,
      remedy: "Send less at once: fewer values, members and brackets.",
    }),
};

const anything: ParsedBounds = { ...plainBounds, limit: Number.POSITIVE_INFINITY };

/**
 * Result of `use`, called with the body as JSON, which is `undefined` for an empty one. Throws `bad-json`, naming `what` was to
 * be JSON, for text that is none, is not UTF-8, or is nested too deep; what `bounds.refuse` gives for text that becomes
 * too much; and `no-capacity`.
 */
export function withJson<T>(
  bytes: Uint8Array,
  what: string,
  bounds: ParsedBounds,
  use: (json: unknown) => T,
): T {
  if (bytes.byteLength === 0) return use(undefined);
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mistake = encodingMistake(buffer);
  if (mistake) {
    throw new HotcellError("bad-json", `${what} ${mistake[0]}.`, {
      expected: "JSON as UTF-8",
      remedy: mistake[1],
    });
  }
  if (bytes.byteLength <= short) {
    if (bytes.byteLength > maxDepth && opens(buffer) > maxDepth) weigh(buffer, what, anything);
    return use(parsed(buffer, what));
  }
  const becomes = weigh(buffer, what, bounds);
  // A text with anything beyond Latin-1 takes two bytes for each of its characters; its strings are made besides.
  const taken = becomes + 3 * bytes.byteLength;
  bounds.heap?.take(taken, "the JSON of a request");
  try {
    return use(parsed(buffer, what));
  } finally {
    bounds.heap?.give(taken);
  }
}

/** JSON of a body, where nothing holds on to it but the caller. Throws what `withJson` throws. */
export function parseJson(bytes: Uint8Array, what: string, bounds = plainBounds): unknown {
  return withJson(bytes, what, bounds, (json) => json);
}

function parsed(buffer: Buffer, what: string): unknown {
  try {
    return JSON.parse(buffer.toString("utf8"));
  } catch (error) {
    throw new HotcellError("bad-json", `${what} is not JSON: ${jsonMistake(error)}.`, {
      expected: "JSON (RFC 8259)",
      remedy:
        "Put names and strings into double quotes, no comma behind the last one, no comments, and nothing behind the end.",
    });
  }
}

/** Beginnings of a text: what text programs put there, and what its first bytes are in another encoding. */
const beginnings: readonly (readonly [bytes: readonly number[], what: string, remedy: string])[] = [
  [
    [0xef, 0xbb, 0xbf],
    "begins with a byte order mark (U+FEFF), which is no part of JSON",
    "Leave it out: save the file as UTF-8 without BOM (RFC 8259, section 8.1).",
  ],
  [[0xff, 0xfe], "is UTF-16", "Save it as UTF-8 (RFC 8259, section 8.1)."],
  [[0xfe, 0xff], "is UTF-16", "Save it as UTF-8 (RFC 8259, section 8.1)."],
];

function encodingMistake(buffer: Buffer): readonly [what: string, remedy: string] | undefined {
  const [first = 0] = buffer;
  // Whatever JSON begins with, but a NUL in or behind it tells of UTF-16.
  if (first < 0x80 && first !== 0x1f && first !== 0x28 && first !== 0 && buffer[1] !== 0 && isUtf8(buffer)) {
    return undefined;
  }
  const [, ...beginning] = beginnings.find(([bytes]) => bytes.every((byte, i) => buffer[i] === byte)) ?? [];
  if (beginning.length > 0) return beginning as [string, string];
  const still = stillCoded(buffer);
  if (still) return [`is ${still.coding}, and not JSON`, `${still.remedy} it as it was.`];
  if (first === 0 || buffer[1] === 0)
    return ["is UTF-16 or binary", "Save it as UTF-8 (RFC 8259, section 8.1)."];
  if (isUtf8(buffer)) return undefined;
  return ["is not UTF-8", "Send JSON encoded as UTF-8 (RFC 8259, section 8.1)."];
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];

/** Number of brackets that are opened in it, in strings too; of more than may be inside one another, not all are counted. */
function opens(buffer: Buffer): number {
  let count = 0;
  for (const bracket of ["[", "{"]) {
    let at = buffer.indexOf(bracket);
    for (; at >= 0 && count <= maxDepth; at = buffer.indexOf(bracket, at + 1)) count++;
  }
  return count;
}

/** Weights of what is in a text: found with eight megabytes of each. */
const weights = { container: 64, member: 16, item: 8, name: 512 };
/** Names of members are told apart by so many bits of a hash. */
const nameBits = 16;

/**
 * Bytes that V8 would make of the text, about. A name of members that was not there before weighs much: objects of the
 * same names share what V8 knows of them, and a WIT type has a bounded number. Throws for too much, and for too deep.
 */
function weigh(buffer: Buffer, what: string, { limit, refuse }: ParsedBounds): number {
  const names = new Uint8Array(1 << nameBits);
  let weight = 0;
  let depth = 0;
  let hash = 0;
  for (let at = 0; at < buffer.length; at++) {
    const code = buffer[at]!;
    if (code === quote) {
      hash = 0;
      for (at++; at < buffer.length; at++) {
        const inside = buffer[at]!;
        if (inside === quote) break;
        // What a backslash escapes may be a quote.
        if (inside === backslash) at++;
        hash = (Math.imul(hash, 31) + inside) | 0;
      }
    } else if (code === comma) weight += weights.item;
    else if (code === colon) {
      weight += weights.member;
      const bit = Math.imul(hash, 0x9e3779b1) >>> (32 - nameBits);
      if (names[bit] === 0) {
        names[bit] = 1;
        weight += weights.name;
      }
    } else if (code === 0x5b || code === 0x7b) {
      weight += weights.container;
      if (++depth > maxDepth) throw tooDeep(what);
      if (weight > limit) throw refuse(weight, limit);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  if (weight > limit) throw refuse(weight, limit);
  return weight;
}

function tooDeep(what: string): HotcellError {
  return new HotcellError("bad-json", `${what} is nested more than ${maxDepth} levels deep.`, {
    limit: maxDepth,
    remedy: `Nest arrays and objects ${maxDepth} levels deep at most; no WIT type needs so many.`,
  });
}
