import { HotcellError, type Problem } from "../errors.ts";
import { harmlessFault, harmlessJson, inspected } from "../text/harmless.ts";
import { HostError } from "./remote/host-error.ts";
import { remedyHere } from "./remote/host-remedy.ts";
import { printError } from "./terminal.ts";

/**
 * An error for people at a terminal: what happened, by its code, and what to do; our own faults with their stack. With `json` for programs: the
 * problem (RFC 9457) on a line of standard error, as the host told it; our own faults have their stack in it.
 */
export function report(thrown: unknown, { json = false }: { readonly json?: boolean } = {}): void {
  const error = unusableFile(thrown) ?? thrown;
  if (json) {
    console.error(harmlessJson(problemOf(error)));
    return;
  }
  if (!(error instanceof HotcellError) || error.code === "fault") {
    printError(harmlessFault(error));
    return;
  }
  const code = error instanceof HostError ? ` (${error.code})` : "";
  const remedy = error instanceof HostError ? remedyHere(error) : error.facts.remedy;
  // It may be what a plugin said.
  printError(`${error.message}${code}${remedy ? `\n${remedy}` : ""}`);
}

/** Refusal of the system to read or write a file that somebody named: no fault of ours. Undefined for what is something else. */
function unusableFile(thrown: unknown): HotcellError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof HotcellError) return undefined;
  const { syscall, path } = thrown as NodeJS.ErrnoException;
  if (syscall === undefined || path === undefined) return undefined;
  return new HotcellError("no-such-file", `${path} can't be used: ${thrown.message}.`, {
    subject: path,
    remedy: "Name one that exists, or can be made, and that you may read and write.",
    cause: thrown,
  });
}

function problemOf(error: unknown): Problem {
  if (error instanceof HostError) return error.problem;
  if (error instanceof HotcellError && error.code !== "fault") return error.toProblem();
  const detail = error instanceof Error ? error.message : String(error);
  return { ...new HotcellError("fault", detail).toProblem(), stack: inspected(error) };
}
