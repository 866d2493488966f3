/** Query parameters, strictly: a flag that was misspelt must not silently deploy. */

import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";

/**
 * Everything after `?`, percent-decoded. Throws `bad-request` for escapes that are none, and for bytes that are no UTF-8: the
 * platform's decoder would put U+FFFD in their place, and say nothing.
 */
export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  const query = start < 0 ? "" : url.slice(start + 1);
  if (query.includes("%") && !decodes(query)) throw undecodable(query);
  return new URLSearchParams(query);
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function undecodable(query: string): HotcellError {
  const pair = query.split("&").find((part) => !decodes(part)) ?? query;
  const name = pair.split("=")[0]!;
  const subject = beginning(decodes(name) ? decodeURIComponent(name) : name, 100);
  const lone = /%(?![\da-f]{2})/i.test(pair);
  return new HotcellError(
    "bad-request",
    lone
      ? `The query parameter ${JSON.stringify(subject)} has a % that begins no escape.`
      : `The query parameter ${JSON.stringify(subject)} is not UTF-8.`,
    {
      subject,
      actual: beginning(pair, 100),
      expected: "text as UTF-8, percent-encoded",
      remedy: lone
        ? 'Write a percent sign as %25; curl -G --data-urlencode "name=value" encodes what needs it.'
        : "Encode text as UTF-8 before percent-encoding it; send bytes as base64 where the function takes list<u8>.",
    },
  );
}

/**
 * Checks names. Throws `bad-request` with near misses for parameters that are not among these, and for one of `single` that comes twice.
 */
export function onlyKnown(
  query: URLSearchParams,
  single: readonly string[],
  repeatable: readonly string[] = [],
): void {
  const known = [...single, ...repeatable];
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!known.includes(name)) throw unknownParameter(name, known);
    if (seen.has(name) && !repeatable.includes(name)) {
      throw new HotcellError("bad-request", `?${name} is given ${query.getAll(name).length} times.`, {
        subject: name,
        actual: beginning(query.getAll(name).join(", "), 100),
        expected: "once",
        remedy: `Give ?${name} once.`,
      });
    }
    seen.add(name);
  }
}

function unknownParameter(name: string, known: readonly string[]): HotcellError {
  const shown = beginning(name, 100);
  const near = nearest(name, known);
  const which = didYouMean(near.map((known) => `?${known}`)) ?? "Leave it out.";
  const all = known.length > 0 ? ` Known here: ${known.join(", ")}.` : " No parameters are taken here.";
  return new HotcellError("bad-request", `There is no query parameter ${JSON.stringify(shown)} here.`, {
    subject: shown,
    expected: known.join(", ") || "none",
    remedy: which + all,
    ...(near.length > 0 && { extra: { near } }),
  });
}

/** `?x`, `?x=` and `?x=true` are true; `?x=false` and absence are false. Throws `bad-request` for other values. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === "false") return false;
  if (value === "" || value === "true") return true;
  throw new HotcellError("bad-request", `?${name} is a flag.`, {
    subject: name,
    actual: beginning(value, 100),
    expected: `?${name}, ?${name}=true or ?${name}=false`,
    remedy: `Send ?${name}=true, or leave it out.`,
  });
}

/** A number from `least` to 2^53 - 1; undefined where it is absent. Throws `bad-request` for anything else. */
export function integer(query: URLSearchParams, name: string, least: 0 | 1 = 1): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = /^(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new HotcellError("bad-request", `?${name} must be a whole number from ${least} on.`, {
    subject: name,
    actual: beginning(value, 100),
    expected: `?${name}=20`,
    remedy: `Send a whole number from ${least} on, such as ?${name}=20, or leave it out.`,
  });
}
