/** The app on a port. */

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { serverBounds } from "../../bounds/http-bounds.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { HeapAccount } from "../../platform/heap-account.ts";
import { harmlessFault } from "../../text/harmless.ts";
import { send } from "../answer/plain-answer.ts";
import { problemAnswer, problemOf } from "../answer/problem.ts";
import { hasNone } from "../body/incoming.ts";
import type { Visits } from "../visits/visits.ts";
import { Connections } from "./connections.ts";
import type { ServedApp } from "./direct-handler.ts";
import { askHalfClosed } from "./half-closed.ts";
import { type AddressSettings, listenError } from "./listen-error.ts";
import { answerAndClose, parserProblem } from "./not-http.ts";
import { settleHead } from "./request-head.ts";
import type { ServerBindings } from "./server-bindings.ts";
import { UnreadAnswers } from "./unread-answers.ts";
import { UnreadRests } from "./unread-rests.ts";

export interface ListenOptions {
  /** An address or name to bind, such as `127.0.0.1`. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Milliseconds that `close` waits for requests under way; 10 s by default. */
  readonly grace?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Account from which answers draw that clients have yet to read. */
  readonly heap?: HeapAccount;
  /** Address of the API, if everybody reaches it. */
  readonly publicUrl?: string;
  /** Watcher of all that is asked and answered. */
  readonly visits?: Visits;
  /** Settings that say where to listen, for errors; those of a host with one listener by default. */
  readonly setBy?: AddressSettings;
}

/** Limits of what clients may take. Times are milliseconds. */
export interface ServerLimits {
  /** Time until the header of a request is here. */
  readonly headerTime: number;
  /** Time until all of a request is here. */
  readonly requestTime: number;
  /** Time for which an idle connection is kept. */
  readonly idleTime: number;
  /** Time between two looks at who has run out of time. */
  readonly checkEvery: number;
  /** Time for which the rest of a request that was answered already is thrown away, before its connection is closed. */
  readonly lingerTime: number;
  /** Time for which nothing of an answer is read, before its connection is closed. */
  readonly stalledTime: number;
  /** Time after which an answer that is not read yet may be cut off, where its memory is needed. */
  readonly unreadTime: number;
  readonly connections: number;
  /** Bytes of the request line and the header together. */
  readonly headerSize: number;
  /** Lines of a header. */
  readonly headerLines: number;
}

export const defaultServerLimits: ServerLimits = {
  headerTime: serverBounds.headerTime.value,
  requestTime: serverBounds.requestTime.value,
  idleTime: serverBounds.idleTime.value,
  checkEvery: serverBounds.checkEvery.value,
  lingerTime: serverBounds.lingerTime.value,
  stalledTime: serverBounds.stalledTime.value,
  unreadTime: serverBounds.unreadTime.value,
  connections: serverBounds.connections.value,
  headerSize: serverBounds.headerSize.value,
  headerLines: serverBounds.headerLines.value,
};

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Address that a name or a short form came to. */
  readonly address: string;
  /**
   * Takes what was sent by now, to be called before `close`: the kernel has connections that nobody has accepted yet, and
   * would reset them. Resolves when no more come, at the latest after half the grace time.
   */
  settle(): Promise<void>;
  /**
   * Leaves new connections to other processes that listen on the same socket, and answers what comes over those there are: each ends with
   * its next answer. Resolves when none is left, at the latest after `time` milliseconds; `close` is to follow.
   */
  leave(time: number): Promise<void>;
  /** Takes no new connections, lets requests under way end within the grace time, then closes what is left. */
  close(): Promise<void>;
}

/**
 * Listens. Throws `bad-settings` if the address is taken, not ours, or not allowed. An app that depends on the address, as a name
 * comes to it, is made when that is known and before anybody is let in.
 */
