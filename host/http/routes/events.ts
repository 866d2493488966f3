/** The event log as server-sent events (HTML Standard, section 9.2). */

import type { Context } from "hono";
import { isPattern, PluginPatterns } from "../../access/plugin-patterns.ts";
import { type Json, redact, seal } from "../../capabilities/secret.ts";
import type { ShownEvent } from "../../console/answers/host-answers.ts";
import { HotcellError } from "../../errors.ts";
import { type FollowOptions, follow } from "../../store/follow.ts";
import type { StoredEvent } from "../../store/store.ts";
import { beginning } from "../../text/cut.ts";
import { harmlessJson } from "../../text/harmless.ts";
import { common } from "../answer/respond.ts";
import type { ServerBindings } from "../server/server-bindings.ts";
import type { Services } from "../services.ts";
import { askedPlugins } from "./asked-plugins.ts";
import { followedStream } from "./followed-stream.ts";
import { flag, integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    permission: "events",
    gives: "text/event-stream",
    summary:
      "deployments, refusals, log lines, calls by schedule and what plugins reached as server-sent events",
    query: { once: ["after", "last", "kept"], often: ["plugin"] },
    handler: events,
  },
];

/**
 * Events from now on; with `Last-Event-ID` (or `?after=`) from after that event, after 0 all that are kept; with `?last=` those among the
 * newest of the log, of whatever plugin, too; with `?kept` those up to now, and then it ends. `?plugin=` narrows it
 * to one plugin, or to those of a pattern; it may be repeated.
 */
async function events(c: Context, services: Services, { identity }: Asked): Promise<Response> {
  const { store, streams, closing, logFault } = services;
  const { headers, signal } = c.req.raw;
  const query = queryOf(c.req.url);
  const [first, ...others] = askedPlugins(query, "plugin");
  const { last } = await store.eventRange();
  const kept = flag(query, "kept");
  const newest = integer(query, "last", 0);
  const wanted =
    lastEventId(headers) ??
    integer(query, "after", 0) ??
    (newest === undefined ? undefined : Math.max(0, last - newest)) ??
    (kept ? 0 : undefined);
  // A log restored from a backup may be shorter than what the client has seen.
  const after = wanted === undefined ? last : Math.min(wanted, last);
  const answerHeaders = { ...common, "content-type": "text/event-stream" };
  // Nobody would ever read or end its stream.
  if (c.req.raw.method === "HEAD") return new Response(null, { headers: answerHeaders });
  const ended = new AbortController();
  const cut = new AbortController();
  const open = streams.open(identity.who, () => {
    cut.abort();
    // Whoever does not read can't be told. Where the connection can't be had, the stream ends like any other.
    (c.env as Partial<ServerBindings> | undefined)?.incoming?.destroy();
  });
  const followed = follow(store, {
    after,
    ...(kept && { until: last }),
    ...only(first, others),
    over: () => identity.ended,
    signal: AbortSignal.any([signal, closing, ended.signal, cut.signal]),
    room: open,
  });
  const endStalled = () => streams.endStalled(open);
  const told = { events: followed, opening: "retry: 1000\n\n", format };
  const following = { ...told, open, endStalled, cut: cut.signal, ended, identity, logFault };
  return new Response(followedStream(following), { headers: answerHeaders });
}

/** One plugin's the store finds by itself. */
function only(
  first: string | undefined,
  others: readonly string[],
): Pick<FollowOptions, "plugin" | "plugins"> {
  if (first === undefined) return {};
  if (others.length === 0 && !isPattern(first)) return { plugin: first };
  return { plugins: new PluginPatterns([first, ...others]) };
}

function lastEventId(headers: Headers): number | undefined {
  const value = headers.get("last-event-id");
  if (value === null || value === "") return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new HotcellError("bad-request", "Last-Event-ID is not the id of an event.", {
    subject: "Last-Event-ID",
    actual: beginning(value, 100),
    expected: "the id of the last event received",
  });
}

/** An event as it is told. */
interface ToldEvent {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly who: string | undefined;
  readonly plugin: string | undefined;
  readonly revision: number | undefined;
  readonly data: Json;
  /** Sentence about what of it can't be read. */
  readonly damaged?: string;
}

/** Member by member: a record of the store may come to hold what no answer may. */
function told({ id, kind, at, who, plugin, revision, data, damaged }: StoredEvent): ToldEvent {
  const plain = redact(seal(data));
  const told = {
    id,
    kind,
    at,
    who,
    plugin,
    revision,
    data: plain,
    ...(damaged !== undefined && { damaged }),
  };
  return told satisfies ShownEvent;
}

/** JSON has no line breaks of its own, so nothing a plugin writes can end the event or begin another. */
function format(event: StoredEvent): string {
  const { id, kind } = event;
  return `id: ${id}\nevent: ${kind}\ndata: ${harmlessJson(told(event))}\n\n`;
}
