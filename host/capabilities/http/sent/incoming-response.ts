/** Response to a request that the guest has sent, and the promise of one (`wasi:http/types`). */
import { HostResource } from "../../kit/host-resource.ts";
import type { Pollable } from "../../kit/pollable.ts";
import { Fields } from "../fields-resource.ts";
import type { HttpCell } from "../http-cell.ts";
import type { FieldEntry } from "../http-fields.ts";
import { IncomingBody, taken } from "../incoming-body.ts";
import type { SentRequest } from "./sent-request.ts";

export class FutureIncomingResponse extends HostResource {
  readonly #cell: HttpCell;
  readonly #sent: SentRequest;
  #given = false;

  constructor(cell: HttpCell, sent: SentRequest) {
    super(cell.objects);
    this.#cell = cell;
    this.#sent = sent;
  }

  subscribe(): Pollable {
    return new this.#cell.Pollable(this.#cell.objects, this.#sent);
  }

  /** Number of header fields: what the price of `get` goes by. */
  get size(): number {
    const { outcome } = this.#sent;
    return outcome && "fields" in outcome ? outcome.fields.length : 0;
  }

  get(): unknown {
    const { outcome } = this.#sent;
    if (outcome === undefined) return undefined;
    if (this.#given) return { tag: "err", val: undefined };
    this.#given = true;
    if ("error" in outcome) return { tag: "ok", val: { tag: "err", val: outcome.error } };
    const response = new IncomingResponse(this.#cell, this.#sent, outcome.status, outcome.fields);
    return { tag: "ok", val: { tag: "ok", val: response } };
  }

  override [Symbol.dispose](): void {
    this.leave();
    if (!this.#given) this.#sent.abandon();
  }
}

export class IncomingResponse extends HostResource {
  readonly #cell: HttpCell;
  readonly #sent: SentRequest;
  readonly #status: number;
  readonly #fields: Fields;
  #consumed = false;

  constructor(cell: HttpCell, sent: SentRequest, status: number, fields: readonly FieldEntry[]) {
    super(cell.objects);
    this.#cell = cell;
    this.#sent = sent;
    this.#status = status;
    this.#fields = new Fields(cell.objects, fields, false);
  }

  status(): number {
    return this.#status;
  }
  headers(): Fields {
    return this.#fields.immutable(this);
  }
  /** Number of header fields: what the price of `headers` goes by. */
  get size(): number {
    return this.#fields.size;
  }
  consume(): IncomingBody {
    if (this.#consumed) throw taken;
    this.#consumed = true;
    return new IncomingBody(this.#cell, this.#sent.body(this.#cell.objects));
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#fields[Symbol.dispose]();
    if (!this.#consumed) this.#sent.abandon();
  }
}
