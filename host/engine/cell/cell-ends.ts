import { type ErrorCode, HotcellError } from "../../errors.ts";

/** Codes of calls whose cell ends with them. */
const cellEnds = new Set<ErrorCode>([
  "exited",
  "trap",
  "out-of-fuel",
  "out-of-memory",
  "timeout",
  "result-too-large",
  "process-died",
  "link-failed",
]);

/** True for an error that is the plugin's doing, where the cell that it was called in has ended. Not where the call never began. */
export function endedItsCell(error: unknown): error is HotcellError {
  return error instanceof HotcellError && cellEnds.has(error.code) && error.facts.extra?.began !== false;
}
