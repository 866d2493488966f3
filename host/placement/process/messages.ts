/**
 * Messages of the host and a plugin's process to each other. The host trusts nothing that comes back: a plugin that
 * breaks out of its engine owns the process.
 */
import * as v from "valibot";
import { scrubbedError } from "../../capabilities/kit/scrubbed-error.ts";
import {
  asHotcellError,
  type ErrorCode,
  ExitError,
  HotcellError,
  NoRoomToGrowError,
  TrapError,
} from "../../errors.ts";
import { cutText } from "../../text/cut.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { CallLimits } from "../placement.ts";
import { type FrameReader, type FrameWriter, Garbled } from "./frame.ts";

/** The number that the file descriptor has, in the process, over which they talk. */
export const descriptor = 3;

/** From the host. */
export const request = {
  /**
   * A text, the JSON of a `Start`; the component, after its length (u32); the arguments of the first call. Answered
   * when the plugin can be called, with whether it asked for its `env` meanwhile (u8).
   */
  start: 1,
  /** A function, by its number among the world's exported ones (u32), the call's origin, and its arguments. */
  call: 2,
  /** A text, the JSON of an `Adjust`. Not answered: what follows it is done under it. */
  adjust: 3,
  /** Data: the answer to what a cell asked of a backend by that id. */
  reply: 5,
  /** A text, the JSON of an error: the same for what it failed with, or for an exchange that could not begin. */
  refusal: 6,
  /** Nobody waits for the answer to the call of this id: it may be given up, and is answered all the same. */
  cancel: 4,
  /**
   * A driven export's name, which is a text, and its function, by its number (u32), and the origin: an exchange begins, whose frames have
   * this one's id and `drivenBit`. Answered as a call is, but for a value without anything, when its end there is over.
   */
  drive: 7,
} as const;

/** Set in the ids of exchanges that the host begins; others are the process's. */
export const drivenBit = 0x8000_0000;

/** Id of the frames of an exchange that a request drives. */
export function drivenId(request: number): number {
  return (request | drivenBit) >>> 0;
}

/** From the process. The first three answer the request with the same id, and begin with the fuel used (f64). */
export const answer = {
  /** The result, or of a top-level `result` the ok part. */
  value: 1,
  /** The error part of a top-level `result`. */
  error: 2,
  /** A text: the JSON of a failure. */
  failure: 3,
  /** A backend's name and an operation, which are texts, and data. Id 0. */
  tell: 4,
  /** The bytes it has resident (f64), after every answer, from where the host can't look itself. Id 0. */
  resident: 5,
  /** It has loaded its code, and reads. Once, before all else. Id 0. */
  ready: 6,
  /** The same as `tell`, to be answered by the id. */
  ask: 7,
  /** The same, to begin an exchange of that id. */
  open: 8,
} as const;

/** From either end, of an exchange that is under way, by its id. */
export const exchanged = {
  /** Data. */
  part: 16,
  /** There are no more parts from this end. */
  end: 17,
  /** Bytes (u32) of parts that were taken since. */
  credit: 18,
  /** It is cut off; from the host with the JSON of an error. From the process of what it asked, too. */
  cancel: 19,
} as const;

/**
 * Bytes that an answer may have: a value takes at most half as much again as in the guest's memory, and a failure's
 * texts have their limits.
 */
export function maxAnswer({ resultBytes }: CallLimits): number {
  return 2 * resultBytes + 256 * 1024;
}

/** Codes by which running a plugin may fail; a process that speaks of anything else is not believed. */
const codes = [
  "trap",
  "exited",
  "out-of-fuel",
  "out-of-memory",
  "result-too-large",
  "body-too-large",
  "no-response",
  "handler-error",
  "no-capacity",
  "backing-off",
  "timeout",
  "link-failed",
  "cancelled",
  "closed",
  "fault",
  "host-function-failed",
  "init-failed",
  "trial-failed",
  "unsupported-feature",
  "component-limit",
  "invalid-component",
  "malformed-component",
  "unsafe-name",
  "unknown-import",
  "import-mismatch",
  "import-not-granted",
  "bad-settings",
] as const satisfies readonly ErrorCode[];

