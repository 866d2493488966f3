/** Guest that answers requests in every way that a handler can, also in those that it may not: what it does is the path. */
import { buildProbe } from "../support/capability-probe.ts";

const world = `
  import wasi:http/types@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:clocks/monotonic-clock@0.2.12;
  export wasi:http/incoming-handler@0.2.12;`;

const source = `
import { IncomingRequest, IncomingBody, ResponseOutparam, OutgoingResponse, OutgoingBody, Fields, ErrorCode, FutureTrailers,
  httpErrorCode } from "wasi:http/types@0.2.12";
import { InputStream, OutputStream } from "wasi:io/streams@0.2.12";
import { Pollable, poll } from "wasi:io/poll@0.2.12";
import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { Result, Unit, Tuple2 } from "wit-types";

const bytes = (text: string): Uint8Array => Uint8Array.wrap(String.UTF8.encode(text));
const text = (bytes: Uint8Array): string => String.UTF8.decode(bytes.buffer);

class Sent {
  constructor(public body: OutgoingBody, public stream: OutputStream) {}
  end(): void {
    this.stream.drop();
    OutgoingBody.finish(this.body, null).unwrap();
  }
}

function begin(out: ResponseOutparam, status: u16, fields: Fields = new Fields()): Sent {
  const response = new OutgoingResponse(fields);
  response.setStatusCode(status).unwrap();
  const body = response.body().unwrap();
  const stream = body.write().unwrap();
  ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response));
  return new Sent(body, stream);
}

function withLength(length: string): Fields {
  const fields = new Fields();
  fields.set("content-length", [bytes(length)]).unwrap();
  return fields;
}

function say(out: ResponseOutparam, what: string): void {
  const sent = begin(out, 200);
  const all = bytes(what);
  for (let at = 0; at < all.length; at += 4096)
    sent.stream.blockingWriteAndFlush(all.slice(at, at + 4096)).unwrap();
  sent.end();
}

let kept: OutputStream | null = null;
let keptBody: OutgoingBody | null = null;
let keptOut: ResponseOutparam | null = null;
let keptIn: InputStream | null = null;
let calls = 0;


export function handle(request: IncomingRequest, out: ResponseOutparam): void {
  calls++;
  const target = request.pathWithQuery()!;
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.substring(0, mark);
  const query = mark < 0 ? "" : target.substring(mark + 1);
  answer(path, query, request, out);
}

function answer(path: string, query: string, request: IncomingRequest, out: ResponseOutparam): void {
  if (path == "/hello") {
    request.drop();
    say(out, "Hello.");
  } else if (path == "/flushed") {
    request.drop();
    const sent = begin(out, 200);
    for (let left = <i64>parseInt(query); left > 0; ) {
      const size = min(left, <i64>sent.stream.checkWrite().unwrap());
      sent.stream.write(new Uint8Array(<i32>size)).unwrap();
      sent.stream.blockingFlush().unwrap();
      left -= size;
    }
    sent.end();
  } else if (path == "/count") {
    request.drop();
    say(out, calls.toString());
  } else if (path == "/request") {
    const fields = request.headers();
    const authority = request.authority();
    let told = request.method().isOther ? "other " + request.method().asOther() : request.method().tag.toString();
    told += " " + request.scheme()!.isHttp.toString() + " " + (authority ? authority : "-");
    const entries = fields.entries();
    for (let i = 0; i < entries.length; i++) told += "|" + entries[i].f0 + "=" + text(entries[i].f1);
    if (fields.append("x", bytes("1")).unwrapErr().isImmutable) told += "|immutable";
    const copy = fields.clone();
    copy.append("x", bytes("1")).unwrap();
    told += "|" + copy.get("x").length.toString();
    fields.drop();
    copy.drop();
    request.drop();
    say(out, told);
  } else if (path == "/fields") {
    const names = ["connection", "Keep-Alive", "transfer-encoding", "UPGRADE", "host", "proxy-connection", "http2-settings", "bad name", "fine"];
    const fields = new Fields();
    let told = "";
    for (let i = 0; i < names.length; i++) {
      const set = fields.set(names[i], [bytes("v")]);
      told += set.isOk ? "ok " : set.unwrapErr().isForbidden ? "forbidden " : "invalid ";
    }
    told += fields.append("line", bytes("a\\r\\nb: c")).isErr ? "invalid" : "ok";
    told += Fields.fromList([new Tuple2<string, Uint8Array>("Host", bytes("x"))]).unwrapErr().isForbidden ? " forbidden" : " ok";
    fields.drop();
    request.drop();
    say(out, told);
  } else if (path == "/set-cookies") {
    const fields = new Fields();
    fields.append("Set-Cookie", bytes("a=1")).unwrap();
    fields.append("Set-Cookie", bytes("b=\\xe9")).unwrap();
    request.drop();
    begin(out, 204, fields).end();
  } else if (path == "/empty") {
    ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(new OutgoingResponse(new Fields())));
  } else if (path == "/echo") {
    const body = request.consume().unwrap();
    if (request.consume().isOk) throw new Error("taken twice");
    const stream = body.stream().unwrap();
    if (body.stream().isOk) throw new Error("taken twice");
    const sent = begin(out, 200);
    let read = stream.blockingRead(10000);
    while (read.isOk) {
      const piece = read.unwrap();
      for (let at = 0; at < piece.length; at += 4096) {
        const written = sent.stream.blockingWriteAndFlush(piece.slice(at, at + 4096));
        if (written.isErr) { if (written.unwrapErr().isLastOperationFailed) written.unwrapErr().asLastOperationFailed().drop(); }
      }
      read = stream.blockingRead(10000);
    }
    const error = read.unwrapErr();
    stream.drop();
    if (error.isLastOperationFailed) {
      const failed = error.asLastOperationFailed();
      const code = httpErrorCode(failed);
      failed.drop();
      sent.stream.blockingWriteAndFlush(bytes("broken " + code!.tag.toString())).unwrap();
      body.drop();
    } else {
      const future = IncomingBody.finish(body);
      const trailers = future.get()!.unwrap().unwrap();
      if (trailers) {
        sent.stream.drop();
        const copy = new Fields();
        const entries = trailers.entries();
        for (let i = 0; i < entries.length; i++) copy.append(entries[i].f0, entries[i].f1).unwrap();
        trailers.drop();
        OutgoingBody.finish(sent.body, copy).unwrap();
        future.drop();
        request.drop();
        return;
      }
      if (!future.get()!.isErr) throw new Error("given twice");
      future.drop();
    }
    request.drop();
    sent.end();
  } else if (path == "/polled-echo") {
    const body = request.consume().unwrap();
    const stream = body.stream().unwrap();
    const sent = begin(out, 200);
    const readable = stream.subscribe();
    const writable = sent.stream.subscribe();
    for (;;) {
      poll([readable]);
      const read = stream.read(1000);
      if (read.isErr) break;
      const piece = read.unwrap();
      let at = 0;
      while (at < piece.length) {
        writable.block();
        const room = sent.stream.checkWrite().unwrap();
        const next = min(piece.length, at + <i32>room);
        sent.stream.write(piece.slice(at, next)).unwrap();
        at = next;
      }
    }
    readable.drop();
    writable.drop();
    stream.drop();
    body.drop();
    sent.end();
  } else if (path == "/spliced") {
    const body = request.consume().unwrap();
    const stream = body.stream().unwrap();
    const sent = begin(out, 200);
    while (sent.stream.blockingSplice(stream, 5000).isOk) {}
    stream.drop();
    body.drop();
    sent.end();
  } else if (path == "/read") {
    const body = request.consume().unwrap();
    const stream = body.stream().unwrap();
    stream.blockingRead(<u64>parseInt(query)).unwrap();
    stream.drop();
    body.drop();
    say(out, "read");
  } else if (path == "/trailers-only") {
    const body = request.consume().unwrap();
    const future = IncomingBody.finish(body);
    const ready = future.subscribe();
    ready.block();
    ready.drop();
    const trailers = future.get()!.unwrap().unwrap()!;
    const told = text(trailers.get("x-sum")[0]);
    trailers.drop();
    future.drop();
    say(out, told);
  } else if (path == "/early") {
    const sent = begin(out, 200);
    sent.stream.blockingWriteAndFlush(bytes("begun")).unwrap();
    const body = request.consume().unwrap();
    const stream = body.stream().unwrap();
    let size: u64 = 0;
    for (let skipped = stream.blockingSkip(1000); skipped.isOk; skipped = stream.blockingSkip(1000)) size += skipped.unwrap();
    stream.drop();
    body.drop();
    sent.stream.blockingWriteAndFlush(bytes(" read " + size.toString())).unwrap();
    sent.end();
  } else if (path == "/bytes") {
    const sent = begin(out, 200);
    const size = <i32>parseInt(query);
    const piece = new Uint8Array(4096);
    for (let at = 0; at < size; at += 4096) {
      const written = sent.stream.blockingWriteAndFlush(piece.subarray(0, min(4096, size - at)));
      if (written.isErr) {
        if (written.unwrapErr().isLastOperationFailed) written.unwrapErr().asLastOperationFailed().drop();
        sent.stream.drop();
        sent.body.drop();
        return;
      }
    }
    sent.end();
  } else if (path == "/zeroes") {
    const sent = begin(out, 200);
    sent.stream.blockingWriteZeroesAndFlush(5000).unwrap();
    sent.stream.flush().unwrap();
    sent.end();
  } else if (path == "/before") {
    const response = new OutgoingResponse(new Fields());
    const body = response.body().unwrap();
    const stream = body.write().unwrap();
    const room = stream.checkWrite().unwrap();
    stream.write(new Uint8Array(<i32>room)).unwrap();
    if (stream.checkWrite().unwrap() != 0) throw new Error("there is room");
    stream.drop();
    OutgoingBody.finish(body, null).unwrap();
    ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response));
  } else if (path == "/too-long") {
    const sent = begin(out, 200, withLength("3"));
    const written = sent.stream.blockingWriteAndFlush(bytes("four"));
    const failed = written.unwrapErr().asLastOperationFailed();
    if (httpErrorCode(failed)!.isHttpResponseBodySize) failed.drop();
  } else if (path == "/too-short") {
    const sent = begin(out, 200, withLength("30"));
    sent.stream.blockingWriteAndFlush(bytes("four")).unwrap();
    sent.stream.drop();
    if (!OutgoingBody.finish(sent.body, null).unwrapErr().isHttpResponseBodySize) throw new Error("another error");
  } else if (path == "/right") {
    const sent = begin(out, 200, withLength("4"));
    sent.stream.blockingWriteAndFlush(bytes("four")).unwrap();
    sent.end();
  } else if (path == "/head") {
    request.drop();
    const sent = begin(out, 200, withLength("30"));
    sent.end();
  } else if (path == "/informed") {
    const fields = new Fields();
    fields.append("link", bytes("</style.css>; rel=preload")).unwrap();
    out.sendInformational(103, fields).unwrap();
    if (out.sendInformational(200, new Fields()).isOk) throw new Error("no informational status");
    say(out, "then");
  } else if (path == "/informed-on") {
    let sent = 0;
    while (out.sendInformational(103, new Fields()).isOk) sent++;
    say(out, sent.toString());
  } else if (path == "/fields-of") {
    const fields = new Fields();
    for (let left = <i32>parseInt(query); left > 0; left -= 1000)
      fields.append("x", new Uint8Array(min(left, 1000) - 5).fill(120)).unwrap();
    begin(out, 200, fields).end();
  } else if (path == "/trailers-of") {
    const fields = new Fields();
    fields.append("x", new Uint8Array(<i32>parseInt(query) - 5).fill(120)).unwrap();
    const sent = begin(out, 200);
    sent.stream.drop();
    OutgoingBody.finish(sent.body, fields);
  } else if (path == "/empty-of") {
    ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(new OutgoingResponse(withLength(query))));
  } else if (path == "/status") {
    const response = new OutgoingResponse(new Fields());
    const set = response.setStatusCode(<u16>parseInt(query));
    if (set.isErr) { response.drop(); say(out, "refused"); return; }
    ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response));
  } else if (path == "/body-with") {
    const sent = begin(out, <u16>parseInt(query));
    sent.stream.blockingWriteAndFlush(bytes("a body")).unwrap();
    sent.end();
  } else if (path == "/nothing") {
    request.drop();
  } else if (path == "/drop") {
    out.drop();
  } else if (path == "/refuse") {
    ResponseOutparam.set(out, Result.err<OutgoingResponse, ErrorCode>(ErrorCode.internalError("not today")));
  } else if (path == "/unfinished") {
    const sent = begin(out, 200);
    sent.stream.blockingWriteAndFlush(bytes("half")).unwrap();
    sent.stream.drop();
    sent.body.drop();
  } else if (path == "/kept") {
    const sent = begin(out, 200);
    sent.stream.blockingWriteAndFlush(bytes("half")).unwrap();
    kept = sent.stream;
    keptBody = sent.body;
    const body = request.consume().unwrap();
    keptIn = body.stream().unwrap();
  } else if (path == "/after-kept") {
    // What the exchange before has left leads nowhere.
    const stream = kept!;
    if (!stream.checkWrite().unwrapErr().isClosed) throw new Error("it may write");
    stream.drop();
    OutgoingBody.finish(keptBody!, null).unwrap();
    if (!keptIn!.read(10).unwrapErr().isClosed) throw new Error("it may read");
    say(out, "closed");
  } else if (path == "/keep-out") {
    keptOut = out;
  } else if (path == "/after-keep-out") {
    ResponseOutparam.set(keptOut!, Result.ok<OutgoingResponse, ErrorCode>(new OutgoingResponse(new Fields())));
    say(out, "mine");
  } else if (path == "/trap-before") {
    throw new Error("before");
  } else if (path == "/trap-after") {
    begin(out, 200).stream.blockingWriteAndFlush(bytes("half")).unwrap();
    throw new Error("after");
  } else if (path == "/trap-on-error") {
    const stream = request.consume().unwrap().stream().unwrap();
    for (;;) stream.blockingRead(1000).unwrap();
  } else if (path == "/spin") {
    for (;;) calls++;
  } else if (path == "/spin-after") {
    begin(out, 200).stream.blockingWriteAndFlush(bytes("half")).unwrap();
    for (;;) calls++;
  } else if (path == "/sleep") {
    const waiting = subscribeDuration(3600000000000);
    waiting.block();
  } else if (path == "/sleep-after") {
    begin(out, 200).stream.blockingWriteAndFlush(bytes("half")).unwrap();
    const waiting = subscribeDuration(3600000000000);
    waiting.block();
  } else if (path == "/attack-fields") {
    const fields = new Fields();
    for (;;) fields.append("x", new Uint8Array(1000).fill(120)).unwrap();
  } else if (path == "/attack-headers") {
    for (;;) request.headers();
  } else if (path == "/attack-responses") {
    for (;;) new OutgoingResponse(new Fields()).body().unwrap().write().unwrap();
  } else if (path == "/attack-kept") {
    for (;;) {
      const stream = new OutgoingResponse(new Fields()).body().unwrap().write().unwrap();
      for (let i = 0; i < 16; i++) stream.write(new Uint8Array(4096)).unwrap();
    }
  } else if (path == "/attack-zero") {
    const sent = begin(out, 200);
    for (;;) sent.stream.write(new Uint8Array(0)).unwrap();
  } else if (path == "/attack-flush") {
    const sent = begin(out, 200);
    for (;;) sent.stream.blockingFlush().unwrap();
  } else if (path == "/attack-read") {
    const stream = request.consume().unwrap().stream().unwrap();
    for (;;) stream.blockingRead(0).unwrap();
  } else if (path == "/attack-pollables") {
    const sent = begin(out, 200);
    for (;;) sent.stream.subscribe();
  } else if (path == "/dump") {
    // All that it was given, by then or before: its memory.
    const fields = request.headers();
    fields.entries();
    fields.drop();
    request.authority();
    const stream = request.consume().unwrap().stream().unwrap();
    while (stream.blockingRead(1000).isOk) {}
    const sent = begin(out, 200);
    const end = <usize>memory.size() << 16;
    const piece = new Uint8Array(4096);
    for (let at: usize = 0; at < end; at += 4096) {
      memory.copy(piece.dataStart, at, 4096);
      sent.stream.blockingWriteAndFlush(piece).unwrap();
    }
    sent.end();
  } else if (path == "/drop-body-first") {
    const body = request.consume().unwrap();
    const stream = body.stream().unwrap();
    body.drop();
  } else if (path == "/drop-request-first") {
    const fields = request.headers();
    request.drop();
  } else if (path == "/finish-first") {
    const response = new OutgoingResponse(new Fields());
    const body = response.body().unwrap();
    const stream = body.write().unwrap();
    OutgoingBody.finish(body, null);
  } else if (path == "/discards") {
    for (let left = <i32>parseInt(query); left > 0; left--) {
      const response = new OutgoingResponse(new Fields());
      const body = response.body().unwrap();
      const stream = body.write().unwrap();
      stream.write(new Uint8Array(4096)).unwrap();
      if (left % 2 == 0) response.drop();
      stream.drop();
      OutgoingBody.finish(body, null);
      if (left % 2 == 1) response.drop();
    }
    request.drop();
    say(out, "Discarded.");
  } else if (path == "/attack-trailers") {
    for (let left = 100; left > 0; left--) {
      const body = new OutgoingResponse(new Fields()).body().unwrap();
      const fields = new Fields();
      fields.set("x", [new Uint8Array(30000).fill(120)]).unwrap();
      OutgoingBody.finish(body, fields).unwrap();
    }
    request.drop();
    say(out, "Kept.");
  } else if (path == "/write-too-much") {
    const sent = begin(out, 200);
    sent.stream.write(new Uint8Array(<i32>sent.stream.checkWrite().unwrap() + 1));
  } else {
    request.drop();
    begin(out, 404).end();
  }
}
`;

let built: Promise<Uint8Array> | undefined;

/** The component; built once for all tests of a file. */
export function handlerGuest(): Promise<Uint8Array> {
  built ??= buildProbe(world, source);
  return built;
}
