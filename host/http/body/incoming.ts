/**
 * Bodies as Node hands them out. A web `Request` copies them into an ArrayBuffer, and to allocate one costs a server
 * more than most calls of a plugin do.
 */

import type { IncomingMessage } from "node:http";
import type { ServerBindings } from "../server/server-bindings.ts";

/** Node's side of a request whose body nobody has begun to read; undefined where that is not known. */
export function unreadIncoming(request: Request, bindings: unknown): IncomingMessage | undefined {
  const { untouched, incoming } = (bindings ?? {}) as Partial<ServerBindings>;
  if (untouched !== request || !incoming || incoming.destroyed) return undefined;
  return incoming.readableFlowing === null && !incoming.readableDidRead ? incoming : undefined;
}

/** True where a body has come and somebody has read of it already; false where that is not known. */
export function wasRead(bindings: unknown): boolean {
  const { incoming } = (bindings ?? {}) as Partial<ServerBindings>;
  if (!incoming?.headers || !incoming.readableDidRead) return false;
  const { "content-length": length = "0", "transfer-encoding": framed } = incoming.headers;
  return framed !== undefined || Number(length) > 0;
}

/** All of it; HTTP's framing bounds it by its Content-Length. Rejects if the connection ends early. */
export function readIncoming(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer<ArrayBuffer>[] = [];
    incoming.on("data", (chunk: Buffer<ArrayBuffer>) => chunks.push(chunk));
    incoming.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    incoming.on("error", reject);
    incoming.on("close", () => {
      if (!incoming.readableEnded) reject(new Error("The connection was closed."));
    });
  });
}
