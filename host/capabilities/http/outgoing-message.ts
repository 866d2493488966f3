/** Base of requests and responses that a guest makes, and their bodies (`wasi:http/types`). */
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { OutputStream, Sink } from "../kit/streams.ts";
import type { Fields } from "./fields-resource.ts";
import type { HttpCell } from "./http-cell.ts";
import type { OutgoingPipe } from "./outgoing-pipe.ts";

/** Sink of the body of a message that nobody sends. */
const nowhere: Sink = { write() {} };

// Thrown again and again: making an error takes microseconds, and guests see nothing but its payload.
const taken = new ComponentError(undefined, "The body has been taken.");
export const failure = new ComponentError(undefined, "That can't stand in a message.");

export class OutgoingBody extends HostResource {
  readonly #cell: HttpCell;
  readonly #pipe: OutgoingPipe | undefined;
  #written = false;

  /** `pipe` is undefined where the message goes nowhere. */
  constructor(cell: HttpCell, pipe: OutgoingPipe | undefined) {
    super(cell.objects);
    this.#cell = cell;
    this.#pipe = pipe;
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    body.leave();
    const fields = trailers?.raw();
    trailers?.[Symbol.dispose]();
    body.#pipe?.finish(fields);
  }

  write(): OutputStream {
    if (this.#written) throw taken;
    this.#written = true;
    return new this.#cell.OutputStream(this.#cell, this.#pipe ?? nowhere, this);
  }

  /** Without its end the message is not whole. */
  override [Symbol.dispose](): void {
    this.leave();
    this.#pipe?.cut();
  }
}

/** Owns its header fields, and gives its body once. */
export abstract class OutgoingMessage extends HostResource {
  protected readonly cell: HttpCell;
  readonly #headers: Fields;
  #body = false;
  #text = 0;

  constructor(cell: HttpCell, headers: Fields) {
    super(cell.objects);
    this.cell = cell;
    this.#headers = headers;
  }

  headers(): Fields {
    return this.#headers.immutable(this);
  }

  /** Fields themselves, for whoever sends it. */
  get fields(): Fields {
    return this.#headers;
  }

  /** Number of header fields: what the price of `headers` goes by. */
  get size(): number {
    return this.#headers.size;
  }

  body(): OutgoingBody {
    if (this.#body) throw taken;
    this.#body = true;
    return new OutgoingBody(this.cell, this.pipe());
  }

  protected pipe(): OutgoingPipe | undefined {
    return undefined;
  }

  /** Text takes another's place. */
  protected keep(before: string | undefined, after: string | undefined): void {
    const more = (after?.length ?? 0) - (before?.length ?? 0);
    this.cell.objects.keep(more);
    this.#text += more;
  }

  protected override leave(): void {
    super.leave();
    this.cell.objects.keep(-this.#text);
    this.#text = 0;
    this.#headers[Symbol.dispose]();
  }

  /** Length that its fields give its body; undefined where none is, or what is there is none. */
  protected get declared(): number | undefined {
    const value = this.#headers.first("content-length");
    if (value === undefined || value.length === 0 || value.length > 15) return undefined;
    let length = 0;
    for (const byte of value) {
      if (byte < 0x30 || byte > 0x39) return undefined;
      length = length * 10 + (byte - 0x30);
    }
    return length;
  }
}
