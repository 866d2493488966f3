import { HotcellError } from "../errors.ts";
import { harmlessFault } from "../text/harmless.ts";
import { printError } from "./terminal.ts";

/** An error for people at a terminal: what happened and what to do; our own faults with their stack. */
export function report(error: unknown): void {
  if (!(error instanceof HotcellError) || error.code === "fault") {
    printError(harmlessFault(error));
    return;
  }
  const { remedy } = error.facts;
  // It may be what a plugin said.
  printError(remedy ? `${error.message}\n${remedy}` : error.message);
}