export async function listen(
  given: ServedApp | ((address: string) => ServedApp),
  options: ListenOptions,
): Promise<Listening> {
  const {
    host,
    port,
    grace = serverBounds.endTime.value,
    heap = new HeapAccount(),
    publicUrl,
    visits,
  } = options;
  const limits = { ...defaultServerLimits, ...options.limits };
  const name = host.includes(":") ? `[${host}]` : host;
  let app: ServedApp;
  /** Address that is bound, as Host says it. */
  let own = name;
  const handle = getRequestListener(
    (request, { incoming }) => app.fetch(request, { incoming } as ServerBindings),
    { hostname: name, errorHandler: (thrown) => malformedRequest(thrown, publicUrl) },
  );
  let closing = false;
  /** Moment at which the grace time ends. */
  let ends = 0;
  /** True once what was sent before the end began is read. */
  let settled = false;
  const connections = new Connections(limits.connections);
  const unread = new UnreadAnswers(heap, limits.unreadTime);
  const rests = new UnreadRests(limits.lingerTime);
  const server = createServer({
    headersTimeout: limits.headerTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionsCheckingInterval: limits.checkEvery,
    maxHeaderSize: limits.headerSize,
    // Told by `settleHead`, as a problem.
    requireHostHeader: false,
    // Most requests have no body, and a stream's life for what never comes costs as much as a small guest.
    optimizeEmptyRequests: true,
  });
  // Node drops what is beyond without a word: one line more, so that it is seen and refused.
  server.maxHeadersCount = limits.headerLines + 1;
  // Node would close the connection: see `askHalfClosed`. (Its types don't have it.)
  Object.assign(server, { httpAllowHalfOpen: true });
  const written = (response: ServerResponse) => unread.written(response);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    for (const direct of app.direct ?? []) if (direct(request, response, written)) return;
    void handle(request, response).then(() => written(response));
  };
  // One for all requests, and for none that has no body: a listener costs a good part of what a small call does.
  function answered(this: ServerResponse): void {
    rests.answered(this.req);
  }
  // Node closes connections that are idle when the server closes, but not those that become so later.
  // One whose answer is written it takes for idle too: each is looked at again when its answer has been sent.
  const closeIdle = () => {
    if (!connections.someUnsent) server.closeIdleConnections();
  };
  const serve: RequestListener = (request, response) => {
    if (!connections.began(response)) return;
    if (visits) visits.answer(request, response, serveBegun);
    else serveBegun(request, response);
  };
  const serveBegun: RequestListener = (request, response) => {
    if (!hasNone(request)) response.on("close", answered);
    if (settled) response.on("close", closeIdle);
    const error =
      request.rawHeaders.length > 2 * limits.headerLines
        ? new HotcellError("headers-too-large", "The header has too many lines.", {
            limit: limits.headerLines,
          })
        : settleHead(request, own);
    if (error) {
      send(response, problemAnswer(error, { logFault, publicUrl }), { connection: "close" });
      return;
    }
    if (!closing) answer(request, response);
    // Once those are known that came in one piece with it: one behind it makes its answer not the last.
    else process.nextTick(answer, request, response);
  };
  const look = () => {
    connections.endIdle();
    connections.endStalled(limits.stalledTime);
  };
  const looking = setInterval(look, limits.checkEvery).unref();
  server.on("connection", (socket) => {
    connections.admit(socket);
    socket.once("end", () => askHalfClosed(socket));
  });
  server.on("request", serve);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    inviteWhenRead(request, response, () => !closing);
    serve(request, response);
  });
  // Nobody has to have expectations met (RFC 9110, section 10.1.1).
  server.on("checkExpectation", serve);
  server.on("clientError", (error, socket) => {
    const problem = parserProblem(error);
    const answering = connections.answering(socket as Socket);
    // Half an answer can't be taken back.
    if (!problem || answering?.headersSent) socket.destroy();
    else {
      visits?.refused(socket as Socket, problem, { answering });
      answerAndClose(socket, problem, publicUrl);
    }
  });
  server.on("connect", (request, socket) => {
    const error = new HotcellError("method-not-allowed", "This is no proxy.", {
      actual: `${request.method}`,
    });
    visits?.refused(socket as Socket, error, { request });
    answerAndClose(socket, error, publicUrl);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(listenError(error, host, port, options.setBy)),
    );
    server.listen(port, host, () => {
      try {
        const { address } = server.address() as AddressInfo;
        own = address.includes(":") ? `[${address}]` : address;
        app = typeof given === "function" ? given(address) : given;
        resolve();
      } catch (error) {
        server.close();
        reject(error);
      }
    });
  });
  const { port: bound, address } = server.address() as AddressInfo;

  let ending: Promise<void> | undefined;
  const beginEnd = () => {
    if (closing) return;
    closing = true;
    ends = performance.now() + grace;
    connections.beginEnd();
  };
  let stopped: Promise<void> | undefined;
  const close = async () => {
    beginEnd();
    stopped ??= stopListening(server);
    const ended = stopped;
    let deadline = setTimeout(() => {
      connections.endAll((socket) => {
        const error = tooLate();
        visits?.refused(socket, error, { answering: connections.answering(socket) });
        answerAndClose(socket, error, publicUrl);
      });
      deadline = setTimeout(() => server.closeAllConnections(), limits.lingerTime);
    }, ends - performance.now());
    // Connections that look idle may have brought a request that is not read yet.
    await connections.settle(grace);
    settled = true;
    connections.announceEnd(closeIdle);
    connections.closeSilent();
    closeIdle();
    await ended;
    clearInterval(looking);
    unread.close();
    clearTimeout(deadline);
    // Ends its timers.
    server.close();
  };
  return {
    url: `http://${name}:${bound}`,
    port: bound,
    address,
    settle: () => {
      beginEnd();
      return connections.settle(grace / 2);
    },
    leave: async (time) => {
      beginEnd();
      stopped ??= stopListening(server);
      await connections.emptied(time);
      ends = performance.now() + grace;
    },
    close: () => (ending ??= close()),
  };
}

function tooLate(): HotcellError {
  return new HotcellError("closed", "The host ends, and this took too long.", {
    remedy: "Try again on another host, or when this one is back.",
  });
}

/** Stops as a plain TCP server does: an HTTP server's own `close` cuts idle connections off in the same moment. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}

/**
 * Meets `Expect: 100-continue`: the body is asked for when somebody begins to read it. Whoever is refused before that
 * never sends it, and the connection ends with the answer.
 */
function inviteWhenRead(request: IncomingMessage, response: ServerResponse, mayStay: () => boolean): void {
  const { shouldKeepAlive } = response;
  response.shouldKeepAlive = false;
  request.once("resume", () => {
    if (response.headersSent) return;
    response.shouldKeepAlive = shouldKeepAlive && mayStay();
    response.writeContinue();
  });
}

/** Requests that never become one for the app: a Host or URL that is not usable. */
function malformedRequest(thrown: unknown, publicUrl: string | undefined): Response {
  const error =
    thrown instanceof RequestError
      ? new HotcellError("bad-request", `The request is malformed: ${thrown.message}.`)
      : asHotcellError(thrown);
  return problemOf(error, { logFault, publicUrl });
}

function logFault(cause: unknown): void {
  console.error(harmlessFault(cause));
}
