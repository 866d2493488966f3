/** Types of `wasi:http/types` that a guest can make itself: fields, requests and responses that nobody sends. */
import { ComponentError } from "../../errors.ts";
import type { CellContext, Member } from "../capability.ts";
import { OutputStream, type Sink } from "../kit/streams.ts";
import { checkField, type FieldEntry, FieldList } from "./http-fields.ts";

interface Tagged {
  readonly tag: string;
  readonly val?: string;
}

/** Its bytes go nowhere, as no body is ever sent. */
const nowhere: Sink = { write() {} };

// Thrown again and again: making an error takes microseconds, and guests see nothing but its payload.
const immutable = new ComponentError({ tag: "immutable" }, "These fields can't be changed.");
const taken = new ComponentError(undefined, "The body has been taken.");
const failure = new ComponentError(undefined, "That can't stand in a message.");

/** The classes of one cell: guests construct them, and what they hold is counted there. */
export function httpTypes(cell: CellContext): Readonly<Record<string, Member>> {
  const { objects } = cell;

  class Resource {
    constructor() {
      objects.add();
    }

    [Symbol.dispose](): void {
      objects.remove();
    }
  }

  class Fields extends Resource {
    #list = new FieldList(objects);
    #mutable = true;

    static fromList(entries: readonly FieldEntry[]): Fields {
      for (const [name, value] of entries) checkField(name, [value]);
      return Fields.#of(entries, true);
    }

    static #of(entries: Iterable<FieldEntry>, mutable: boolean): Fields {
      const fields = new Fields();
      fields.#list = new FieldList(objects, entries);
      fields.#mutable = mutable;
      return fields;
    }

    // What the prices of these functions go by.
    get size(): number {
      return this.#list.size;
    }
    count(name: string): number {
      return this.#list.count(name);
    }

    /** The same fields for somebody who must not change them. */
    immutable(): Fields {
      return Fields.#of(this.#list.entries(), false);
    }

    get(name: string): Uint8Array[] {
      return this.#list.get(name);
    }
    has(name: string): boolean {
      return this.#list.has(name);
    }
    set(name: string, values: readonly Uint8Array[]): void {
      this.#change(name, values).set(name, values);
    }
    delete(name: string): void {
      this.#change(name, []).set(name, []);
    }
    append(name: string, value: Uint8Array): void {
      this.#change(name, [value]).append(name, value);
    }
    entries(): FieldEntry[] {
      return [...this.#list.entries()];
    }
    clone(): Fields {
      return Fields.#of(this.#list.entries(), true);
    }

    #change(name: string, values: readonly Uint8Array[]): FieldList {
      if (!this.#mutable) throw immutable;
      checkField(name, values);
      return this.#list;
    }

    override [Symbol.dispose](): void {
      this.#list.release();
      super[Symbol.dispose]();
    }
  }

  class OutgoingBody extends Resource {
    #written = false;

    static finish(body: OutgoingBody, trailers: Fields | undefined): void {
      body[Symbol.dispose]();
      trailers?.[Symbol.dispose]();
    }

    write(): OutputStream {
      if (this.#written) throw taken;
      this.#written = true;
      return new OutputStream(cell, nowhere);
    }
  }

  /** Owns its header fields, and gives its body once. */
  class Message extends Resource {
    readonly #headers: Fields;
    #body = false;
    #text = 0;

    constructor(headers: Fields) {
      super();
      this.#headers = headers;
    }

    headers(): Fields {
      return this.#headers.immutable();
    }

    /** Number of header fields: what the price of `headers` goes by. */
    get size(): number {
      return this.#headers.size;
    }

    body(): OutgoingBody {
      if (this.#body) throw taken;
      this.#body = true;
      return new OutgoingBody();
    }

    /** Text takes another's place. */
    protected keep(before: string | undefined, after: string | undefined): void {
      const more = (after?.length ?? 0) - (before?.length ?? 0);
      objects.keep(more);
      this.#text += more;
    }

    override [Symbol.dispose](): void {
      objects.keep(-this.#text);
      this.#headers[Symbol.dispose]();
      super[Symbol.dispose]();
    }
  }

  class OutgoingRequest extends Message {
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

  class OutgoingResponse extends Message {
    #status = 200;

    statusCode(): number {
      return this.#status;
    }
    setStatusCode(status: number): void {
      if (status < 100 || status > 999) throw failure;
      this.#status = status;
    }
  }

  class RequestOptions extends Resource {
    #connect: bigint | undefined;
    #firstByte: bigint | undefined;
    #betweenBytes: bigint | undefined;

    connectTimeout(): bigint | undefined {
      return this.#connect;
    }
    setConnectTimeout(duration: bigint | undefined): void {
      this.#connect = duration;
    }
    firstByteTimeout(): bigint | undefined {
      return this.#firstByte;
    }
    setFirstByteTimeout(duration: bigint | undefined): void {
      this.#firstByte = duration;
    }
    betweenBytesTimeout(): bigint | undefined {
      return this.#betweenBytes;
    }
    setBetweenBytesTimeout(duration: bigint | undefined): void {
      this.#betweenBytes = duration;
    }
  }

  return { Fields, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions };
}

function requireText(pattern: RegExp, text: string | undefined): void {
  if (text !== undefined && !pattern.test(text)) throw failure;
}
