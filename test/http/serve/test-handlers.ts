/** Servers that answer with a handler in code, in place of a plugin's: over Node's objects, in a Hono app, and over web requests only. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach } from "vitest";
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RawFields,
} from "../../../host/capabilities/http/http-exchange.ts";
import type { CallContext } from "../../../host/engine/call-context.ts";
import type { Mount } from "../../../host/http/serve/mount.ts";
import { type OriginKind, originPolicy } from "../../../host/http/serve/origin-policy.ts";
import { serveNode } from "../../../host/http/serve/serve-node.ts";
import { serveWeb } from "../../../host/http/serve/serve-web.ts";
import type { ExchangeHandler } from "../../../host/http/serve/serving-options.ts";
import type { DirectHandler } from "../../../host/http/server/direct-handler.ts";
import { listen } from "../../../host/http/server/http-server.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { after } from "../../../host/platform/soon.ts";
import { RawClient } from "../../support/raw-client.ts";

export const ways = ["node", "hono", "web"] as const;
export type Way = (typeof ways)[number];

export type Handle = (exchange: HttpExchange, context: CallContext) => void | Promise<void>;

export interface Started {
  readonly port: number;
  readonly url: string;
  readonly heap: HeapAccount;
  readonly faults: unknown[];
  /** Fields that answers lost, together. */
  readonly dropped: () => number;
  client(): Promise<RawClient>;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly kind?: OriginKind;
  readonly prefix?: string;
  readonly trustProxy?: boolean;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
}

const started: Started[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

/** A server of that way, which the end of the test closes. */
export async function start(way: Way, handle: Handle, options: StartOptions = {}): Promise<Started> {
  const { kind = "own", prefix = "/http/shop", trustProxy = false } = options;
  const { requestBytes = 1_000_000, responseBytes = 100_000_000 } = options;
  const mount: Mount = {
    ...{ plugin: "shop", prefix, trustProxy },
    policy: originPolicy(kind, "shop", prefix),
    isOwnToken: (value) => value.includes("hotcell_"),
  };
  const handler: ExchangeHandler = {
    limits: { requestBytes, responseBytes },
    handleSoon: (exchange, context) => handle(exchange, context!),
    putOff: setImmediate,
  };
  const faults: unknown[] = [];
  let dropped = 0;
  const heap = new HeapAccount();
  const serving = {
    heap,
    logFault: (error: unknown) => void faults.push(error),
    dropped: (fields: number) => {
      dropped += fields;
    },
  };
  const clients: RawClient[] = [];
  let port: number;
  let close: () => Promise<void>;
  if (way === "node") {
    const direct: DirectHandler[] = [
      (request, response, written) => {
        void after(serveNode(handler, request, response, mount, serving), () => written(response));
        return true;
      },
    ];
    const server = await listen(Object.assign(new Hono(), { direct }), {
      host: "127.0.0.1",
      port: 0,
      heap,
      grace: 50,
    });
    ({ port, close } = server);
  } else {
    const app = new Hono();
    app.all("*", (c) =>
      serveWeb(handler, c.req.raw, mount, { ...serving, bindings: way === "hono" ? c.env : undefined }),
    );
    const server = createServer(getRequestListener(app.fetch));
    port = await listening(server);
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  }
  const result: Started = {
    ...{ port, heap, faults, url: `http://127.0.0.1:${port}${prefix}` },
    dropped: () => dropped,
    client: async () => {
      const client = await RawClient.open({ port });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const { socket } of clients) socket.destroy();
      await close();
    },
  };
  started.push(result);
  return result;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Answers at once, with a text. */
export function answer(
  exchange: HttpExchange,
  body: string,
  { status = 200, fields = [] }: { status?: number; fields?: RawFields } = {},
): void {
  const outgoing = exchange.respond({ status, fields });
  if (body !== "") outgoing.write(Buffer.from(body, "latin1"));
  outgoing.finish(undefined);
}

/** All of a body, as text of one character a byte. */
export async function readAll(body: IncomingBytes | undefined, max = 65_536): Promise<string> {
  let text = "";
  for (;;) {
    const bytes = body?.read(max);
    if (bytes === undefined) return text;
    text += Buffer.from(bytes).toString("latin1");
    if (bytes.byteLength === 0) await new Promise<void>((resolve) => body!.whenReadable(resolve));
  }
}

/** Writes as much as there is room for, and waits for more room. */
export async function writeAll(outgoing: OutgoingBytes, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { room } = outgoing;
    if (room === 0 && !outgoing.closed) {
      await new Promise<void>((resolve) => outgoing.whenRoom(resolve));
      continue;
    }
    const piece = bytes.slice(at, at + Math.max(1, room));
    outgoing.write(piece);
    at += piece.byteLength;
  }
}
