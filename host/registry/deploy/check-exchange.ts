import { pluginBounds } from "../../bounds/cell-bounds.ts";
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RequestHead,
  ResponseHead,
} from "../../capabilities/http/http-exchange.ts";
import { hasNoContent } from "../../capabilities/http/no-content.ts";
import type { CheckRequest } from "./request-form.ts";

/** Bytes of a response's body, and characters of its header, that are kept. */
const maxBody = pluginBounds.checkResponse.value;
const maxFields = pluginBounds.checkFields.value;

/** Response to a check's request: its fields, values by name in lower case, and the whole of its body. */
export interface CheckResponse {
  readonly status: number;
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

/**
 * Exchange of a check: the request is here whole, and the response is kept, up to as much as a check takes. Who answers
 * with more finds that the client has left.
 */
export class CheckExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: IncomingBytes | undefined;
  #head: Omit<CheckResponse, "body"> | undefined;
  /** Grows as it fills: a guest may write byte by byte. */
  #bytes = Buffer.alloc(0);
  #size = 0;
  #tooLarge: string | undefined;

  constructor(asked: CheckRequest) {
    const { method = "GET", path: target } = asked;
    const bytes = bytesOf(asked.body);
    const fields: string[] = [];
    let authority = "localhost";
    const given = new Set<string>();
    for (const [name, values] of Object.entries(asked.headers ?? {})) {
      given.add(name.toLowerCase());
      for (const value of [values].flat()) {
        if (name.toLowerCase() === "host") authority = value;
        else fields.push(name, value);
      }
    }
    if (typeof asked.body === "object" && "json" in asked.body && !given.has("content-type"))
      fields.push("content-type", "application/json");
    if (bytes && !given.has("content-length")) fields.push("content-length", `${bytes.length}`);
    this.request = { method, scheme: "http", authority, target, fields };
    this.body = bytes && wholeBody(bytes);
  }

  /** Response that came; only for an exchange that has ended well. */
  get response(): CheckResponse {
    return { ...this.#head!, body: this.#bytes.subarray(0, this.#size) };
  }

  /** Part of the response of which there was more than a check takes, and how much that is. */
  get tooLarge(): string | undefined {
    return this.#tooLarge;
  }

  inform(): void {}

  respond(head: ResponseHead): OutgoingBytes {
    const size = head.fields.reduce((sum, text) => sum + text.length, 0);
    if (size > maxFields) this.#tooLarge = `header has more than the ${maxFields} characters`;
    this.#head = { status: head.status, fields: byName(this.#tooLarge ? [] : head.fields) };
    const bodiless = hasNoContent(this.request.method, head.status);
    const isClosed = () => this.#tooLarge !== undefined;
    return {
      room: 64 * 1024,
      write: (bytes) => {
        if (!bodiless) this.#keep(bytes);
      },
      flush: () => {},
      whenRoom: atOnce,
      get closed() {
        return isClosed();
      },
      finish: () => {},
      abort: () => {},
    };
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > maxBody) this.#tooLarge ??= `body has more than the ${maxBody} bytes`;
    if (this.#tooLarge !== undefined) return;
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.min(maxBody, Math.max(size, 2 * this.#bytes.length)));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
  }
}

function byName(fields: ResponseHead["fields"]): Map<string, string[]> {
  const named = new Map<string, string[]>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase();
    const values = named.get(name);
    if (values) values.push(fields[i + 1]!);
    else named.set(name, [fields[i + 1]!]);
  }
  return named;
}

/** A body that is here whole. */
function wholeBody(bytes: Buffer): IncomingBytes {
  let rest: Buffer | undefined = bytes;
  return {
    readable: true,
    read(max) {
      if (rest === undefined || rest.length === 0) return undefined;
      const read = new Uint8Array(rest.subarray(0, max));
      rest = rest.subarray(max);
      return read;
    },
    whenReadable: atOnce,
    trailers: [],
    discard() {
      rest = undefined;
    },
  };
}

function atOnce(callback: () => void): () => void {
  callback();
  return () => {};
}

function bytesOf(body: CheckRequest["body"]): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  return "bytes" in body ? Buffer.from(body.bytes, "base64") : Buffer.from(JSON.stringify(body.json));
}
