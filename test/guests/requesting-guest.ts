/** A plugin that sends requests in whatever way its caller says, in AssemblyScript. */
import { packages } from "../../host/capabilities/interfaces.ts";
import { buildComponent } from "../support/plugin-build.ts";

const world = `package t:requesting@1.0.0;
world requesting {
  import wasi:http/types@0.2.12;
  import wasi:http/outgoing-handler@0.2.12;
  import wasi:io/poll@0.2.12;
  import wasi:io/streams@0.2.12;
  export send: func(authority: string, method: string, path: string, field: string, body: string) -> string;
  export refusal: func(scheme: string, authority: option<string>, method: string, path: string) -> string;
  export declared: func(authority: string, length: string, body: string, late: bool) -> string;
  export many: func(authority: string, paths: list<string>) -> string;
  export reflect: func(authority: string, bytes: u32) -> u64;
  export early: func(authority: string) -> string;
  export leave: func(authority: string, stage: u32, times: u32);
  export hold: func(authority: string, path: string, times: u32) -> string;
  export timed: func(authority: string, path: string, ms: u64) -> string;
}`;

const source = `
import { ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme, httpErrorCode } from "wasi:http/types@0.2.12";
import { handle } from "wasi:http/outgoing-handler@0.2.12";
import { Option } from "wit-types";
import { Pollable, poll } from "wasi:io/poll@0.2.12";
import { InputStream, OutputStream } from "wasi:io/streams@0.2.12";

function bytes(text: string): Uint8Array { return Uint8Array.wrap(String.UTF8.encode(text)); }
function text(bytes: Uint8Array): string { return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length); }
function code(error: ErrorCode): string { return "error " + (<i32>error.tag).toString(); }

function request(authority: string, path: string, method: string = "GET"): OutgoingRequest {
  const request = new OutgoingRequest(new Fields());
  request.setScheme(Scheme.http()).unwrap();
  request.setAuthority(authority).unwrap();
  request.setPathWithQuery(path).unwrap();
  request.setMethod(Method.other(method)).unwrap();
  return request;
}

function wait(future: FutureIncomingResponse): void {
  const pollable = future.subscribe();
  pollable.block();
  pollable.drop();
}

/** Status, fields that begin with x-, body and trailers. */
function told(future: FutureIncomingResponse): string {
  wait(future);
  const got = future.get()!.unwrap();
  const again = future.get()!.isErr;
  future.drop();
  if (got.isErr) return code(got.unwrapErr());
  return (again ? "" : "given twice ") + whole(got.unwrap());
}

function fieldsText(fields: Fields): string {
  let all = "";
  const entries = fields.entries();
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].f0.toLowerCase();
    if (name.startsWith("x-") || name == "connection") all += name + "=" + text(entries[i].f1) + ";";
  }
  return all;
}

function whole(response: IncomingResponse): string {
  let all = response.status().toString() + " ";
  const headers = response.headers();
  all += fieldsText(headers);
  headers.drop();
  const body = response.consume().unwrap();
  response.drop();
  const stream = body.stream().unwrap();
  all += "|";
  while (true) {
    const read = stream.blockingRead(65536);
    if (read.isErr) {
      const error = read.unwrapErr();
      if (error.isLastOperationFailed) {
        const failed = error.asLastOperationFailed();
        const found = httpErrorCode(failed);
        all += found ? code(found) : "failed";
        failed.drop();
      }
      break;
    }
    all += text(read.unwrap());
  }
  stream.drop();
  const future = IncomingBody.finish(body);
  const pollable = future.subscribe();
  pollable.block();
  pollable.drop();
  const got = future.get()!.unwrap();
  if (got.isErr) all += "|" + code(got.unwrapErr());
  else {
    const trailers = got.unwrap();
    if (trailers) {
      all += "|" + fieldsText(trailers);
      trailers.drop();
    }
  }
  future.drop();
  return all;
}

export function send(authority: string, method: string, path: string, field: string, body: string): string {
  const fields = new Fields();
  if (field.length) {
    const at = field.indexOf(":");
    const set = fields.append(field.substring(0, at), bytes(field.substring(at + 1)));
    if (set.isErr) return set.unwrapErr().isForbidden ? "forbidden" : "invalid";
  }
  const request = new OutgoingRequest(fields);
  request.setScheme(Scheme.http()).unwrap();
  request.setAuthority(authority).unwrap();
  request.setPathWithQuery(path).unwrap();
  request.setMethod(Method.other(method)).unwrap();
  if (!body.length) {
    const sent = handle(request, null);
    return sent.isErr ? code(sent.unwrapErr()) : told(sent.unwrap());
  }
  const out = request.body().unwrap();
  const sent = handle(request, null);
  if (sent.isErr) return code(sent.unwrapErr());
  const stream = out.write().unwrap();
  stream.blockingWriteAndFlush(bytes(body)).unwrap();
  stream.drop();
  let trailers: Fields | null = null;
  if (body.endsWith("with trailers")) {
    trailers = new Fields();
    trailers.append("x-end", bytes("yes")).unwrap();
  }
  OutgoingBody.finish(out, trailers).unwrap();
  return told(sent.unwrap());
}

export function refusal(scheme: string, authority: string | null, method: string, path: string): string {
  const request = new OutgoingRequest(new Fields());
  if (scheme == "http") request.setScheme(Scheme.http()).unwrap();
  else if (scheme.length && request.setScheme(Scheme.other(scheme)).isErr) return "no scheme";
  if (authority && request.setAuthority(authority).isErr) return "no authority";
  if (method == "connect") request.setMethod(Method.connect()).unwrap();
  else if (request.setMethod(Method.other(method)).isErr) return "no method";
  if (request.setPathWithQuery(path).isErr) return "no path";
  const sent = handle(request, new RequestOptions());
  return sent.isErr ? code(sent.unwrapErr()) : told(sent.unwrap());
}

export function declared(authority: string, length: string, body: string, late: bool): string {
  const fields = new Fields();
  fields.append("content-length", bytes(length)).unwrap();
  const request = new OutgoingRequest(fields);
  request.setScheme(Scheme.http()).unwrap();
  request.setAuthority(authority).unwrap();
  request.setMethod(Method.put()).unwrap();
  let out: OutgoingBody | null = null;
  if (body != "none") out = request.body().unwrap();
  let future: FutureIncomingResponse | null = null;
  if (late || !out) {
    const sent = handle(request, null);
    if (sent.isErr) return code(sent.unwrapErr());
    future = sent.unwrap();
  }
  let all = "";
  if (out) {
    const stream = out.write().unwrap();
    const written = stream.blockingWriteAndFlush(bytes(body));
    if (written.isErr) {
      all += "write ";
      const error = written.unwrapErr();
      if (error.isLastOperationFailed) {
        const failed = error.asLastOperationFailed();
        all += code(httpErrorCode(failed)!) + " ";
        failed.drop();
      }
    }
    stream.drop();
    const finished = OutgoingBody.finish(out, null);
    if (finished.isErr) all += "finish " + code(finished.unwrapErr()) + " ";
  }
  if (!future) {
    const sent = handle(request, null);
    if (sent.isErr) return all + code(sent.unwrapErr());
    future = sent.unwrap();
  }
  return all + told(future);
}

export function many(authority: string, paths: Array<string>): string {
  const futures: FutureIncomingResponse[] = [];
  const order: string[] = [];
  for (let i = 0; i < paths.length; i++) {
    const sent = handle(request(authority, paths[i]), null);
    if (sent.isErr) order.push(code(sent.unwrapErr()));
    else futures.push(sent.unwrap());
  }
  while (futures.length) {
    const pollables: Pollable[] = [];
    for (let i = 0; i < futures.length; i++) pollables.push(futures[i].subscribe());
    const ready = poll(pollables);
    for (let i = 0; i < pollables.length; i++) pollables[i].drop();
    for (let i = ready.length - 1; i >= 0; i--) {
      const future = futures[ready[i]];
      futures.splice(ready[i], 1);
      order.push(told(future));
    }
  }
  return order.join(",");
}

/** Sends so many bytes and reads them back meanwhile: neither side could keep them. */
export function reflect(authority: string, size: u32): u64 {
  const req = request(authority, "/reflect", "POST");
  const out = req.body().unwrap();
  const future = handle(req, null).unwrap();
  let stream: OutputStream | null = out.write().unwrap();
  let input: InputStream | null = null;
  let body: IncomingBody | null = null;
  let left: u64 = size;
  let read: u64 = 0;
  while (true) {
    if (stream) {
      const room = stream.checkWrite().unwrap();
      const piece = min<u64>(min<u64>(room, left), 50000);
      if (piece) {
        stream.write(new Uint8Array(<i32>piece)).unwrap();
        left -= piece;
      }
      if (!left) {
        stream.drop();
        stream = null;
        OutgoingBody.finish(out, null).unwrap();
      }
    }
    if (!input) {
      const got = future.get();
      if (got) {
        const response = got.unwrap().unwrap();
        body = response.consume().unwrap();
        response.drop();
        input = body.stream().unwrap();
      }
    } else {
      const piece = input.read(65536);
      if (piece.isErr) break;
      read += piece.unwrap().length;
    }
    const pollables: Pollable[] = [];
    if (stream) pollables.push(stream.subscribe());
    pollables.push(input ? input.subscribe() : future.subscribe());
    poll(pollables);
    for (let i = 0; i < pollables.length; i++) pollables[i].drop();
  }
  input!.drop();
  body!.drop();
  future.drop();
  return read;
}

/** Has the answer before the body that it asks for has ended, and then goes without ending it. */
export function early(authority: string): string {
  const req = request(authority, "/early", "POST");
  const out = req.body().unwrap();
  const future = handle(req, null).unwrap();
  const stream = out.write().unwrap();
  stream.blockingWriteAndFlush(bytes("begun")).unwrap();
  wait(future);
  const response = future.get()!.unwrap().unwrap();
  future.drop();
  stream.drop();
  out.drop();
  return whole(response);
}

/** Lets go of what it has begun at one point or another. */
export function leave(authority: string, stage: u32, times: u32): void {
  for (let i: u32 = 0; i < times; i++) leaveOnce(authority, stage);
}

function leaveOnce(authority: string, stage: u32): void {
  const req = request(authority, stage == 7 ? "/silent" : "/endless", "POST");
  if (stage == 0) return req.drop();
  const out = req.body().unwrap();
  if (stage == 1) {
    out.drop();
    const sent = handle(req, null);
    if (!sent.isErr) sent.unwrap().drop();
    return;
  }
  const future = handle(req, null).unwrap();
  if (stage == 2 || stage == 7) {
    future.drop();
    const stream = out.write().unwrap();
    stream.blockingWriteAndFlush(new Uint8Array(10));
    stream.drop();
    OutgoingBody.finish(out, null);
    return;
  }
  const stream = out.write().unwrap();
  stream.blockingWriteAndFlush(new Uint8Array(10)).unwrap();
  stream.drop();
  if (stage == 3) {
    out.drop();
    wait(future);
    future.get();
    return future.drop();
  }
  OutgoingBody.finish(out, null).unwrap();
  wait(future);
  const response = future.get()!.unwrap().unwrap();
  future.drop();
  if (stage == 4) return response.drop();
  const body = response.consume().unwrap();
  response.drop();
  if (stage == 5) return body.drop();
  const input = body.stream().unwrap();
  input.blockingRead(100).unwrap();
  input.drop();
  if (stage == 6) IncomingBody.finish(body).drop();
  else body.drop();
}

/** Sends requests and lets all of them lie. */
export function hold(authority: string, path: string, times: u32): string {
  let last = "all";
  for (let i: u32 = 0; i < times; i++) {
    const sent = handle(request(authority, path), null);
    if (sent.isErr) return i.toString() + " " + code(sent.unwrapErr());
    if (path == "/short") wait(sent.unwrap());
  }
  return last;
}

export function timed(authority: string, path: string, ms: u64): string {
  const options = new RequestOptions();
  options.setFirstByteTimeout(Option.some<u64>(ms * 1000000)).unwrap();
  options.setConnectTimeout(Option.some<u64>(ms * 1000000)).unwrap();
  options.setBetweenBytesTimeout(Option.some<u64>(ms * 1000000)).unwrap();
  const sent = handle(request(authority, path), options);
  return sent.isErr ? code(sent.unwrapErr()) : told(sent.unwrap());
}
`;

export function requestingGuest(): Promise<Uint8Array> {
  const wit = Object.entries(packages).map(
    ([name, text]) => [`wit/deps/${name.replace(":", "-")}/package.wit`, text] as const,
  );
  return buildComponent({
    files: { ...Object.fromEntries(wit), "wit/world.wit": world, "assembly/index.ts": source },
  });
}
