import { failure, OutgoingMessage } from "../outgoing-message.ts";
import { OutgoingPipe } from "../outgoing-pipe.ts";

interface Tagged {
  readonly tag: string;
  readonly val?: string;
}

/** Request that a guest makes (`wasi:http/types`). */
export class OutgoingRequest extends OutgoingMessage {
  #method: Tagged = { tag: "get" };
  #path: string | undefined;
  #scheme: Tagged | undefined;
  #authority: string | undefined;
  #pipe: OutgoingPipe | undefined;

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

  /** Pipe of its body, for whoever sends it; undefined where it has none. Throws away nothing that was written. */
  takePipe(): OutgoingPipe | undefined {
    const pipe = this.#pipe ?? (this.declared ? this.#newPipe().close() : undefined);
    this.#pipe = undefined;
    return pipe;
  }

  /** Pipe of one that can be sent; elsewhere what is written goes nowhere. */
  protected override pipe(): OutgoingPipe | undefined {
    if (this.cell.client) this.#pipe = this.#newPipe();
    return this.#pipe;
  }

  protected override leave(): void {
    super.leave();
    this.#pipe?.abandon();
  }

  #newPipe(): OutgoingPipe {
    const { declared } = this;
    return new OutgoingPipe(this.cell.objects, "request", () => declared);
  }
}

function requireText(pattern: RegExp, text: string | undefined): void {
  if (text !== undefined && !pattern.test(text)) throw failure;
}
