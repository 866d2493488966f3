/** Events of a host on a terminal, as `events` and `logs` tell them. */

import { UsageError } from "../../command-line.ts";
import { eventsOf, followEvents, type SentEvent } from "../../remote/event-source.ts";
import type { RemoteHost } from "../../remote/remote-host.ts";
import { stopSignal } from "../../server/lifetime.ts";
import type { HostEvent } from "../../shown/event-lines.ts";
import { ink, type LinePiece, noteLine, printJsonLine, printLine } from "../../terminal.ts";

export const followOptions = {
  follow: { type: "boolean", short: "f" },
  lines: { type: "string", short: "n" },
  json: { type: "boolean" },
} as const;

/** Number of `--lines`; undefined: all. */
export function countOf(given: string | undefined, follow: boolean): number | undefined {
  if (given === undefined) return follow ? 10 : undefined;
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new UsageError("--lines is a number.");
}

export interface Telling {
  readonly host: RemoteHost;
  /** Names and patterns; none: all. */
  readonly plugins: readonly string[];
  readonly follow: boolean;
  /** The last so many of those that are kept; undefined: all. */
  readonly last: number | undefined;
  readonly json: boolean;
  readonly wanted: (event: HostEvent) => boolean;
  readonly lineOf: (event: HostEvent) => readonly LinePiece[];
}

/** Tells those that are kept, and goes on with those that come where that is asked for, until SIGINT or SIGTERM. */
export async function tellEvents({
  host,
  plugins,
  follow,
  last,
  json,
  wanted,
  lineOf,
}: Telling): Promise<void> {
  const query = new URLSearchParams(plugins.map((each) => ["plugin", each]));
  let count = 0;
  const tell = ({ data }: SentEvent) => {
    const event = eventOf(data);
    if (!event || !wanted(event)) return;
    count++;
    if (json) printJsonLine(data);
    else printLine(...lineOf(event));
  };
  let after = "0";
  const held: SentEvent[] = [];
  for await (const event of eventsOf(host, `/events?kept&${query}`)) {
    after = event.id;
    if (last === undefined) tell(event);
    else if (eventOf(event.data) && wanted(eventOf(event.data)!)) held.push(event);
    if (last !== undefined && held.length > last) held.shift();
  }
  for (const event of held) tell(event);
  if (!follow) {
    if (count === 0 && !json) noteLine(ink("dim", "There are none."));
    return;
  }
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  let told = false;
  const lost = () => {
    if (!told) noteLine(ink("dim", "The host ended the stream, or is away: trying again."));
    told = true;
  };
  for await (const event of followEvents(host, `/events?${query}`, { after, signal: stop.signal, lost })) {
    told = false;
    tell(event);
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
