/** Visits: requests to a server of our own, as whoever watches from outside is told of them. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Trace } from "../../engine/call-context.ts";
import type { ErrorCode, HotcellError } from "../../errors.ts";
import type { RequestMessage } from "../../observe/channels.ts";
import type { ServerBindings } from "../server/server-bindings.ts";

/** Watcher of visits. Hears of each once, when it has ended; it throws nothing. */
export interface VisitWatcher {
  ended(visit: Visit): void;
}

/** A request and what became of it, gathered by those that it passes: made only where somebody watches. */
export class Visit implements RequestMessage {
  /** Milliseconds since 1970. */
  readonly at = Date.now();
  readonly began = performance.now();
  readonly client: string | undefined;
  readonly method: string | undefined;
  readonly target: string | undefined;
  /** `X-Request-Id` that came with it, where that is one. */
  readonly requestId: string | undefined;
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

  constructor(client: string | undefined, head?: Pick<Visit, "method" | "target" | "requestId" | "trace">) {
    this.client = client;
    this.method = head?.method;
    this.target = head?.target;
    this.requestId = head?.requestId;
    this.trace = head?.trace;
  }

  /** Notes where it leads, and what it is about, before it is known whether whoever sent it may ask for that. */
  isOf(route: string, plugin?: string, name?: string): void {
    this.route = route;
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

const ownVisit = Symbol("visit");

/** Request with its visit beside it: absent where nobody watches, and then to ask for it costs next to nothing. */
interface VisitingRequest {
  [ownVisit]?: Visit | undefined;
}

/** Visit that a request is; undefined where nobody watches, or where it came over a server that is not ours. */
export function visitOf(request: IncomingMessage | undefined): Visit | undefined {
  return (request as VisitingRequest | undefined)?.[ownVisit];
}

/** The same, of the request beside which an app runs: its bindings may be another server's. */
export function visitBeside(bindings: unknown): Visit | undefined {
  return visitOf((bindings as Partial<ServerBindings> | undefined)?.incoming);
}

/** Begins a visit; `ended` is called when its response is closed. */
export function beginVisit(visit: Visit, response: ServerResponse, ended: (visit: Visit) => void): void {
  const { req: request } = response;
  const { socket } = request;
  (request as VisitingRequest)[ownVisit] = visit;
  let bytes: number | undefined;
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
