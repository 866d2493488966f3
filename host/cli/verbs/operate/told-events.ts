/** Events of a host on a terminal, as `events` and `logs` tell them. */

import { UsageError } from "../../command-line.ts";
import { eventsOf, followEvents } from "../../remote/event-source.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { stopSignal } from "../../server/stop-signal.ts";
import type { HostEvent } from "../../shown/event-lines.ts";
import { ink, type LinePiece, noteLine, printJsonLine, printLine } from "../../terminal.ts";

export const followOptions = {
  follow: { type: "boolean", short: "f" },
  lines: { type: "string", short: "n" },
  json: { type: "boolean" },
} as const;

/** Number of `--lines`; undefined: all. */
function lastOf(given: string | undefined, follow: boolean): number | undefined {
  if (given === undefined) return follow ? 10 : undefined;
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new UsageError("--lines is a number.");
}

/** Values of those options, and of those that name the host. */
export interface FollowValues {
  readonly follow?: boolean;
  readonly lines?: string;
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
}

export interface Telling {
  readonly wanted: (event: HostEvent) => boolean;
  readonly lineOf: (event: HostEvent) => readonly LinePiece[];
}

/**
 * Tells those that are kept, of plugins by name or pattern or of all, and goes on with those that come where that is asked for, until
 * SIGINT or SIGTERM.
 */
export async function tellEvents(
  { follow = false, lines, json = false, url, token }: FollowValues,
  plugins: readonly string[],
  { wanted, lineOf }: Telling,
): Promise<void> {
  const last = lastOf(lines, follow);
  const host = remoteHost(url, token, process.env);
  const query = new URLSearchParams(plugins.map((each) => ["plugin", each]));
  let count = 0;
  const tell = (data: string, event: HostEvent) => {
    count++;
    if (json) printJsonLine(data);
    else printLine(...lineOf(event));
  };
  let after = "0";
  const held: [data: string, event: HostEvent][] = [];
  for await (const { id, data } of eventsOf(host, `/events?kept&${query}`)) {
    after = id;
    const event = eventOf(data);
    if (!event || !wanted(event)) continue;
    if (last === undefined) tell(data, event);
    else if (held.push([data, event]) > last) held.shift();
  }
  for (const each of held) tell(...each);
  if (!follow) {
    if (count === 0 && !json) noteLine(ink("dim", "There are none."));
    return;
  }
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  let told = false;
  const lost = () => {
    if (!told && !json) noteLine(ink("dim", "The host ended the stream, or is away: trying again."));
    told = true;
  };
  for await (const { data } of followEvents(host, `/events?${query}`, { after, signal: stop.signal, lost })) {
    told = false;
    const event = eventOf(data);
    if (event && wanted(event)) tell(data, event);
  }
}

/** Undefined for what is no event. */
function eventOf(data: string): HostEvent | undefined {
  try {
    const event = JSON.parse(data) as HostEvent | null;
    return typeof event === "object" && event !== null && typeof event.kind === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
