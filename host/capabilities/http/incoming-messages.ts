/** Request that a handler is to answer, its body, and the way of its response (`wasi:http/types`). */
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { Event, Pollable } from "../kit/pollable.ts";
import type { InputStream } from "../kit/streams.ts";
import { entriesOf, Fields } from "./fields-resource.ts";
import type { GuestExchange } from "./guest-exchange.ts";
import type { HttpCell } from "./http-cell.ts";
import type { OutgoingResponse } from "./outgoing-messages.ts";
import { RequestBody } from "./request-body.ts";

const taken = new ComponentError(undefined, "That has been taken.");

const methods: ReadonlyMap<string, { readonly tag: string }> = new Map(
  ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"].map((method) => [
    method,
    { tag: method.toLowerCase() },
  ]),
);
const schemes = { http: { tag: "HTTP" }, https: { tag: "HTTPS" } } as const;

export class IncomingRequest extends HostResource {
  readonly #cell: HttpCell;
  readonly #exchange: GuestExchange;
  #consumed = false;

  constructor(cell: HttpCell, exchange: GuestExchange) {
    super(cell.objects);
    this.#cell = cell;
    this.#exchange = exchange;
  }

  method(): unknown {
    const { method } = this.#exchange.exchange.request;
    return methods.get(method) ?? { tag: "other", val: method };
  }
  pathWithQuery(): string {
    return this.#exchange.exchange.request.target;
  }
  scheme(): unknown {
    return schemes[this.#exchange.exchange.request.scheme];
  }
  authority(): string | undefined {
    return this.#exchange.exchange.request.authority;
  }
  headers(): Fields {
    return new Fields(this.#cell.objects, entriesOf(this.#exchange.exchange.request.fields), false, this);
  }
  /** Number of header fields: what the price of `headers` goes by. */
  get size(): number {
    return this.#exchange.exchange.request.fields.length >> 1;
  }
  consume(): IncomingBody {
    if (this.#consumed) throw taken;
    this.#consumed = true;
    return new IncomingBody(this.#cell, new RequestBody(this.#cell.objects, this.#exchange));
  }
}

export class IncomingBody extends HostResource {
  readonly #cell: HttpCell;
  readonly #body: RequestBody;
  #streamed = false;

  constructor(cell: HttpCell, body: RequestBody) {
    super(cell.objects);
    this.#cell = cell;
    this.#body = body;
  }

  static finish(body: IncomingBody): FutureTrailers {
    body.leave();
    return new FutureTrailers(body.#cell, body.#body);
  }

  stream(): InputStream {
    if (this.#streamed) throw taken;
    this.#streamed = true;
    return new this.#cell.InputStream(this.#cell, this.#body, this);
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#body.discard();
  }

  protected leave(): void {
    super[Symbol.dispose]();
  }
}

/** Trailer fields, once the body has come to its end: what is left of it is read for nobody when they are asked for. */
export class FutureTrailers extends HostResource {
  readonly #cell: HttpCell;
  readonly #body: RequestBody;
  #given = false;

  constructor(cell: HttpCell, body: RequestBody) {
    super(cell.objects);
    this.#cell = cell;
    this.#body = body;
  }

  subscribe(): Pollable {
    const body = this.#body;
    const event: Event = {
      ready: () => body.drain(),
      whenReady(callback) {
        let cancel = () => {};
        const look = () => {
          if (body.drain()) callback();
          else cancel = body.whenReady(look);
        };
        look();
        return () => cancel();
      },
    };
    return new this.#cell.Pollable(this.#cell.objects, event);
  }

  get(): unknown {
    if (!this.#body.drain()) return undefined;
    if (this.#given) return { tag: "err", val: undefined };
    this.#given = true;
    const { code, trailers } = this.#body;
    if (code !== undefined) return { tag: "ok", val: { tag: "err", val: code } };
    const { objects } = this.#cell;
    const fields = trailers.length > 0 ? new Fields(objects, entriesOf(trailers), false) : undefined;
    return { tag: "ok", val: { tag: "ok", val: fields } };
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#body.discard();
  }
}

/** Way of the response: given once. */
export class ResponseOutparam extends HostResource {
  readonly #exchange: GuestExchange;

  constructor(cell: HttpCell, exchange: GuestExchange) {
    super(cell.objects);
    this.#exchange = exchange;
  }

  static set(
    param: ResponseOutparam,
    response:
      | { readonly tag: "ok"; readonly val: OutgoingResponse }
      | { readonly tag: "err"; readonly val: { readonly tag: string; readonly val?: unknown } },
  ): void {
    param[Symbol.dispose]();
    if (response.tag === "ok") response.val.send(param.#exchange);
    else param.#exchange.refuse(response.val);
  }

  /** Throws ComponentError for a status that is none of 1xx. */
  sendInformational(status: number, headers: Fields): void {
    const fields = headers.raw();
    headers[Symbol.dispose]();
    if (status < 100 || status > 199 || status === 101) throw notInformational;
    if (!this.#exchange.inform(status, fields)) throw tooMuch;
  }
}

const notInformational = new ComponentError(
  { tag: "internal-error", val: "an informational response has a status of 100, or 102 to 199" },
  "That is no informational response.",
);

const tooMuch = new ComponentError(
  { tag: "internal-error", val: "so many informational responses, or of so many bytes, are not sent" },
  "There were too many informational responses.",
);
