/** Visits to a listener, from the heads of requests to the ends of answers. */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { newTrace } from "../../engine/trace-context.ts";
import type { HotcellError } from "../../errors.ts";
import { type RecordedTrace, requestChannel, whenOver } from "../../observe/channels.ts";
import { traceInHead } from "./request-trace.ts";
import {
  type AddressOf,
  followVisit,
  noteVisit,
  placeOf,
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

  /** Answers a request whose head is here, and tells of that where somebody watches or records. It is in a trace then from here on. */
  answer(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void {
    const { recorder } = requestChannel;
    if (recorder === undefined && !this.#watched) return void answer(request, response);
    const came = traceInHead(request);
    const place = recorder?.begin(request.method, came);
    if (place?.recorded === false && !this.#watched) {
      noteVisit(request, place);
      answer(request, response);
      return;
    }
    const visit = new Visit(request, place ?? came, this.#addressOf);
    noteVisit(request, visit);
    this.#begin(visit, place, () => {
      followVisit(visit, response, this.#ended);
      visit.trace ??= newTrace();
      answer(request, response);
    });
  }

  /**
   * Tells of what is refused on a bare connection: the request that waits for an answer there, or what never became one. To be called
   * before it is refused.
   */
  refused(socket: Socket, error: HotcellError, { answering, request }: Refused = {}): void {
    visitOf(answering?.req)?.refused(error);
    if (placeOf(answering?.req)) return;
    const { recorder } = requestChannel;
    const came = request && traceInHead(request);
    const place = recorder?.begin(request?.method, came);
    if (place?.recorded !== true && !this.#watched) return;
    const visit = new Visit(request, place ?? came, this.#addressOf);
    visit.client ??= socket.remoteAddress;
    visit.refused(error);
    this.#begin(visit, place, () => {
      socket.once("close", () => {
        visit.end(undefined, sentSince(socket), true);
        this.#ended(visit);
      });
    });
  }

  /** True where all requests are watched, recorded or not. */
  get #watched(): boolean {
    const { start, end } = requestChannel;
    return this.#watcher !== undefined || start.hasSubscribers || end.hasSubscribers;
  }

  /** Tells of the begin, and does the work within the stores that are bound to that, and as what is recorded. */
  #begin(visit: Visit, place: RecordedTrace | undefined, work: () => void): void {
    const tell = () => requestChannel.start.runStores(visit, work);
    if (place?.recorded) requestChannel.recorder!.follow(visit, place, tell);
    else tell();
  }
}
