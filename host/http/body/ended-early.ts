import { HotcellError } from "../../errors.ts";

/** Error for a body of which less came than was announced. */
export function endedEarly(cause: unknown): HotcellError {
  return new HotcellError("bad-request", "The body ended before it was complete.", { cause });
}
