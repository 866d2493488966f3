/** The app on a port. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import { asHotcellError, HotcellError } from "../errors.ts";
import { problemJson } from "./respond.ts";

export interface ListenOptions {
  /** An address or name to bind, such as `127.0.0.1`. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** How long `close` waits for requests under way, in milliseconds; 10 s by default. */
  readonly grace?: number;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new connections, lets requests under way end within the grace time, then closes what is left. */
  close(): Promise<void>;
}

/** Milliseconds. Slow senders are cut off; idle connections outlast the usual 60 s of load balancers. */
const timeouts = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/** Throws `bad-settings` if the address is taken, not ours, or not allowed. */
export async function listen(app: Hono, { host, port, grace = 10_000 }: ListenOptions): Promise<Listening> {
  const name = host.includes(":") ? `[${host}]` : host;
  // HTTP/1.0 has no Host header, and some load balancers still ask for health in it.
  const handle = getRequestListener(app.fetch, { hostname: name, errorHandler: malformedRequest });
  let closing = false;
  const server = createServer(timeouts, (request, response) => {
    if (closing) response.shouldKeepAlive = false;
    // Node closes connections that are idle when the server closes, but not those that become so later.
    response.once("close", () => closing && server.closeIdleConnections());
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;

  let closed: Promise<void> | undefined;
  const close = async () => {
    closing = true;
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    const deadline = setTimeout(() => server.closeAllConnections(), grace);
    await ended;
    clearTimeout(deadline);
  };
  return {
    url: `http://${name}:${bound}`,
    port: bound,
    close: () => (closed ??= close()),
  };
}

/** Requests that never become one for the app: a Host or URL that is not usable. */
function malformedRequest(thrown: unknown): Response {
  const error =
    thrown instanceof RequestError
      ? new HotcellError("bad-request", `The request is malformed: ${thrown.message}.`)
      : asHotcellError(thrown);
  if (error.code === "fault") console.error(error.cause);
  return problemJson(error.toProblem(), error.status, {});
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): HotcellError {
  const subject = `${host}:${port}`;
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: [
      "is in use already",
      "Stop what uses it, or choose another port: HOTCELL_PORT or --port (0 takes any free one).",
    ],
    EACCES: ["may not be used by this user", "Choose a port from 1024 up: HOTCELL_PORT or --port."],
    EADDRNOTAVAIL: ["is not an address of this machine", "Choose another one: HOTCELL_HOST or --host."],
    ENOTFOUND: ["can't be resolved", "Give an address of this machine: HOTCELL_HOST or --host."],
  };
  const [what, remedy] = reasons[error.code ?? ""] ?? [`can't be listened on (${error.message})`, ""];
  return new HotcellError("bad-settings", `${subject} ${what}.`, { subject, remedy, cause: error });
}
