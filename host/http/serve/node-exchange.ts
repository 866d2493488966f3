/** Exchanges over `node:http`. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { serveBounds } from "../../bounds/serve-bounds.ts";
import type {
  HttpExchange,
  OutgoingBytes,
  RawFields,
  RequestHead,
  ResponseHead,
} from "../../capabilities/http/http-exchange.ts";
import { HotcellError } from "../../errors.ts";
import { clientSignal } from "../server/client-signal.ts";
import { type Mount, pathOf, targetBelow } from "./mount.ts";
import { NodeAnswer } from "./node-answer.ts";
import { NodeUpload } from "./node-upload.ts";
import type { AnswerPlace } from "./origin-policy.ts";
import { type ReadFields, readRequestFields } from "./request-fields.ts";
import { fitHead, fitInformation } from "./response-fields.ts";
import type { ExchangeHandler, ServingOptions } from "./serving-options.ts";
import { refuseUpgrade } from "./upgrade.ts";

const maxHeld = serveBounds.wholeAnswer.value;

/** Head whose fields are made when the guest asks for them. A class, as V8 takes long to make an object with a getter. */
class NodeHead implements RequestHead {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly authority: string | undefined;
  readonly target: string;
  readonly #read: ReadFields;

  constructor(method: string, target: string, read: ReadFields) {
    this.method = method;
    this.scheme = read.scheme;
    this.authority = read.authority;
    this.target = target;
    this.#read = read;
  }

  get fields(): RawFields {
    return this.#read.fields();
  }
}

export class NodeExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: NodeUpload | undefined;
  /** Fields of answers that were dropped for the origin's sake. */
  dropped = 0;
  answer: NodeAnswer | undefined;
  readonly #response: ServerResponse;
  readonly #mount: Mount;
  readonly #options: ServingOptions;
  readonly #handler: Pick<ExchangeHandler, "limits" | "putOff">;
  readonly #trailers: boolean;
  readonly #place: AnswerPlace;
  /** The guest runs in the turn in which it was called, so that it may end before anything has to be sent. */
  #firstTurn = true;
  #signal: AbortSignal | undefined;

  /** Throws `body-too-large` and `upgrade-not-supported`. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    mount: Mount,
    options: ServingOptions,
    handler: Pick<ExchangeHandler, "limits" | "putOff">,
  ) {
    const { socket, method = "GET" } = request;
    const secure = "encrypted" in socket && socket.encrypted === true;
    const read = readRequestFields(request.rawHeaders, mount, { address: socket.remoteAddress, secure });
    refuseUpgrade(read.upgrade, mount.plugin);
    const path = pathOf(request.url ?? "/");
    this.#response = response;
    this.#mount = mount;
    this.#options = options;
    this.#handler = handler;
    this.#trailers = read.trailers;
    this.#place = { scheme: read.scheme, authority: read.outerAuthority, path, holds: options.holds };
    const target = targetBelow(path, options.prefixLength ?? mount.prefix.length);
    this.request = new NodeHead(method, target, read);
    this.body = read.hasBody
      ? new NodeUpload(request, mount.plugin, handler.limits.requestBytes, read)
      : undefined;
  }

  /** Aborted when the client leaves. */
  get signal(): AbortSignal {
    this.#signal ??= clientSignal(this.#response);
    return this.#signal;
  }

  inform(head: ResponseHead): void {
    const response = this.#response;
    // HTTP/1.0 has no such responses (RFC 9110, section 15.2).
    if (this.answer?.begun || response.destroyed || response.req.httpVersionMinor === 0) return;
    const fit = fitInformation(head, this.#mount, this.#place);
    if (!fit) return;
    this.dropped += fit.dropped;
    // Node 24 can't send them.
    if (typeof response.writeInformation === "function") response.writeInformation(head.status, fit.fields);
  }

  respond(head: ResponseHead): OutgoingBytes {
    if (this.answer) throw answeredTwice(this.#mount.plugin);
    const { plugin } = this.#mount;
    const fit = fitHead(head, this.request.method, this.#mount, this.#place);
    this.dropped += fit.dropped;
    const { heap, fields, logFault } = this.#options;
    if (fields) fit.fields.push(...Object.entries(fields).flat());
    this.answer = new NodeAnswer(this.#response, fit, {
      plugin,
      limit: this.#handler.limits.responseBytes,
      trailers: this.#trailers,
      heap,
      held: this.#firstTurn,
      sender: this.#handler,
      logFault,
    });
    if (!this.#firstTurn) this.answer.flush();
    return this.answer;
  }

  /** In the turn in which the guest was called; a body that was read can't be read again. */
  holds(bytes: number): boolean {
    return this.#firstTurn && this.body === undefined && this.answer === undefined && bytes <= maxHeld;
  }

  withdraw(): void {
    this.answer?.withdraw();
    this.answer = undefined;
    this.dropped = 0;
  }

  /** Ends the turn in which the guest was called: what it has begun by now and not ended is sent. */
  endTurn(): void {
    this.#firstTurn = false;
    this.answer?.letGo();
  }

  /** Lets go of what is left, once the guest has ended. */
  end(): void {
    this.answer?.abort();
    this.body?.discard();
  }
}

export function answeredTwice(plugin: string): HotcellError {
  return new HotcellError("bad-response", `${plugin} answered twice.`, {
    subject: plugin,
    remedy: "Have the plugin set one response for a request.",
  });
}
