import { type ErrorCode, HotcellError } from "../../errors.ts";

/** How a call ends whose cell ends with it. */
const cellEnds = new Set<ErrorCode>([
  "exited",
  "trap",
  "out-of-fuel",
  "out-of-memory",
  "timeout",
  "result-too-large",
  "process-died",
]);

/** Whether it is the plugin's doing, and the cell that it was called in has ended. Not where the call never began. */
export function endedItsCell(error: unknown): error is HotcellError {
  return error instanceof HotcellError && cellEnds.has(error.code) && error.facts.extra?.began !== false;
}
