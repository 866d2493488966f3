/** Node's side of web requests. What it has as bytes, a web `Request` copies, for more than most calls of a plugin cost. */

import type { IncomingMessage } from "node:http";
import type { ServerBindings } from "../server/server-bindings.ts";

/**
 * Node's side of a request whose body nobody has begun to read, nor may begin to; undefined where that is not known. The adapter of
 * Hono for Node keeps it in the requests that it makes, as the value of a symbol, and beside it the `Request` proper that whoever
 * wants to clone one or to stream from it gets. A request that an app put in its place keeps neither.
 */
export function untouchedIncoming(request: Request, bindings: unknown): IncomingMessage | undefined {
  const { incoming } = (bindings ?? {}) as Partial<ServerBindings>;
  if (!incoming || incoming.readableDidRead) return undefined;
  if (!hasNone(incoming) && (incoming.destroyed || incoming.readableFlowing !== null)) return undefined;
  let own = false;
  const kept = request as unknown as Readonly<Record<symbol, unknown>>;
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    const value = kept[symbol];
    if (value === incoming) own = true;
    else if (value instanceof Request) return undefined;
  }
  return own ? incoming : undefined;
}

/**
 * True for a request without a body, of a server that gives those no life of a stream (`optimizeEmptyRequests`): its end is there with
 * its head, and nobody is told of it.
 */
export function hasNone({ readableEnded, readableDidRead }: IncomingMessage): boolean {
  return readableEnded && !readableDidRead;
}

/** True where a body has come and somebody has read of it already. */
export function wasRead({ headers, readableDidRead }: IncomingMessage): boolean {
  if (!headers || !readableDidRead) return false;
  const { "content-length": length = "0", "transfer-encoding": framed } = headers;
  return framed !== undefined || Number(length) > 0;
}
