// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { IncomingRequest, OutgoingResponse, ResponseOutparam } from "wasi:http/types";
import { Tuple2 } from "wit-types";
import { BodyWriter } from "./body-writer";
import { SetCookie } from "./cookies";
import { FieldEntries } from "./field-entries";
import { Json } from "./json-value";
import { respond } from "./outgoing";
import { Request } from "./request";
import { Routes } from "./routes";
import { utf8 } from "./texts";

// Made once, when the plugin starts, and not for each request.
const plainText = new Tuple2("content-type", utf8("text/plain; charset=utf-8"));
const html = new Tuple2("content-type", utf8("text/html; charset=utf-8"));
const jsonType = new Tuple2("content-type", utf8("application/json"));

/**
 * One request and its answer: what handlers and middleware are called with. An answer that is whole at once goes out when
 * all have returned, so what ran before may still change its status and headers.
 */
@final export class Context {
  readonly req: Request;
  private at: i32 = -1;
  private code: i32 = 0;
  private fields: FieldEntries = new FieldEntries();
  private body: Uint8Array | null = null;
  private writer: BodyWriter | null = null;
  private variables: Map<string, string> | null = null;

  constructor(
    private routes: Routes,
    request: IncomingRequest,
    private out: ResponseOutparam,
  ) {
    this.req = new Request(request);
  }

  /** Runs what comes after this function: for middleware, which goes on when that has returned. */
  next(): void {
    const routes = this.routes;
    const before = this.at;
    const pattern = this.req.pattern;
    const at = routes.find(this.req.method, this.req.path, before + 1);
    this.at = at;
    if (at < routes.list.length) {
      const route = routes.list[at];
      this.req.pattern = route.pattern;
      route.run(this);
    } else {
      this.answerUnrouted();
    }
    this.at = before;
    this.req.pattern = pattern;
  }

  /** The status of the answer, 200 without. With no body it is the whole answer. */
  status(code: i32): Context {
    assert(!this.writer, "the answer has begun already");
    this.code = code;
    return this;
  }

  /** Status as it will be sent, or 0 before there is an answer: for middleware after `next()`. */
  get statusCode(): i32 {
    return this.code;
  }

  /** Sets a header field of the answer, in place of all of that name. */
  header(name: string, value: string): void {
    assert(!this.writer, "the answer has begun already");
    this.fields.set(name, value);
  }

  /** Adds one more of that name. */
  appendHeader(name: string, value: string): void {
    assert(!this.writer, "the answer has begun already");
    this.fields.append(name, value);
  }

  /** Has the client keep a cookie. */
  cookie(cookie: SetCookie): void {
    this.appendHeader("set-cookie", cookie.toString());
  }

  text(text: string): void {
    this.answer(plainText, utf8(text));
  }

  html(text: string): void {
    this.answer(html, utf8(text));
  }

  /** A `Json`, a text that is JSON already, or numbers, bools and arrays. */
  json<T>(value: T): void {
    if (isString<T>()) this.answer(jsonType, utf8(value as string));
    else this.answer(jsonType, utf8(Json.of<T>(value).toString()));
  }

  bytes(bytes: Uint8Array, type: string = "application/octet-stream"): void {
    if (!this.fields.has("content-type")) this.fields.append("content-type", type);
    this.answer(null, bytes);
  }

  /** 204, without a body. */
  noContent(): void {
    this.status(204);
  }

  redirect(location: string, status: i32 = 302): void {
    this.header("location", location);
    this.status(status);
  }

  /** The answer of `App#notFound`. */
  notFound(): void {
    this.routes.missing(this);
  }

  /** Sends status and headers now, and gives what sends the body piece by piece. */
  stream(type: string): BodyWriter {
    if (!this.fields.has("content-type")) this.fields.append("content-type", type);
    return this.begin(true);
  }

  /** Leaves a text to functions that run later for this request. */
  set(name: string, value: string): void {
    let variables = this.variables;
    if (!variables) this.variables = variables = new Map();
    variables.set(name, value);
  }

  /** What was left under that name, or null. */
  get(name: string): string | null {
    const variables = this.variables;
    return variables && variables.has(name) ? variables.get(name) : null;
  }

  /** Sends what there is. Called once, by the app. */
  finish(): void {
    const writer = this.writer;
    if (!writer) this.send();
    else if (this.req.isBroken) writer.abort();
    else writer.end();
    this.req.drop();
  }

  private answerUnrouted(): void {
    const allowed = this.routes.allowed(this.req.path);
    if (!allowed.length) return this.routes.missing(this);
    this.header("allow", allowed);
    if (this.req.method == "OPTIONS") this.noContent();
    else this.routes.refused(this);
  }

  private answer(type: Tuple2<string, Uint8Array> | null, body: Uint8Array): void {
    assert(!this.writer, "the answer has begun already");
    if (type && !this.fields.has("content-type")) this.fields.add(type);
    this.body = body;
    if (!this.code) this.code = 200;
  }

  private send(): void {
    const body = this.body;
    if (!this.code) throw new Error(this.req.method + " " + this.req.path + " was not answered");
    const hasBody = this.code >= 200 && this.code != 204 && this.code != 304;
    if (hasBody) this.fields.set("content-length", (body ? body.length : 0).toString());
    const writer = this.begin(hasBody);
    if (body) writer.write(body);
    writer.end();
  }

  private begin(hasBody: bool): BodyWriter {
    assert(!this.writer, "the answer has begun already");
    if (!this.code) this.code = 200;
    const response = this.head();
    // Taken where nothing is written too: not every host knows the end of a response without one.
    const writer = new BodyWriter(response.body().unwrap(), hasBody && this.req.method != "HEAD");
    this.writer = writer;
    respond(this.out, response);
    return writer;
  }

  private head(): OutgoingResponse {
    const response = new OutgoingResponse(this.fields.toFields());
    if (this.code != 200) assert(response.setStatusCode(<u16>this.code).isOk, "no such status: " + this.code.toString());
    return response;
  }
}
