import type { RunningServer } from "../../server.ts";
import { print } from "../terminal.ts";
import { recordRegisteredSpans } from "./registered-spans.ts";

/**
 * Starts a server and serves until SIGINT or SIGTERM, then ends in order: requests under way get their answers. A
 * second signal ends at once. Signals count from the beginning, so that one during the start is not lost; what `start`
 * gets is aborted then, and it may give up.
 */
export async function runServer(start: (signal: AbortSignal) => Promise<RunningServer>): Promise<void> {
  const stopped = stopSignal();
  await recordRegisteredSpans();
  const starting = new AbortController();
  void stopped.then(() => starting.abort());
  const server = await start(starting.signal);
  await stopped;
  print("\nStopping: requests under way are being answered. Once more to stop at once.");
  await server.close();
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };
    let signalled = false;
    for (const [signal, exitCode] of Object.entries(signals)) {
      process.on(signal, () => {
        if (signalled) process.exit(exitCode);
        signalled = true;
        resolve();
      });
    }
  });
}
