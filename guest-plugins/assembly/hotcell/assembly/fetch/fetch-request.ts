// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme } from "wasi:http/types";
import { Option } from "wit-types";
import { BodyWriter } from "../http/body-writer";
import { FieldEntries } from "../http/field-entries";
import { Json } from "../http/json-value";
import { utf8 } from "../http/texts";
import { FetchError } from "./fetch-error";
import { FetchResponse } from "./fetch-response";
import { handle, lastCode } from "./outgoing-handler";
import { PendingResponse } from "./pending-response";
import { Url } from "./url";

/** Gets what is there; waits for the response, which may be an error. */
export function fetch(url: string): FetchResponse {
  return new FetchRequest("GET", url).send();
}

/** A request before it is sent, which it is once. */
@final export class FetchRequest {
  private url: Url;
  private fields: FieldEntries = new FieldEntries();
  private body: Uint8Array | null = null;
  private time: u64 = 0;
  private pending: PendingResponse | null = null;

  constructor(
    readonly method: string,
    url: string,
  ) {
    this.url = new Url(url);
  }

  /** Sets a header field. The host sets `Host` and what is between it and the server; where it has a credential, that too. */
  header(name: string, value: string): this {
    this.fields.set(name, value);
    return this;
  }

  /** Adds one of a name that there may be several of. */
  appendHeader(name: string, value: string): this {
    this.fields.append(name, value);
    return this;
  }

  /** Milliseconds to wait for a connection, for the response to begin, and between two pieces of it. The host may allow less. */
  timeout(milliseconds: i32): this {
    this.time = <u64>milliseconds * 1000000;
    return this;
  }

  /** Body of text, as UTF-8. */
  text(text: string, type: string = "text/plain; charset=utf-8"): this {
    return this.bytes(utf8(text), type);
  }

  /** Body of JSON. */
  json(value: Json): this {
    return this.text(value.toString(), "application/json");
  }

  /** Body of bytes. */
  bytes(bytes: Uint8Array, type: string = "application/octet-stream"): this {
    if (!this.fields.has("content-type")) this.fields.set("content-type", type);
    this.fields.set("content-length", bytes.length.toString());
    this.body = bytes;
    return this;
  }

  /** Sends it, and waits for the response. */
  send(): FetchResponse {
    return this.start().wait();
  }

  /** Sends it, and goes on: `wait` for the response later, so that several are under way at once. */
  start(): PendingResponse {
    const bytes = this.body;
    const writer = this.begin(bytes != null);
    if (writer) {
      writer.write(bytes!);
      writer.end();
    }
    return this.pending!;
  }

  /**
   * Sends it with a body that is written piece by piece; `end` it, and wait for `response`, which may come before. Null where
   * the request was refused: `response` says why.
   */
  stream(type: string = "application/octet-stream"): BodyWriter | null {
    if (!this.fields.has("content-type")) this.fields.set("content-type", type);
    return this.begin(true);
  }

  /** The response to what was begun by `stream`. */
  response(): FetchResponse {
    return this.pending!.wait();
  }

  private begin(hasBody: bool): BodyWriter | null {
    assert(!this.pending, "the request has been sent");
    const url = this.url;
    const asked = this.method + " " + url.shown;
    const request = new OutgoingRequest(this.fields.toFields());
    const fits =
      url.isValid &&
      request.setMethod(Method.other(this.method)).isOk &&
      request.setScheme(url.isSecure ? Scheme.https() : Scheme.http()).isOk &&
      request.setAuthority(url.authority).isOk &&
      request.setPathWithQuery(url.target).isOk;
    if (!fits) {
      request.drop();
      this.pending = new PendingResponse(null, FetchError.named("HTTP-request-URI-invalid", asked), asked);
      return null;
    }
    let body: OutgoingBody | null = null;
    if (hasBody) body = request.body().unwrap();
    const future = handle(request, this.options());
    if (!future) {
      if (body) body.drop();
      this.pending = new PendingResponse(null, FetchError.of(lastCode(), asked), asked);
      return null;
    }
    this.pending = new PendingResponse(future, null, asked);
    return body ? new BodyWriter(body, true) : null;
  }

  private options(): RequestOptions | null {
    if (!this.time) return null;
    const options = new RequestOptions();
    const time = Option.some<u64>(this.time);
    options.setConnectTimeout(time).unwrap();
    options.setFirstByteTimeout(time).unwrap();
    options.setBetweenBytesTimeout(time).unwrap();
    return options;
  }
}
