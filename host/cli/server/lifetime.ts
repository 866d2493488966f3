import type { RunningServer } from "../../server.ts";
import { print, printJsonLine } from "../terminal.ts";
import { recordRegisteredSpans } from "./registered-spans.ts";
import { stopSignal } from "./stop-signal.ts";

/**
 * Starts a server and serves until SIGINT or SIGTERM, then ends in order: requests under way get their answers. A
 * second signal ends at once. Signals count from the beginning, so that one during the start is not lost; what `start`
 * gets is aborted then, and it may give up. `traces`: see `SpanOptions.ratio`; with `json` the end is told by a line for programs.
 */
export async function runServer(
  start: (signal: AbortSignal) => Promise<RunningServer>,
  { traces, json = false }: { readonly traces?: number | undefined; readonly json?: boolean } = {},
): Promise<void> {
  const stopped = stopSignal();
  await recordRegisteredSpans(traces);
  const starting = new AbortController();
  void stopped.then(() => starting.abort());
  const server = await start(starting.signal);
  await stopped;
  if (json) printJsonLine(JSON.stringify({ event: "stopping", at: new Date().toISOString() }));
  else print("\nStopping: requests under way are being answered. Once more to stop at once.");
  await server.close();
}
