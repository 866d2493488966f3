/** Visits to a listener, from the heads of requests to the ends of answers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { newTrace } from "../../engine/trace-context.ts";
import type { HotcellError } from "../../errors.ts";
import { isHeard, requestChannel, whenOver } from "../../observe/channels.ts";
import {
  type AddressOf,
  followVisit,
  noteVisit,
  sentSince,
  Visit,
  type VisitWatcher,
  visitOf,
} from "./visit.ts";

/** Request that is refused: that of an answer under way, or one that no answer was begun for. */
interface Refused {
  readonly answering?: ServerResponse | undefined;
  readonly request?: IncomingMessage;
}

export class Visits {
  readonly #watcher: VisitWatcher | undefined;
  readonly #addressOf: AddressOf;
  readonly #ended = (visit: Visit): void => {
    this.#watcher?.ended(visit);
    visit[whenOver]?.();
    requestChannel.end.publish(visit);
  };

  constructor(watcher: VisitWatcher | undefined, addressOf: AddressOf) {
    this.#watcher = watcher;
    this.#addressOf = addressOf;
  }

  /** True where somebody watches. */
  get watched(): boolean {
    return this.#watcher !== undefined || isHeard(requestChannel);
  }

  /** Begins with a request whose head is here, and answers it within the stores that are bound to that. It is in a trace from here on. */
  begin(response: ServerResponse, answer: () => void): void {
    const { start, end, spans } = requestChannel;
    const { req: request } = response;
    const visit = new Visit(request, this.#addressOf);
    noteVisit(request, visit);
    spans.publish(visit);
    const isHeard = start.hasSubscribers || end.hasSubscribers;
    if (isHeard || this.#watcher || visit[whenOver]) followVisit(visit, response, this.#ended);
    if (!isHeard) {
      visit.trace ??= newTrace();
      answer();
      return;
    }
    start.runStores(visit, () => {
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
    const visit = new Visit(request, this.#addressOf);
    visit.client ??= socket.remoteAddress;
    visit.refused(error);
    requestChannel.spans.publish(visit);
    requestChannel.start.runStores(visit, () => {});
    socket.once("close", () => {
      visit.end(undefined, sentSince(socket), true);
      this.#ended(visit);
    });
  }
}
