// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * Functions of wasi:http that speak of `error-code`, which has 39 cases: bound to the core imports as the canonical ABI has
 * them, so that no plugin carries the code to read and write values that it never looks at.
 */
import { Fields, OutgoingBody, OutgoingResponse, ResponseOutparam } from "wasi:http/types";
import { giveHandle } from "wit-glue";

/** Result of `finish`: its tag, and an `error-code` at 8 with its largest payload. */
const RESULT_SIZE: i32 = 40;

@lazy const result: usize = memory.data(RESULT_SIZE, 8);

// The payload of an error-code, flattened: the union of all cases.
@external("wasi:http/types", "[static]response-outparam.set")
declare function setResponse(out: i32, tag: i32, response: i32, a: i32, b: i64, c: i32, d: i32, e: i32, f: i32): void;

@external("wasi:http/types", "[static]outgoing-body.finish")
declare function finishBody(body: i32, some: i32, trailers: i32, result: usize): void;

/** `response-outparam.set` with a response. */
export function respond(out: ResponseOutparam, response: OutgoingResponse): void {
  setResponse(giveHandle<ResponseOutparam>(out), 0, giveHandle<OutgoingResponse>(response), 0, 0, 0, 0, 0, 0);
}

/** `outgoing-body.finish`; false where the body was cut off. */
export function finish(body: OutgoingBody, trailers: Fields | null): bool {
  finishBody(
    giveHandle<OutgoingBody>(body),
    trailers ? 1 : 0,
    trailers ? giveHandle<Fields>(trailers) : 0,
    result,
  );
  return load<u8>(result) == 0;
}
