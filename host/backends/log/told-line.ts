import { cellBounds } from "../../bounds/cell-bounds.ts";
import { cutCounting } from "../../text/cut.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { LogLine, RawLine } from "./log-line.ts";

/** UTF-16 code units that are shown of a line of output. */
const maxShown = cellBounds.logLine.value;

/** A line as others may see it: scrubbed, then cut. */
export function toldLine(scrubber: Scrubber, { more, ...line }: RawLine): LogLine {
  const context = scrubber.scrub(line.context);
  if (more === undefined) return { ...line, context, message: scrubber.scrub(line.message) };
  const scrubbed = more > 0 ? scrubber.scrubBeginning(line.message) : scrubber.scrub(line.message);
  return { ...line, context, message: cutCounting(scrubbed, maxShown, more) };
}
