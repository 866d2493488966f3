/** Requests and responses as a router wants them, on top of the resources of wasi:http. */
import {
  ErrorCode,
  Fields,
  IncomingRequest,
  Method,
  MethodTag,
  OutgoingBody,
  OutgoingResponse,
  ResponseOutparam,
} from "wasi:http/types@0.2.0";
import { OutputStream, StreamError } from "wasi:io/streams@0.2.0";
import { Result } from "wit-types";

export class Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;

  constructor(private incoming: IncomingRequest) {
    this.method = methodName(incoming.method());
    const target = incoming.pathWithQuery();
    const text: string = target ? target : "/";
    const mark = text.indexOf("?");
    this.path = mark < 0 ? text : text.substring(0, mark);
    this.query = mark < 0 ? "" : text.substring(mark + 1);
  }

  /** The first header of that name. */
  header(name: string): string | null {
    const headers = this.incoming.headers();
    const values = headers.get(name);
    headers.drop();
    return values.length ? String.UTF8.decode(values[0].buffer) : null;
  }

  /** A parameter of the query, decoded. */
  parameter(name: string): string | null {
    const pairs = this.query.split("&");
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i].startsWith(name + "=")) return decodeURIComponent(pairs[i].substring(name.length + 1));
    }
    return null;
  }

  /** The whole body, or null when it breaks off. To be called once. */
  bytes(): Uint8Array | null {
    const body = this.incoming.consume().unwrap();
    const stream = body.stream().unwrap();
    const pieces: Uint8Array[] = [];
    let size = 0;
    let read = stream.blockingRead(16 * 1024);
    for (; read.isOk; read = stream.blockingRead(16 * 1024)) {
      pieces.push(read.unwrap());
      size += read.unwrap().length;
    }
    // The stream is the body's, and the body the request's: children go first.
    stream.drop();
    body.drop();
    if (!isEnd(read.unwrapErr())) return null;
    const all = new Uint8Array(size);
    for (let i = 0, at = 0; i < pieces.length; at += pieces[i++].length) all.set(pieces[i], at);
    return all;
  }

  drop(): void {
    this.incoming.drop();
  }
}

/** A response whose status and headers are on their way; its body follows in as many pieces as there are. */
export class Response {
  private constructor(private body: OutgoingBody, private stream: OutputStream) {}

  static begin(out: ResponseOutparam, status: u16, headers: Map<string, string>): Response {
    const fields = new Fields();
    const names = headers.keys();
    for (let i = 0; i < names.length; i++) {
      assert(fields.set(names[i], [utf8(headers.get(names[i]))]).isOk, "a header was refused");
    }
    const outgoing = new OutgoingResponse(fields);
    assert(outgoing.setStatusCode(status).isOk, "there is no such status");
    const body = outgoing.body().unwrap();
    const stream = body.write().unwrap();
    ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(outgoing));
    return new Response(body, stream);
  }

  /** Sends a piece of the body; returns false when nobody reads any more. */
  write(piece: Uint8Array): bool {
    // The largest that one such call may be given.
    const most = 4096;
    for (let at = 0; at < piece.length; at += most) {
      const written = this.stream.blockingWriteAndFlush(piece.subarray(at, min(at + most, piece.length)));
      if (written.isErr) {
        isEnd(written.unwrapErr());
        return false;
      }
    }
    return true;
  }

  end(): void {
    this.stream.drop();
    const finished = OutgoingBody.finish(this.body, null);
    assert(finished.isOk, "the response was cut off");
  }
}

export function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

/** Whether a stream ended as it should. Its error may hold a resource, which is to be dropped. */
function isEnd(error: StreamError): bool {
  if (error.isLastOperationFailed) error.asLastOperationFailed().drop();
  return error.isClosed;
}

function methodName(method: Method): string {
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
