/** Requests and responses that a guest makes, and their bodies (`wasi:http/types`). */
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { OutputStream, Sink } from "../kit/streams.ts";
import type { Fields } from "./fields-resource.ts";
import type { GuestExchange } from "./guest-exchange.ts";
import type { HttpCell } from "./http-cell.ts";
import { OutgoingPipe } from "./outgoing-pipe.ts";

interface Tagged {
  readonly tag: string;
  readonly val?: string;
}

/** Sink of the body of a message that nobody sends. */
const nowhere: Sink = { write() {} };

// Thrown again and again: making an error takes microseconds, and guests see nothing but its payload.
const taken = new ComponentError(undefined, "The body has been taken.");
const failure = new ComponentError(undefined, "That can't stand in a message.");

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

  /** The resource is gone, and not yet the body. */
  protected leave(): void {
    super[Symbol.dispose]();
  }
}

/** Owns its header fields, and gives its body once. */
abstract class OutgoingMessage extends HostResource {
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

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.cell.objects.keep(-this.#text);
    this.#text = 0;
    this.#headers[Symbol.dispose]();
  }
}

export class OutgoingRequest extends OutgoingMessage {
  #method: Tagged = { tag: "get" };
  #path: string | undefined;
  #scheme: Tagged | undefined;
  #authority: string | undefined;

  method(): Tagged {
    return this.#method;
  }
  setMethod(method: Tagged): void {
    if (method.tag === "other") requireText(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, method.val);
    this.keep(this.#method.val, method.val);
    this.#method = method;
  }
  pathWithQuery(): string | undefined {
    return this.#path;
  }
  setPathWithQuery(path: string | undefined): void {
    requireText(/^[\x21-\x7e]*$/, path);
    this.keep(this.#path, path);
    this.#path = path;
  }
  scheme(): Tagged | undefined {
    return this.#scheme;
  }
  setScheme(scheme: Tagged | undefined): void {
    if (scheme?.tag === "other") requireText(/^[A-Za-z][A-Za-z0-9+.-]*$/, scheme.val);
    this.keep(this.#scheme?.val, scheme?.val);
    this.#scheme = scheme;
  }
  authority(): string | undefined {
    return this.#authority;
  }
  setAuthority(authority: string | undefined): void {
    requireText(/^[\x21-\x7e]+$/, authority);
    this.keep(this.#authority, authority);
    this.#authority = authority;
  }
}

export class OutgoingResponse extends OutgoingMessage {
  #status = 200;
  /** Pipe of its body, where that was asked for. */
  #pipe: OutgoingPipe | undefined;

  statusCode(): number {
    return this.#status;
  }
  setStatusCode(status: number): void {
    if (status < 100 || status > 999) throw failure;
    this.#status = status;
  }

  protected override pipe(): OutgoingPipe | undefined {
    const { exchange } = this.cell;
    this.#pipe = exchange && this.#newPipe(exchange);
    return this.#pipe;
  }

  /** The guest gives it for the answer. */
  send(exchange: GuestExchange): void {
    const pipe = this.#pipe ?? this.#newPipe(exchange).close();
    const fields = this.fields.raw();
    this.#pipe = undefined;
    this[Symbol.dispose]();
    exchange.respond(this.#status, fields, pipe);
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#pipe?.abandon();
  }

  #newPipe({ exchange }: GuestExchange): OutgoingPipe {
    const declared = contentLength(this.fields);
    const bodiless = exchange.request.method === "HEAD";
    return new OutgoingPipe(this.cell.objects, () =>
      bodiless || this.#status === 304 ? undefined : declared,
    );
  }
}

/** Length that a message's fields give its body; undefined where none is, or what is there is none. */
function contentLength(fields: Fields): number | undefined {
  const [value] = fields.get("content-length");
  const text = value && Buffer.from(value).toString("latin1");
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function requireText(pattern: RegExp, text: string | undefined): void {
  if (text !== undefined && !pattern.test(text)) throw failure;
}
