import type { LogLine } from "../../backends/log/log-line.ts";
import { harmlessLine } from "../../text/harmless.ts";

/** Log of plugins on standard error, one line for one entry: nothing in it can move the cursor or forge another line. */
export function printLogLine({ plugin, level, context, message }: LogLine): void {
  const where = context ? `${plugin}/${context}` : plugin;
  process.stderr.write(`[${harmlessLine(where)}] ${level}: ${harmlessLine(message)}\n`);
}