const longestText = 4_000;
const text = v.pipe(v.string(), v.maxLength(longestText));
const amount = v.union([v.number(), text]);
const failureSchema = v.strictObject({
  code: v.picklist(codes),
  message: text,
  subject: v.optional(text),
  setting: v.optional(text),
  limit: v.optional(amount),
  actual: v.optional(amount),
  expected: v.optional(text),
  remedy: v.optional(text),
  raise: v.optional(v.strictObject({ limits: v.pipe(v.array(text), v.maxLength(2)), otherwise: text })),
  retryAfter: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600))),
  /** Status of a guest that ended itself. */
  exitStatus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
  /** Bytes or elements, of a guest that was refused growth. */
  had: v.optional(v.number()),
  asked: v.optional(v.number()),
  /** Code that a call by a link came to, with its callee's name and the setting that was met there. */
  reason: v.optional(text),
  callee: v.optional(text),
  calleeSetting: v.optional(text),
  /** Frames of the guest. */
  stack: v.optional(v.pipe(v.array(text), v.maxLength(100))),
  /** Cause, for the host's own log. */
  cause: v.optional(text),
});

/** Scrubbed here and not only by the host, because it is cut here. */
export function writeFailure(out: FrameWriter, thrown: unknown, scrubber: Scrubber): void {
  const error = scrubbedError(scrubber, asHotcellError(thrown)) as HotcellError;
  const known = (codes as readonly string[]).includes(error.code);
  const { subject, setting, limit, actual, expected, remedy, raise, retryAfter, extra, cause } = error.facts;
  const cut = <T>(fact: T): T => (typeof fact === "string" ? (cutText(fact, longestText - 1) as T) : fact);
  const told: v.InferInput<typeof failureSchema> = {
    code: known ? (error.code as (typeof codes)[number]) : "fault",
    message: cut(error.message),
    subject: cut(subject),
    setting,
    limit: cut(limit),
    actual: cut(actual),
    expected: cut(expected),
    remedy: cut(remedy),
    raise: raise && { limits: [...raise.limits], otherwise: cut(raise.otherwise) },
    retryAfter,
    exitStatus: error instanceof ExitError ? error.exitStatus : undefined,
    had: numberOf(extra?.had),
    asked: numberOf(extra?.asked),
    ...(error.code === "link-failed" && linkFacts(extra)),
    stack: Array.isArray(extra?.stack)
      ? extra.stack.slice(0, 100).map((frame) => cut(String(frame)))
      : undefined,
    cause:
      cause === undefined
        ? undefined
        : cut(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
  };
  out.text(JSON.stringify(told));
}

/** Further facts of a call by a link. */
function linkFacts({ reason, callee, calleeSetting }: HotcellError["facts"]["extra"] = {}) {
  const text = (fact: unknown) => (typeof fact === "string" ? cutText(fact, longestText - 1) : undefined);
  return { reason: text(reason), callee: text(callee), calleeSetting: text(calleeSetting) };
}

function numberOf(fact: unknown): number | undefined {
  return typeof fact === "number" ? fact : undefined;
}

/** Throws `Garbled`. */
export function readFailure(from: FrameReader): HotcellError {
  const { code, message, stack, exitStatus, had, asked, cause, ...others } = readJson(failureSchema, from);
  const { reason, callee, calleeSetting, ...told } = others;
  const link = code === "link-failed" ? { reason, callee, calleeSetting } : {};
  const extra = present({ had, asked, stack, ...link });
  const facts = {
    ...present(told),
    ...(Object.keys(extra).length > 0 && { extra }),
    ...(cause !== undefined && { cause: new Error(cause) }),
  };
  if (code === "trap") return new TrapError(message, facts);
  // Its cell has ended, which is not so where a call found no room to begin.
  if (code === "no-capacity" && asked !== undefined) return new NoRoomToGrowError(message, facts);
  // Without a status it is not believed to have been success.
  if (code === "exited") return new ExitError(exitStatus ?? 1, message, facts);
  return new HotcellError(code, message, facts);
}

function present(facts: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
}

/** An error of the host's own, for the capability that asked. */
export function writeRefusal(out: FrameWriter, { code, message, facts }: HotcellError): void {
  const { cause: _, extra, ...told } = facts;
  const link = code === "link-failed" && { extra: linkFacts(extra) };
  out.text(JSON.stringify({ code, message, facts: { ...told, ...link } }));
}

/** Error of the host's, which is believed. */
export function readRefusal(from: FrameReader): HotcellError {
  const told = JSON.parse(from.text()) as Pick<HotcellError, "code" | "message" | "facts">;
  return new HotcellError(told.code, told.message, told.facts);
}

function readJson<S extends v.GenericSchema>(schema: S, from: FrameReader): v.InferOutput<S> {
  const json = from.text();
  from.end();
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Garbled("a message is no JSON");
  }
  const result = v.safeParse(schema, parsed, { abortEarly: true });
  if (!result.success) throw new Garbled("a message has the wrong shape");
  return result.output;
}
