import { pluginBounds } from "../../bounds/cell-bounds.ts";
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RequestHead,
  ResponseHead,
} from "../../capabilities/http/http-exchange.ts";
import type { CheckRequest } from "./request-form.ts";

/** Response to a check's request: its fields, name and value in turn, and the whole of its body. */
export interface CheckResponse {
  readonly status: number;
  readonly fields: ResponseHead["fields"];
  readonly body: Buffer;
}

/**
 * Exchange of a check: the request is here whole, and the response is kept, up to as much as a check takes. Who answers
 * with more finds that the client has left.
 */
export class CheckExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: IncomingBytes | undefined;
  /** Bytes of a body that are kept. */
  readonly limit = pluginBounds.checkResponse.value;
  #head: ResponseHead | undefined;
  #pieces: Uint8Array[] = [];
  #kept = 0;
  #tooLarge = false;

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
    return { ...this.#head!, body: Buffer.concat(this.#pieces) };
  }

  /** There was more than the limit. */
  get tooLarge(): boolean {
    return this.#tooLarge;
  }

  inform(): void {}

  respond(head: ResponseHead): OutgoingBytes {
    this.#head = head;
    // Such a response has no body, whatever is written (RFC 9110, sections 6.4.1 and 9.3.2).
    const bodiless = this.request.method === "HEAD" || head.status === 204 || head.status === 304;
    const isClosed = () => this.#tooLarge;
    return {
      room: 64 * 1024,
      write: (bytes) => {
        if (bodiless) return;
        this.#kept += bytes.length;
        this.#tooLarge ||= this.#kept > this.limit;
        if (this.#tooLarge) this.#pieces = [];
        else this.#pieces.push(bytes);
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
