/** What plugins write, for people at a terminal: nothing in it can move the cursor or forge another line. */
import type { LogLine } from "../capability.ts";

/** To standard error, one line for one entry. */
export function printLogLine({ plugin, level, context, message }: LogLine): void {
  const where = context ? `${plugin}/${context}` : plugin;
  process.stderr.write(`[${visible(where)}] ${level}: ${visible(message)}\n`);
}

/** C0, C1, line separators and bidirectional controls. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** With control characters escaped. */
export function visible(text: string): string {
  return text.replace(controls, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}
