// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Fields, IncomingRequest, Method, MethodTag } from "wasi:http/types";
import { BodyReader } from "./body-reader";
import { cookieIn } from "./cookies";
import { FormValues } from "./form-values";
import { Json } from "./json-value";
import { Pattern } from "./pattern";
import { textOf } from "./texts";

/** What the client asks for. */
@final export class Request {
  /** `GET`, `POST` … */
  readonly method: string;
  /** As it came, without the query: `/caf%C3%A9`. */
  readonly path: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Pattern of the route that runs; null where none has matched. */
  pattern: Pattern | null = null;
  private fields: Fields | null = null;
  private reader: BodyReader | null = null;
  private values: FormValues | null = null;

  constructor(
    /** The resource of wasi:http behind it. */
    readonly raw: IncomingRequest,
  ) {
    this.method = nameOf(raw.method());
    const target = raw.pathWithQuery();
    const text: string = target ? target : "/";
    const mark = text.indexOf("?");
    this.target = text;
    this.path = mark < 0 ? text : mark == 0 ? "/" : text.substring(0, mark);
  }

  /** What stands in the path for `:name` of the route, or for its `*`, decoded. Traps where the route has no such. */
  param(name: string): string {
    const pattern = this.pattern;
    const value = pattern ? pattern.parameter(this.path, name) : null;
    if (value === null) {
      if (name == "*" && pattern && pattern.text.endsWith("*")) return "";
      throw new Error("the route has no parameter " + name + (pattern ? ": " + pattern.text : ""));
    }
    return value;
  }

  /** The first value of that name in the query, decoded. */
  query(name: string): string | null {
    return this.queries.get(name);
  }

  /** The whole query. */
  get queries(): FormValues {
    let values = this.values;
    if (!values) {
      const mark = this.target.indexOf("?");
      this.values = values = new FormValues(mark < 0 ? "" : this.target.substring(mark + 1));
    }
    return values;
  }

  /** A header field in any case; several of that name are joined by commas, as RFC 9110 has it. */
  header(name: string): string | null {
    const values = this.headers.get(name);
    if (!values.length) return null;
    let text = textOf(values[0]);
    for (let i = 1; i < values.length; i++) text += ", " + textOf(values[i]);
    return text;
  }

  /** All header fields, as wasi:http has them. */
  get headers(): Fields {
    let fields = this.fields;
    if (!fields) this.fields = fields = this.raw.headers();
    return fields;
  }

  /** `example.com:8080`, of the client's own making. */
  get host(): string | null {
    return this.raw.authority();
  }

  cookie(name: string): string | null {
    const values = this.headers.get("cookie");
    for (let i = 0; i < values.length; i++) {
      const found = cookieIn(textOf(values[i]), name);
      if (found !== null) return found;
    }
    return null;
  }

  /** The body to be read piece by piece. */
  get body(): BodyReader {
    let reader = this.reader;
    if (!reader) this.reader = reader = new BodyReader(this.raw.consume().unwrap());
    return reader;
  }

  /** True where a body was read that has broken off. */
  get isBroken(): bool {
    const reader = this.reader;
    return reader !== null && reader.isBroken;
  }

  /** The whole body, once. Traps where it breaks off: nobody is there any more to be told. */
  bytes(): Uint8Array {
    return this.body.bytes();
  }

  /** The whole body, once, as UTF-8. */
  text(): string {
    return textOf(this.bytes());
  }

  /** The whole body, once, as JSON; null where it is none. */
  json(): Json | null {
    return Json.parse(this.text());
  }

  /** The body of a form: `application/x-www-form-urlencoded`. */
  form(): FormValues {
    return new FormValues(this.text());
  }

  /** Ends what belongs to it, children first. */
  drop(): void {
    if (this.reader) this.reader!.drop();
    if (this.fields) this.fields!.drop();
    this.raw.drop();
  }
}

function nameOf(method: Method): string {
  switch (method.tag) {
    case MethodTag.Get:
      return "GET";
    case MethodTag.Head:
      return "HEAD";
    case MethodTag.Post:
      return "POST";
    case MethodTag.Put:
      return "PUT";
    case MethodTag.Delete:
      return "DELETE";
    case MethodTag.Connect:
      return "CONNECT";
    case MethodTag.Options:
      return "OPTIONS";
    case MethodTag.Trace:
      return "TRACE";
    case MethodTag.Patch:
      return "PATCH";
    default:
      return method.asOther();
  }
}
