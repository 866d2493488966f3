/** `subscriptions/listen`: a stream that says when the list of tools has changed. */

import { follow } from "../../../store/follow.ts";
import type { StoredEvent } from "../../../store/store.ts";
import { isObject } from "../../../text/json-value.ts";
import { common } from "../../answer/respond.ts";
import type { ServerBindings } from "../../server/server-bindings.ts";
import { followedStream } from "../followed-stream.ts";
import type { AskedTools } from "./asked-tools.ts";

/** Kinds of events after which tools may be others: what is deployed, removed, or set. */
const changing = new Set(["deployed", "removed", "configured", "rolled-back"]);

export async function listen(request: AskedTools): Promise<Response> {
  const { c, services, params, id, asked } = request;
  const { store, streams, closing, logFault } = services;
  const { identity } = asked;
  const wanted = isObject(params.notifications) ? params.notifications : {};
  const toolsListChanged = wanted.toolsListChanged === true;
  const _meta = { "io.modelcontextprotocol/subscriptionId": id };
  const notify = (method: string, more: object = {}) =>
    message({ jsonrpc: "2.0", method: `notifications/${method}`, params: { _meta, ...more } });
  const changed = notify("tools/list_changed");
  const format = ({ kind, plugin }: StoredEvent) =>
    toolsListChanged &&
    changing.has(kind) &&
    (plugin === undefined || (identity.plugins?.has(plugin) ?? true))
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
  const opening = notify("subscriptions/acknowledged", {
    notifications: toolsListChanged ? { toolsListChanged } : {},
  });
  const stream = followedStream({
    events,
    opening,
    format,
    closing: message({ jsonrpc: "2.0", id, result: { resultType: "complete", _meta } }),
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
