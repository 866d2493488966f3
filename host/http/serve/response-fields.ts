/** Heads of a plugin's responses on their way to a client. */

import type { RawFields, ResponseHead } from "../../capabilities/http/http-exchange.ts";
import { commonName } from "../../capabilities/http/http-fields.ts";
import { hasNoContent } from "../../capabilities/http/no-content.ts";
import { badResponse, connectionFields, namedByConnection, requireField } from "./message-fields.ts";
import type { Mount } from "./mount.ts";
import type { AnswerPlace } from "./origin-policy.ts";

/** Head as it may be sent. */
export interface FitHead {
  readonly status: number;
  /** Without `Content-Length` and `Trailer`, which depend on how it is sent. */
  readonly fields: string[];
  /** Bytes of the body that the plugin declares. */
  readonly length: number | undefined;
  /** `Trailer` fields. */
  readonly announced: string | undefined;
  /** Nothing comes after the head, whatever the plugin writes (RFC 9110, section 6.4.1). */
  readonly bodiless: boolean;
  /** Fields that the origin's policy does not let through. */
  readonly dropped: number;
}

/** Throws `bad-response` for a head that can't be sent. */
export function fitHead(head: ResponseHead, method: string, mount: Mount, place: AnswerPlace): FitHead {
  const { status } = head;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw badResponse(mount.plugin, `Its status is ${status}.`, {
      actual: status,
      expected: "200 to 599",
      remedy: "Have the plugin answer with a status of RFC 9110, section 15.",
    });
  }
  const { fields, length: declared, announced, dropped } = passFields(head.fields, mount, place);
  for (const text of mount.policy.added) fields.push(text);
  const bodiless = hasNoContent(method, status);
  // 205 says so by a length of 0 (RFC 9110, section 15.3.6).
  const length = status === 204 ? undefined : status === 205 ? 0 : declared;
  return { status, fields, length, announced, bodiless, dropped };
}

/** Head of an informational response; undefined for one that is not the plugin's to send. */
export function fitInformation(
  head: ResponseHead,
  mount: Mount,
  place: AnswerPlace,
): Pick<FitHead, "fields" | "dropped"> | undefined {
  // 101 would change the protocol, and 100 is said when the body is asked for.
  if (head.status < 102 || head.status > 199) return undefined;
  return passFields(head.fields, mount, place, true);
}

/** Fields that say something of the answer they come with, and nothing to anybody else: most answers have no others. */
const aboutContent: ReadonlySet<string> = new Set([
  ...["content-type", "content-encoding", "content-language", "content-disposition"],
  ...["cache-control", "etag", "last-modified", "expires", "vary", "accept-ranges", "content-range"],
]);

interface Passed extends Pick<FitHead, "fields" | "length" | "announced" | "dropped"> {}

function passFields(raw: RawFields, mount: Mount, place: AnswerPlace, early = false): Passed {
  const { plugin, policy } = mount;
  const fields: string[] = [];
  let length: number | undefined;
  let announced: string | undefined;
  let dated = false;
  let dropped = 0;
  let named: ReadonlySet<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    requireField(plugin, name, value);
    const lower = commonName(name) ?? name.toLowerCase();
    if (aboutContent.has(lower)) {
      fields.push(name, value);
      continue;
    }
    if (lower === "content-length") {
      length = lengthOf(plugin, value, length);
      continue;
    }
    if (lower === "date") {
      // One message has one.
      if (dated) continue;
      dated = true;
    } else if (lower === "trailer") {
      announced = announced === undefined ? value : `${announced}, ${value}`;
      continue;
    }
    if (connectionFields.has(lower)) {
      if (lower === "connection") named ??= namedByConnection(raw);
      continue;
    }
    if (policy.replaces(lower)) continue;
    const ours = lower.startsWith("hotcell-") || (early && !policy.early(lower));
    const passed = ours ? undefined : policy.answer(lower, value, place);
    if (passed === undefined) dropped++;
    else fields.push(name, passed);
  }
  return { fields: named === undefined ? fields : without(fields, named), length, announced, dropped };
}

function without(fields: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (!named.has(fields[i]!.toLowerCase())) kept.push(fields[i]!, fields[i + 1]!);
  }
  return kept;
}

/** Number of at most 15 digits; undefined for what is none. */
function decimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** Length that a response declares; the same twice is one (RFC 9110, section 8.6). */
function lengthOf(plugin: string, value: string, before: number | undefined): number {
  const length = decimal(value);
  if (length !== undefined && (before === undefined || before === length)) return length;
  throw badResponse(plugin, "Its Content-Length is no length, or there are two.", {
    actual: value.slice(0, 100),
    expected: before === undefined ? "a number of bytes" : `${before}, as before`,
    remedy: "Have the plugin declare the length of its body once, or not at all.",
  });
}
