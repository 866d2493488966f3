/** Answers to things thrown, as RFC 9457 has them. */

import type { Quota } from "../../access/request-rates.ts";
import { asHotcellError, type ErrorCode, HotcellError, problemType } from "../../errors.ts";
import { RareLine } from "../../platform/rare-line.ts";
import { beneathLinks } from "../../registry/links/link-errors.ts";
import { harmlessHeader, harmlessJson } from "../../text/harmless.ts";
import { type PlainAnswer, responseOf } from "./plain-answer.ts";
import { problemHeaders } from "./respond.ts";

/** Codes that plugins, full hosts and shutdowns bring about, or that were told before: no faults of ours, whatever the status. */
const expected = new Set<ErrorCode>([
  "trap",
  "exited",
  "out-of-fuel",
  "out-of-memory",
  "timeout",
  "result-too-large",
  "process-died",
  "no-capacity",
  "workers-unavailable",
  "backing-off",
  "closed",
  "over-quota",
  "plugin-damaged",
  "no-response",
  "handler-error",
  // Of which nothing more is known than what a plugin's process says of it.
  "link-failed",
  "bad-response",
  "upgrade-not-supported",
]);

/** Line that tells of a store which can't be used: each request fails by it until somebody looks after the store. */
const storeLine = new RareLine();

/** Teller of errors, such as the services of a door. */
export interface ProblemTeller {
  /** Hears of our own faults. */
  readonly logFault: (error: unknown) => void;
  /** Address of the API, if everybody reaches it. */
  readonly publicUrl?: string | undefined;
  /** Name of the trace that what failed is part of, as far as whoever is told can look for it. */
  readonly trace?: string | undefined;
}

/**
 * The answer to anything thrown. What is not a HotcellError, and our own faults, go to `logFault` with their cause;
 * the answer says only that it happened.
 */
export function problemAnswer(thrown: unknown, teller: ProblemTeller): PlainAnswer {
  const error = asHotcellError(thrown);
  noteFault(error, teller);
  const { challenge, acceptEncoding, quota, ...problem } = error.toProblem();
  const headers = { ...problemHeaders, ...headersOf(error, challenge, acceptEncoding, quota as Quota) };
  const { status, code } = error;
  return { status, headers, body: problemText(error, traced(problem, teller), teller.publicUrl), code };
}

/** The body of that answer, as a part of another one. */
export function problemBody(error: HotcellError, teller: ProblemTeller): object {
  noteFault(error, teller);
  const { challenge: _, acceptEncoding: __, quota: ___, ...problem } = error.toProblem();
  return { ...traced(problem, teller), type: problemType(error.code, teller.publicUrl) };
}

function traced(problem: object, { trace }: ProblemTeller): object {
  return trace === undefined ? problem : { ...problem, trace };
}

/** Tells the host's owner of an error that is the host's, and not of what plugins and callers bring about. */
export function noteFault(error: HotcellError, { logFault }: Pick<ProblemTeller, "logFault">): void {
  const beneath = beneathLinks(error);
  if (beneath.status < 500 || expected.has(beneath.code)) return;
  if (beneath.code === "store-unavailable") storeLine.say(() => `${beneath.code}: ${beneath.message}`);
  // A fault's own text says nothing; that of any other names what failed, which its cause need not.
  else logFault(beneath.code === "fault" ? (beneath.cause ?? beneath) : beneath);
}

/** The same as a web response. */
export function problemOf(thrown: unknown, teller: ProblemTeller): Response {
  return responseOf(problemAnswer(thrown, teller));
}

/** Body of the answer that an error is told by; `problem` is what it says. */
export function problemText({ code }: HotcellError, problem: object, publicUrl?: string): string {
  return harmlessJson({ ...problem, type: problemType(code, publicUrl) });
}

function headersOf(
  error: HotcellError,
  challenge: unknown,
  acceptEncoding: unknown,
  quota?: Quota,
): Record<string, string> {
  const { retryAfter, extra } = error.facts;
  const allow = error.code === "method-not-allowed" ? extra?.allow : undefined;
  return {
    ...(typeof challenge === "string" && { "www-authenticate": harmlessHeader(challenge) }),
    // RFC 9110, section 15.5.16.
    ...(typeof acceptEncoding === "string" && { "accept-encoding": harmlessHeader(acceptEncoding) }),
    ...(Array.isArray(allow) && { allow: harmlessHeader(allow.join(", ")) }),
    ...(quota && quotaFields(quota)),
    ...(retryAfter !== undefined && { "retry-after": `${retryAfter}` }),
  };
}

/** Fields that tell a client how many requests its quota has left (draft-ietf-httpapi-ratelimit-headers). */
export function quotaFields({ policy, left }: Quota): Record<string, string> {
  return { "ratelimit-policy": policy, ratelimit: left };
}

export function methodNotAllowed(method: string, path: string, allow: readonly string[]): HotcellError {
  return new HotcellError("method-not-allowed", `${path} does not take ${method}.`, {
    subject: path,
    actual: method,
    expected: allow.join(", "),
    remedy: `Use ${allow.join(" or ")}.`,
    extra: { allow },
  });
}
