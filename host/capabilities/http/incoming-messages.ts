/** Request that a handler is to answer, and the way of its response (`wasi:http/types`). */
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import { entriesOf, Fields } from "./fields-resource.ts";
import type { GuestExchange } from "./guest-exchange.ts";
import type { HttpCell } from "./http-cell.ts";
import { IncomingBody, taken } from "./incoming-body.ts";
import type { OutgoingResponse } from "./outgoing-response.ts";
import { RequestBody } from "./request-body.ts";

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

  /** Tells whether what it is given could be taken back (`HostRepeats`). */
  holds({ tag, val }: { readonly tag: string; readonly val?: unknown }): boolean {
    const bytes = tag === "ok" ? (val as OutgoingResponse).written : 0;
    return this.#exchange.exchange.holds?.(bytes) ?? false;
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
