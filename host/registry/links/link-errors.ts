/** Errors of links: of those that can't be made, and of calls that failed. */
import type { LinkedFunction } from "../../backends/plugin-calls.ts";
import { isUnwanted } from "../../engine/call-context.ts";
import { asHotcellError, ComponentError, type ErrorFacts, HotcellError, isOfClass } from "../../errors.ts";

/** Reason why a link can't be made. */
export type BadLinkReason = "not-deployed" | "damaged" | "mismatch" | "circle" | "too-deep";

/** Error for a link that can't be made. */
export function badLink(
  detail: string,
  { reason, extra, ...facts }: ErrorFacts & { readonly reason: BadLinkReason },
): HotcellError {
  return new HotcellError("bad-link", detail, { ...facts, extra: { reason, ...extra } });
}

/**
 * Error that a plugin's call ends with whose callee did. It tells what kind of end that was, and none of the words of the
 * callee: who may call the one need not be somebody who may call the other. An error that the callee returned, and the end
 * of a call that nobody wants any more, are passed on as they are.
 */
export function linkFailed({ from, to, interface: id, name }: LinkedFunction, thrown: unknown): unknown {
  if (thrown instanceof ComponentError || isUnwanted(thrown)) return thrown;
  const error = asHotcellError(thrown);
  const { setting, retryAfter } = error.facts;
  const { title } = error.toProblem();
  return new HotcellError(
    "link-failed",
    `${from} called ${id}#${name} of the plugin ${to}, which failed: ${title} (${error.code}).`,
    {
      subject: `${id}#${name}`,
      ...(retryAfter !== undefined && { retryAfter }),
      remedy: remedyOf(to, error),
      extra: {
        reason: error.code,
        callee: to,
        ...(setting !== undefined && { calleeSetting: setting }),
      },
      cause: error,
    },
  );
}

/** Error that the end of a call by links comes from, at whatever distance, as far as this host has seen it itself. */
export function beneathLinks(error: HotcellError): HotcellError {
  const { code, cause } = error;
  return code === "link-failed" && isOfClass(cause, HotcellError) ? beneathLinks(cause) : error;
}

function remedyOf(to: string, { code, facts: { setting, retryAfter } }: HotcellError): string {
  if (code === "plugin-not-found") return `Upload ${to} again, or link the import to another plugin.`;
  if (setting !== undefined) return `Look at ${to}: its ${setting} is what was met.`;
  if (retryAfter !== undefined) return `Try again in ${retryAfter} s.`;
  return `Look at ${to}: call its function by itself, or look at its log.`;
}
