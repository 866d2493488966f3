/**
 * Requests with a body that still comes, by Node's own client: it sends the head before anything of the body is there, and trailers
 * after it. What it does is told as undici tells it, so that one handler does for both.
 */

import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
  request as requestOf,
} from "node:http";
import type { Duplex } from "node:stream";
import type { buildConnector, Dispatcher } from "undici";
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import { drained } from "../../platform/drained.ts";
import type { ClientBody } from "./client-body.ts";
import { RequestFailure } from "./request-failure.ts";
import { authorityOf, defaultPorts, type HttpScheme, type RequestTarget } from "./request-target.ts";

export interface StreamedRequest {
  readonly method: string;
  readonly target: RequestTarget;
  /** Names and values by turns. */
  readonly fields: readonly string[];
  /** Length that these give the body. */
  readonly length: number | undefined;
  readonly parts: AsyncIterable<Uint8Array>;
  readonly body: Pick<ClientBody, "trailers">;
}

const nothing = new Uint8Array(0);

export class StreamingClient {
  readonly #agents: Readonly<Record<HttpScheme, Agent>>;

  /** `idle`: milliseconds for which a connection is kept. */
  constructor(connect: buildConnector.connector, idle: number) {
    const agent = (scheme: HttpScheme) => new ConnectingAgent(connect, scheme, idle);
    this.#agents = { http: agent("http"), https: agent("https") };
  }

  dispatch(request: StreamedRequest, handler: Dispatcher.DispatchHandler): void {
    new Sending(request, this.#agents[request.target.scheme], handler).begin();
  }

  destroy(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

/** Pool of the connections of one scheme, all of which a connector makes. */
class ConnectingAgent extends Agent {
  readonly #connect: buildConnector.connector;
  readonly protocol: string;
  readonly defaultPort: number;

  constructor(connect: buildConnector.connector, scheme: HttpScheme, idle: number) {
    super({ keepAlive: true, timeout: idle });
    this.#connect = connect;
    this.protocol = `${scheme}:`;
    this.defaultPort = defaultPorts[scheme];
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { protocol } = this;
    const to = { hostname: `${host}`, host: `${host}`, protocol, port: `${port}` };
    this.#connect(to, (...[error, socket]) => callback(error, socket as Duplex));
  }
}

/** One request under way, with its response. */
class Sending implements Dispatcher.DispatchController {
  readonly #request: StreamedRequest;
  readonly #client: ClientRequest;
  readonly #handler: Dispatcher.DispatchHandler;
  #response: IncomingMessage | undefined;
  #over = false;
  aborted = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] = [];
  rawTrailers: Buffer[] = [];

  constructor(request: StreamedRequest, agent: Agent, handler: Dispatcher.DispatchHandler) {
    this.#request = request;
    this.#handler = handler;
    const { method, target, fields, length } = request;
    const { host, port, path, query } = target;
    this.#client = requestOf({
      agent,
      protocol: `${target.scheme}:`,
      host: host.replace(/^\[|\]$/g, ""),
      port,
      method,
      path: path + query,
      headers: [
        ...["host", authorityOf(target), "connection", "keep-alive"],
        ...fields,
        ...(length === undefined ? ["transfer-encoding", "chunked"] : []),
      ],
      insecureHTTPParser: false,
      maxHeaderSize: httpClientBounds.responseFields.value,
    });
  }

  begin(): void {
    const client = this.#client;
    // All of them, so that none is left out in silence: they are bounded by their bytes.
    client.maxHeadersCount = 0;
    client.once("socket", () => this.#guarded(() => this.#handler.onRequestStart?.(this, {})));
    client.once("response", (response) => this.#guarded(() => this.#receive(response)));
    client.on("information", ({ statusCode }) =>
      this.#guarded(() => this.#handler.onResponseStart?.(this, statusCode, {})),
    );
    client.once("upgrade", (_, socket) => {
      socket.destroy();
      this.#fail(new RequestFailure("connection-terminated"));
    });
    client.on("error", (error) => this.#fail(error));
    client.once("close", () => this.#fail(new RequestFailure("connection-terminated")));
    // The head goes with it, one byte a character; by flushHeaders it would go as UTF-8.
    client.write(nothing);
    this.#send().catch((error: Error) => this.abort(error));
  }

  get paused(): boolean {
    return this.#response?.isPaused() ?? false;
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#client.destroy();
    // A connection that is being made is there, or has failed, when the client closes.
    if (this.#client.socket) this.#fail(reason);
  }

  async #send(): Promise<void> {
    const { parts, body } = this.#request;
    const client = this.#client;
    for await (const part of parts) {
      if (this.#over || this.aborted) return;
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      if (!client.write(bytes)) await drained(client);
      this.#handler.onBodySent?.(bytes);
    }
    const { trailers } = body;
    if (trailers.length > 0)
      client.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    client.end();
  }

  #receive(response: IncomingMessage): void {
    this.#response = response;
    this.rawHeaders = bytesOf(response.rawHeaders);
    response.on("data", (piece: Buffer) => this.#guarded(() => this.#handler.onResponseData?.(this, piece)));
    response.once("end", () => this.#guarded(() => this.#end(response)));
    response.on("error", (error) => this.#fail(error));
    this.#handler.onResponseStart?.(this, response.statusCode!, {}, response.statusMessage);
  }

  #end(response: IncomingMessage): void {
    if (this.#over) return;
    this.#over = true;
    this.rawTrailers = bytesOf(response.rawTrailers);
    // What the server did not wait for goes no further, and nor does its connection.
    if (!this.#client.writableFinished) this.#client.destroy();
    this.#handler.onResponseEnd?.(this, {});
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#handler.onResponseError?.(this, this.reason ?? error);
  }

  #guarded(tell: () => void): void {
    if (this.#over || this.aborted) return;
    try {
      tell();
    } catch (thrown) {
      this.abort(thrown as Error);
    }
  }
}

function bytesOf(raw: readonly string[]): Buffer[] {
  return raw.map((text) => Buffer.from(text, "latin1"));
}
