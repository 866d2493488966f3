/** Errors that a host answers with, as the command line holds them. */

import { type ErrorCode, HotcellError, type Problem } from "../../errors.ts";

/** Error that a problem document (RFC 9457) was made of. Its code may be one of a newer host's, which the catalogue here has not. */
export class HostError extends HotcellError {
  /** Document as it came. */
  readonly problem: Problem;

  constructor(problem: Problem) {
    const { code, detail, remedy, changes } = problem;
    super(code, detail, {
      ...(typeof remedy === "string" && { remedy }),
      ...(Array.isArray(changes) && { extra: { changes } }),
    });
    this.problem = problem;
  }

  /** Status as the host has it: the catalogue here need not have the code. */
  override get status(): number {
    return typeof this.problem.status === "number" ? this.problem.status : 500;
  }
}

/** The error that an answer's body tells; undefined where it tells none. */
export function errorOf(body: unknown): HostError | undefined {
  if (typeof body !== "object" || body === null || !("code" in body) || !("detail" in body)) return undefined;
  const { code, detail } = body;
  if (typeof code !== "string" || typeof detail !== "string") return undefined;
  return new HostError({ ...body, code: code as ErrorCode, detail } as Problem);
}
