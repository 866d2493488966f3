/** Visits: requests to a server of our own, as whoever watches from outside is told of them. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Trace } from "../../engine/call-context.ts";
import type { ErrorCode, HotcellError } from "../../errors.ts";
import { type RecordedTrace, type RequestMessage, whenOver } from "../../observe/channels.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { ServerBindings } from "../server/server-bindings.ts";

/** Watcher of visits. Hears of each once, when it has ended; it throws nothing. */
export interface VisitWatcher {
  ended(visit: Visit): void;
}

/** Address of who sent a request, as `clientAddress` tells it. */
export type AddressOf = (headers: RequestHeaders, connection: unknown) => string | undefined;

/** Values of `X-Request-Id` that are taken for one: proxies make such, and a log can be searched for them. */
const requestIdForm = /^[\w.:/+=@-]{1,128}$/;

/**
 * A request and what became of it, gathered by those that it passes: made only where somebody watches. What of it can be told later is
 * found out where somebody asks: most of those whose spans would be recorded are not sampled.
 */
export class Visit implements RequestMessage {
  readonly began = performance.now();
  /** Target as it came: those that find where it leads change the request's own. */
  readonly target: string | undefined;
  trace: Trace | undefined;
  route: string | undefined;
  caller: string | undefined;
  plugin: string | undefined;
  function: string | undefined;
  code: RequestMessage["code"];
  status: number | undefined;
  bytes = 0;
  left = false;
  seconds = 0;
  [whenOver]: (() => void) | undefined;
  readonly #request: IncomingMessage | undefined;
  readonly #addressOf: AddressOf;
  #client: string | undefined;

  /** `request`: absent for what never became one. */
  constructor(request: IncomingMessage | undefined, trace: Trace | undefined, addressOf: AddressOf) {
    this.target = request?.url;
    this.trace = trace;
    this.#request = request;
    this.#addressOf = addressOf;
  }

  /** Milliseconds since 1970. */
  get at(): number {
    return performance.timeOrigin + this.began;
  }

  get method(): string | undefined {
    return this.#request?.method;
  }

  get client(): string | undefined {
    const request = this.#request;
    if (request) this.#client ??= this.#addressOf(new IncomingHeaders(request), { incoming: request });
    return this.#client;
  }

  set client(address: string | undefined) {
    this.#client = address;
  }

  /** `X-Request-Id` that came with it, where that is one. */
  get requestId(): string | undefined {
    const id = this.#request?.headers["x-request-id"];
    return typeof id === "string" && requestIdForm.test(id) ? id : undefined;
  }

  /** Notes where it leads, and what it is about, before it is known whether whoever sent it may ask for that. */
  isOf(route: string, plugin?: string, name?: string): void {
    this.route = route;
    this.isAbout(plugin, name);
  }

  /** The same, where only its body says what it is about. */
  isAbout(plugin: string | undefined, name: string | undefined): void {
    this.plugin = plugin;
    this.function = name;
  }

  /** Notes the code of the error that it came to. */
  failed(code: ErrorCode): void {
    this.code = code;
  }

  /** Notes that it is refused on its bare connection, beside the answer that it waits for. */
  refused({ code, status }: HotcellError): void {
    this.code = code;
    this.status = status;
  }

  /** Notes its end. `status`: that of its answer, as far as one was sent; `whole`: all of that was. */
  end(status: number | undefined, bytes: number, whole: boolean): void {
    this.seconds = (performance.now() - this.began) / 1000;
    this.left = !whole && this.status === undefined;
    this.code ??= "ok";
    this.status ??= status;
    this.bytes = bytes;
  }
}

const noted = Symbol("visit");

/** Request with what is known of it from outside: its visit; or only its place in a trace where nobody watches it, and it is not recorded. */
interface NotedRequest {
  [noted]?: Visit | RecordedTrace;
}

/** Visit that a request is; undefined where nobody watches, or where it came over a server that is not ours. */
export function visitOf(request: IncomingMessage | undefined): Visit | undefined {
  const known = (request as NotedRequest | undefined)?.[noted];
  return known instanceof Visit ? known : undefined;
}

/** The same, of the request beside which an app runs: its bindings may be another server's. */
export function visitBeside(bindings: unknown): Visit | undefined {
  return visitOf((bindings as Partial<ServerBindings> | undefined)?.incoming);
}

/** Place in a trace that was found for a request when it came; undefined where nobody watches or records. */
export function placeOf(request: IncomingMessage | undefined): Trace | undefined {
  const known = (request as NotedRequest | undefined)?.[noted];
  return known instanceof Visit ? known.trace : known;
}

/** Notes that a request is that visit, or none and at that place. */
export function noteVisit(request: IncomingMessage, visit: Visit | RecordedTrace): void {
  (request as NotedRequest)[noted] = visit;
}

/** Follows a visit to its end: `ended` is called when its response is closed. */
export function followVisit(visit: Visit, response: ServerResponse, ended: (visit: Visit) => void): void {
  const { socket } = response.req;
  let bytes: number | undefined;
  // Nobody knows it any more once the connection is closed.
  void visit.client;
  // Before Node hands the connection to the answer behind it, whose bytes would count.
  response.prependListener("finish", () => {
    bytes = sentSince(socket);
  });
  response.once("close", () => {
    const whole = bytes !== undefined;
    visit.end(response.headersSent ? response.statusCode : undefined, bytes ?? sentSince(socket), whole);
    ended(visit);
  });
}

const counted = Symbol("counted");

/** Bytes that were sent over a connection since this was asked the last time. */
export function sentSince(socket: CountedSocket): number {
  const { bytesWritten } = socket;
  const before = socket[counted] ?? 0;
  socket[counted] = bytesWritten;
  return bytesWritten - before;
}

interface CountedSocket {
  readonly bytesWritten: number;
  [counted]?: number;
}
