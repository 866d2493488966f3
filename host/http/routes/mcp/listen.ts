/** Streams that say when the list of tools has changed. */

import type { Context } from "hono";
import { follow } from "../../../store/follow.ts";
import type { StoredEvent } from "../../../store/store.ts";
import { isObject } from "../../../text/json-value.ts";
import { common } from "../../answer/respond.ts";
import type { ServerBindings } from "../../server/server-bindings.ts";
import type { Services } from "../../services.ts";
import { followedStream } from "../followed-stream.ts";
import type { Asked } from "../route.ts";
import type { AskedTools } from "./asked-tools.ts";

/** Kinds of events after which tools may be others: what is deployed, removed, or set. */
const changing = new Set(["deployed", "removed", "configured", "rolled-back"]);

/** `subscriptions/listen`: a stream of what its client asks to be told. */
export function listen({ c, services, params, id, asked }: AskedTools): Promise<Response> {
  const wanted = isObject(params.notifications) ? params.notifications : {};
  const toolsListChanged = wanted.toolsListChanged === true;
  const _meta = { "io.modelcontextprotocol/subscriptionId": id };
  const notify = (method: string, more: object = {}) =>
    message({ jsonrpc: "2.0", method: `notifications/${method}`, params: { _meta, ...more } });
  return changes(c, services, asked, {
    opening: notify("subscriptions/acknowledged", {
      notifications: toolsListChanged ? { toolsListChanged } : {},
    }),
    changed: toolsListChanged ? notify("tools/list_changed") : undefined,
    closing: message({ jsonrpc: "2.0", id, result: { resultType: "complete", _meta } }),
  });
}

/** Stream of a client of a version before 2026-07-28, which asks for it by GET. */
export function legacyStream(c: Context, services: Services, asked: Asked): Promise<Response> {
  const changed = message({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  return changes(c, services, asked, { opening: "retry: 1000\n\n", changed });
}

/** Texts of such a stream. */
interface ToldChanges {
  readonly opening: string;
  /** Undefined where nothing is told. */
  readonly changed: string | undefined;
  readonly closing?: string;
}

async function changes(
  c: Context,
  services: Services,
  { identity }: Asked,
  { changed, ...texts }: ToldChanges,
): Promise<Response> {
  const { store, streams, closing, logFault } = services;
  const format = ({ kind, plugin }: StoredEvent) =>
    changing.has(kind) && (plugin === undefined || (identity.plugins?.has(plugin) ?? true))
      ? changed
      : undefined;
  const { last } = await store.eventRange();
  const ended = new AbortController();
  const cut = new AbortController();
  const open = streams.open(identity.who, () => {
    cut.abort();
    (c.env as Partial<ServerBindings> | undefined)?.incoming?.destroy();
  });
  const events = follow(store, {
    after: last,
    over: () => identity.ended,
    signal: AbortSignal.any([c.req.raw.signal, closing, ended.signal, cut.signal]),
    room: open,
  });
  const stream = followedStream({
    ...texts,
    events,
    format,
    open,
    endStalled: () => streams.endStalled(open),
    cut: cut.signal,
    ended,
    identity,
    logFault,
  });
  return new Response(stream, {
    headers: { ...common, "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}

function message(value: object): string {
  return `event: message\ndata: ${JSON.stringify(value)}\n\n`;
}
