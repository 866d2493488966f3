/** Visits to a listener, from the heads of requests to the ends of answers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RequestHeaders } from "../../access/request-headers.ts";
import { newTrace, readTrace } from "../../engine/trace-context.ts";
import type { HotcellError } from "../../errors.ts";
import { isHeard, requestChannel } from "../../observe/channels.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import { beginVisit, sentSince, Visit, type VisitWatcher, visitOf } from "./visit.ts";

/** Values of `X-Request-Id` that are taken for one: proxies make such, and a log can be searched for them. */
const requestIdForm = /^[\w.:/+=@-]{1,128}$/;

/** Request that is refused: that of an answer under way, or one that no answer was begun for. */
interface Refused {
  readonly answering?: ServerResponse | undefined;
  readonly request?: IncomingMessage;
}

export class Visits {
  readonly #watcher: VisitWatcher | undefined;
  readonly #addressOf: (headers: RequestHeaders, connection: unknown) => string | undefined;
  readonly #ended = (visit: Visit): void => {
    this.#watcher?.ended(visit);
    requestChannel.end.publish(visit);
  };

  /** `addressOf`: see `clientAddress`. */
  constructor(
    watcher: VisitWatcher | undefined,
    addressOf: (headers: RequestHeaders, connection: unknown) => string | undefined,
  ) {
    this.#watcher = watcher;
    this.#addressOf = addressOf;
  }

  /** True where somebody watches. */
  get watched(): boolean {
    return this.#watcher !== undefined || isHeard(requestChannel);
  }

  /** Begins with a request whose head is here, and answers it within the stores that are bound to that. It is in a trace from here on. */
  begin(response: ServerResponse, answer: () => void): void {
    const visit = this.#visitOf(response.req);
    beginVisit(visit, response, this.#ended);
    requestChannel.start.runStores(visit, () => {
      visit.trace ??= newTrace();
      answer();
    });
  }

  /**
   * Tells of what is refused on a bare connection: the request that waits for an answer there, or what never became one. To be called
   * before it is refused.
   */
  refused(socket: Socket, error: HotcellError, { answering, request }: Refused = {}): void {
    const known = visitOf(answering?.req);
    if (known) known.refused(error);
    if (known || !this.watched) return;
    const visit = request ? this.#visitOf(request) : new Visit(socket.remoteAddress);
    visit.refused(error);
    requestChannel.start.runStores(visit, () => {});
    socket.once("close", () => {
      visit.end(undefined, sentSince(socket), true);
      this.#ended(visit);
    });
  }

  #visitOf(request: IncomingMessage): Visit {
    const headers = new IncomingHeaders(request);
    const requestId = headers.get("x-request-id");
    return new Visit(this.#addressOf(headers, { incoming: request }), {
      method: request.method,
      target: request.url,
      requestId: requestId !== null && requestIdForm.test(requestId) ? requestId : undefined,
      trace: readTrace(headers),
    });
  }
}
