/** The end of a token's life, as those who make one say it: a moment, or a time from now. */

import { tokenBounds } from "../bounds/http-bounds.ts";
import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";

export interface Lifetime {
  /** RFC 3339 with its offset, or a date alone, which is its first moment in UTC. */
  readonly expiresAt?: unknown;
  /** Seconds, or a text such as `30d`. */
  readonly expiresIn?: unknown;
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
/** A hundred years. What is to live longer needs no end. */
const maxSeconds = tokenBounds.lifetime.value / 1000;

const moment =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;
const duration = /^(\d{1,10})([smhdw])$/;

/**
 * RFC 3339 in UTC; undefined for a token without end. `now`: milliseconds since 1970. Throws `bad-request` for what is
 * no time, has passed already, or is more than a hundred years away.
 */
export function expiryOf({ expiresAt, expiresIn }: Lifetime, now: number = Date.now()): string | undefined {
  if (expiresAt !== undefined && expiresIn !== undefined) {
    throw new HotcellError("bad-request", "A token ends at expiresAt or after expiresIn, and both came.", {
      subject: "expiresIn",
      expected: "either expiresAt or expiresIn",
      remedy: "Send one of them.",
    });
  }
  if (expiresIn !== undefined) {
    const span = secondsIn(expiresIn);
    if (span !== undefined && span <= maxSeconds) return new Date(now + span * 1000).toISOString();
    throw wrong("expiresIn", expiresIn, 'seconds from 1 up, or a text such as "12h", "30d" or "8w"');
  }
  if (expiresAt === undefined) return undefined;
  const time = typeof expiresAt === "string" ? timeOf(expiresAt) : undefined;
  if (time === undefined) {
    throw wrong("expiresAt", expiresAt, "a time such as 2030-01-31T12:00:00Z, or a date such as 2030-01-31");
  }
  if (time <= now) throw wrong("expiresAt", expiresAt, `a time after ${new Date(now).toISOString()}`);
  if (time > now + maxSeconds * 1000) throw wrong("expiresAt", expiresAt, "a time within a hundred years");
  return new Date(time).toISOString();
}

function secondsIn(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 1 ? value : undefined;
  const [, count, unit] = (typeof value === "string" && duration.exec(value)) || [];
  const span = Number(count) * (seconds[unit ?? ""] ?? 0);
  return span >= 1 ? span : undefined;
}

function timeOf(text: string): number | undefined {
  const date = moment.exec(text)?.[1];
  // A day that its month does not have is taken for one of the next month.
  if (date === undefined || new Date(date).toISOString().slice(0, 10) !== date) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function wrong(subject: string, value: unknown, expected: string): HotcellError {
  const actual = typeof value === "number" ? value : beginning(JSON.stringify(value) ?? "nothing", 100);
  return new HotcellError("bad-request", `${subject} is ${actual}, which is no end for a token.`, {
    subject,
    actual,
    expected,
    remedy: "Leave it out for a token that is good until it is revoked.",
  });
}
