/** Guest whose answer is written in the request's body, one operation after the other, in any order and as wrong as it likes. */
import { buildProbe } from "../../../test/support/capability-probe.ts";

const world = `
  import wasi:http/types@0.2.12;
  export wasi:http/incoming-handler@0.2.12;`;

const source = `
import { IncomingRequest, ResponseOutparam, OutgoingResponse, OutgoingBody, Fields, ErrorCode } from "wasi:http/types@0.2.12";
import { OutputStream } from "wasi:io/streams@0.2.12";
import { Result } from "wit-types";

let script: Uint8Array = new Uint8Array(0);
let at = 0;

function byte(): u32 {
  return at < script.length ? script[at++] : 0;
}
function some(): Uint8Array {
  const length = <i32>byte();
  const bytes = script.slice(at, at + length);
  at += length;
  return bytes;
}
function fieldsOf(count: u32): Fields {
  const fields = new Fields();
  for (let i: u32 = 0; i < count; i++) fields.append(String.UTF8.decode(some().buffer), some());
  return fields;
}

export function handle(request: IncomingRequest, out: ResponseOutparam): void {
  const incoming = request.consume().unwrap().stream().unwrap();
  const read = incoming.blockingRead(65536);
  script = read.isOk ? read.unwrap() : new Uint8Array(0);
  at = 0;
  let response: OutgoingResponse | null = null;
  let body: OutgoingBody | null = null;
  let stream: OutputStream | null = null;
  while (at < script.length) {
    const op = byte() & 15;
    if (op == 0) response = new OutgoingResponse(fieldsOf(byte() & 7));
    else if (op == 1) { const status = <u16>(byte() | (byte() << 8)); if (response) response.setStatusCode(status); }
    else if (op == 2) { if (response) { const got = response.body(); if (got.isOk) body = got.unwrap(); } }
    else if (op == 3) { if (body) { const got = body.write(); if (got.isOk) stream = got.unwrap(); } }
    else if (op == 4) { if (response) ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response)); }
    else if (op == 5) { const bytes = some(); if (stream) { const done = stream.blockingWriteAndFlush(bytes); if (done.isErr) break; } }
    else if (op == 6) {
      const bytes = new Uint8Array(4096).fill(97);
      for (let left = byte(); left > 0 && stream; left--) if (stream.blockingWriteAndFlush(bytes).isErr) break;
    }
    else if (op == 7) { if (stream) stream.drop(); stream = null; }
    else if (op == 8) { if (body) OutgoingBody.finish(body, null); body = null; }
    else if (op == 9) { const fields = fieldsOf(byte() & 3); if (body) OutgoingBody.finish(body, fields); body = null; }
    else if (op == 10) { if (body) body.drop(); body = null; }
    else if (op == 11) { const status = <u16>(byte() | (byte() << 8)); out.sendInformational(status, fieldsOf(byte() & 3)); }
    else if (op == 12) ResponseOutparam.set(out, Result.err<OutgoingResponse, ErrorCode>(ErrorCode.internalError("scripted")));
    else if (op == 13) { const bytes = some(); if (stream) { if (stream.checkWrite().isErr) break; stream.write(bytes); } }
    else if (op == 14) { if (stream) stream.flush(); }
    else if (byte() == 255) throw new Error("scripted");
  }
}
`;

/** Component of that guest. */
export function scriptedHandler(): Promise<Uint8Array> {
  return buildProbe(world, source);
}

/** Scripts that answer well, for mutation. */
export const scripts: readonly Uint8Array[] = (() => {
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  const field = (name: string, value: string) => [...text(name), ...text(value)];
  const status = (value: number) => [1, value & 255, value >> 8];
  const [body, stream, set, drop, finish] = [[2], [3], [4], [7], [8]];
  const write = (value: string) => [5, ...text(value)];
  const plain = [0, 1, ...field("content-type", "text/plain")];
  return [
    [...plain, ...status(200), ...body, ...stream, ...set, ...write("Hello."), ...drop, ...finish],
    [
      0,
      1,
      ...field("content-length", "6"),
      ...body,
      ...stream,
      ...set,
      ...write("Hello."),
      ...drop,
      ...finish,
    ],
    [0, 0, ...status(204), ...set],
    [0, 1, ...field("etag", '"a"'), ...status(304), ...set],
    [...plain, ...body, ...stream, ...set, 6, 20, ...drop, ...finish],
    [0, 0, ...body, ...stream, ...write("before"), ...drop, ...finish, ...set],
    [0, 0, ...body, ...stream, ...set, ...write("x"), ...drop, 9, 1, ...field("x-sum", "1")],
    [11, 103, 0, 1, ...field("link", "</a>"), ...plain, ...status(201), ...set],
    [0, 2, ...field("set-cookie", "a=1; Path=/"), ...field("set-cookie", "b=2"), ...status(302), ...set],
    [12],
    [0, 1, ...field("connection", "x-a"), ...body, ...stream, ...set, 13, ...text("abc"), 14, ...drop, 10],
  ].map((bytes) => Uint8Array.from(bytes));
})();
