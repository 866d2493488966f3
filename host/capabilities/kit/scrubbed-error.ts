/** Errors without a plugin's secrets: what it says when it aborts or refuses may have them. */
import { ComponentError, HotcellError, isOfClass, rebuilt } from "../../errors.ts";
import { inspected } from "../../text/harmless.ts";
import type { Scrubber } from "../../text/scrubber.ts";

/**
 * The same error, its message, facts and cause scrubbed. What a plugin returns, an error or not, is its own answer, and
 * stays as it is.
 */
export function scrubbedError(scrubber: Scrubber, error: unknown): unknown {
  if (scrubber.longest === 0 || isOfClass(error, ComponentError)) return error;
  if (!isOfClass(error, HotcellError)) return scrubbedCause(scrubber, error);
  const { cause, ...told } = error.facts;
  const facts = {
    ...(scrubbedValue(scrubber, told) as typeof told),
    ...(cause !== undefined && { cause: scrubbedCause(scrubber, cause) }),
  };
  return rebuilt(error, scrubber.scrub(error.message), facts);
}

/** Cause as the host's own log has it. */
function scrubbedCause(scrubber: Scrubber, cause: unknown): unknown {
  if (isOfClass(cause, HotcellError)) return scrubbedError(scrubber, cause);
  const text = inspected(cause);
  const scrubbed = scrubber.scrub(text);
  return scrubbed === text ? cause : new Error(scrubbed);
}

function scrubbedValue(scrubber: Scrubber, value: unknown): unknown {
  if (typeof value === "string") return scrubber.scrub(value);
  if (Array.isArray(value)) return value.map((element) => scrubbedValue(scrubber, element));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, scrubbedValue(scrubber, member)]),
  );
}
