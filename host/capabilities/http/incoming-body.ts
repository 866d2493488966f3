/** Bodies that come in, of requests and of responses (`wasi:http/types`). */
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { Event, Pollable } from "../kit/pollable.ts";
import type { InputStream, IoError, Source } from "../kit/streams.ts";
import { Fields } from "./fields-resource.ts";
import type { HttpCell } from "./http-cell.ts";
import type { FieldEntry } from "./http-fields.ts";

/** Body of a message as the guest reads it. */
export interface ReadBody extends Source {
  /** Trailer fields, where it has come to its end. */
  readonly trailers: readonly FieldEntry[];
  /** `error-code` that it broke off with. */
  readonly code: unknown;
  /** Lets what still comes go: nobody wants it. */
  discard(): void;
}

/** Error for what may be taken once. */
export const taken = new ComponentError(undefined, "That has been taken.");

export class IncomingBody extends HostResource {
  readonly #cell: HttpCell;
  readonly #body: ReadBody;
  #streamed = false;

  constructor(cell: HttpCell, body: ReadBody) {
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
}

/** Trailer fields, once the body has come to its end: what is left of it is read for nobody when they are asked for. */
export class FutureTrailers extends HostResource {
  readonly #cell: HttpCell;
  readonly #body: ReadBody;
  #given = false;

  constructor(cell: HttpCell, body: ReadBody) {
    super(cell.objects);
    this.#cell = cell;
    this.#body = body;
  }

  subscribe(): Pollable {
    const body = this.#body;
    const event: Event = {
      ready: () => drained(body),
      whenReady(callback) {
        let cancel = () => {};
        const look = () => {
          if (drained(body)) callback();
          else cancel = body.whenReady(look);
        };
        look();
        return () => cancel();
      },
    };
    return new this.#cell.Pollable(this.#cell.objects, event);
  }

  get(): unknown {
    if (!drained(this.#body)) return undefined;
    if (this.#given) return { tag: "err", val: undefined };
    this.#given = true;
    const { code, trailers } = this.#body;
    if (code !== undefined) return { tag: "ok", val: { tag: "err", val: code } };
    const { objects } = this.#cell;
    const fields = trailers.length > 0 ? new Fields(objects, trailers, false) : undefined;
    return { tag: "ok", val: { tag: "ok", val: fields } };
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#body.discard();
  }
}

/** Bytes that are read for nobody at a time. */
const piece = 1 << 16;

/** Reads what is left, for nobody, as far as it is here: true once the body has come to its end. */
function drained(body: ReadBody): boolean {
  try {
    for (let bytes = body.read(piece); bytes !== undefined; bytes = body.read(piece))
      if (bytes.length === 0) return false;
  } catch (thrown) {
    if (!(thrown instanceof ComponentError)) throw thrown;
    (thrown.payload as { val: IoError }).val[Symbol.dispose]();
  }
  return true;
}
