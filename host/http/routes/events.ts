/** The event log as server-sent events (HTML Standard, section 9.2). */

import type { Context } from "hono";
import type { Identity } from "../../access/identity.ts";
import { isPattern, PluginPatterns } from "../../access/plugin-patterns.ts";
import { streamBounds } from "../../bounds/http-bounds.ts";
import { type Json, redact, seal } from "../../capabilities/secret.ts";
import { HotcellError } from "../../errors.ts";
import { type FollowOptions, follow } from "../../store/follow.ts";
import type { StoredEvent } from "../../store/store.ts";
import { beginning } from "../../text/cut.ts";
import { harmlessJson } from "../../text/harmless.ts";
import { common } from "../answer/respond.ts";
import type { ServerBindings } from "../server/server-bindings.ts";
import type { Services } from "../services.ts";
import { askedPlugins } from "./asked-plugins.ts";
import type { OpenStream } from "./event-streams.ts";
import { integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";

/** Milliseconds between comments that keep an idle connection alive through proxies. */
const heartbeat = streamBounds.heartbeat.value;

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    permission: "events",
    gives: "text/event-stream",
    summary:
      "deployments, refusals, log lines, calls by schedule and what plugins reached as server-sent events",
    query: { once: ["after"], often: ["plugin"] },
    handler: events,
  },
];

/**
 * Events from now on; with `Last-Event-ID` (or `?after=`) from after that event, after 0 all that are kept. `?plugin=` narrows it
 * to one plugin, or to those of a pattern; it may be repeated.
 */
async function events(c: Context, services: Services, { identity }: Asked): Promise<Response> {
  const { store, streams, closing, logFault } = services;
  const { headers, signal } = c.req.raw;
  const query = queryOf(c.req.url);
  const [first, ...others] = askedPlugins(query, "plugin");
  const { last } = await store.eventRange();
  const wanted = lastEventId(headers) ?? integer(query, "after", 0);
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
    ...only(first, others),
    over: () => identity.ended,
    signal: AbortSignal.any([signal, closing, ended.signal, cut.signal]),
    room: open,
  });
  const endStalled = () => streams.endStalled(open);
  const following = { events: followed, open, endStalled, cut: cut.signal, ended, identity, logFault };
  return new Response(stream(following), { headers: answerHeaders });
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

interface Following extends Pick<Services, "logFault"> {
  readonly events: AsyncGenerator<StoredEvent>;
  readonly open: OpenStream;
  /** Ends it if nothing has been read of it for too long. */
  readonly endStalled: () => void;
  /** Ends it at once, for its client to come again. */
  readonly cut: AbortSignal;
  readonly ended: AbortController;
  readonly identity: Identity;
}

/** Reads as fast as the client does. Ends, for the client to come again, when there is no room or the store or the token fails. */
function stream(following: Following): ReadableStream<Uint8Array> {
  const { events, open: room, endStalled, cut, ended, identity, logFault } = following;
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;
  let open = true;
  /** Looks again now and then: the machine's clock may be set meanwhile, and no timer follows it. */
  const endWhenExpired = () => {
    if (identity.ended) ended.abort();
    if (identity.expiresAt === undefined || ended.signal.aborted) return;
    expiry = setTimeout(endWhenExpired, Math.min(identity.expiresAt - Date.now(), heartbeat));
  };
  const next = async () => {
    try {
      const { done, value } = await events.next();
      return done || identity.ended ? undefined : value;
    } catch (error) {
      logFault(error);
      return undefined;
    }
  };
  const end = async () => {
    open = false;
    clearInterval(timer);
    clearTimeout(expiry);
    ended.abort();
    room.end();
    await events.return(undefined);
  };
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode("retry: 1000\n\n"));
      // Last-Event-ID says where to go on.
      cut.addEventListener("abort", () => {
        if (!open) return;
        controller.close();
        void end();
      });
    },
    async pull(controller) {
      room.taken();
      // Not before somebody reads: nobody does after a HEAD, and then nobody would stop it.
      if (timer === undefined) {
        timer = setInterval(() => {
          // Not for a client that has yet to read what it has.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(":\n\n"));
          else endStalled();
        }, heartbeat);
        endWhenExpired();
      }
      const event = await next();
      // The client may have gone away meanwhile.
      if (!open) return;
      if (event) {
        room.offered();
        controller.enqueue(encoder.encode(format(event)));
        return;
      }
      controller.close();
      await end();
    },
    cancel: end,
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
  return { id, kind, at, who, plugin, revision, data: plain, ...(damaged !== undefined && { damaged }) };
}

/** JSON has no line breaks of its own, so nothing a plugin writes can end the event or begin another. */
function format(event: StoredEvent): string {
  const { id, kind } = event;
  return `id: ${id}\nevent: ${kind}\ndata: ${harmlessJson(told(event))}\n\n`;
}
