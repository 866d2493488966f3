// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * Functions of wasi:http that give an `error-code`, which has 39 cases: bound to the core imports as the canonical ABI has
 * them. Which case it is is all that anybody wants to know of it.
 */
import { FutureIncomingResponse, IncomingResponse, OutgoingRequest, RequestOptions } from "wasi:http/types";
import { Error as IoError } from "wasi:io/error";
import { giveHandle, lendHandle, takeHandle } from "wit-glue";

/** `option<result<result<incoming-response, error-code>>>`, the largest: an error-code has 32 bytes, and its tag comes first. */
const RESULT_SIZE: i32 = 56;

@lazy const result: usize = memory.data(RESULT_SIZE, 8);

@external("wasi:http/outgoing-handler", "handle")
declare function send(request: i32, some: i32, options: i32, result: usize): void;

@external("wasi:http/types", "[method]future-incoming-response.get")
declare function getResponse(future: i32, result: usize): void;

@external("wasi:http/types", "http-error-code")
declare function codeOf(error: i32, result: usize): void;

/** The number of the last error-code. */
@lazy let code: i32 = 0;

export function lastCode(): i32 {
  return code;
}

/** `outgoing-handler.handle`; null where it was refused, for what `lastCode` says. */
export function handle(request: OutgoingRequest, options: RequestOptions | null): FutureIncomingResponse | null {
  send(
    giveHandle<OutgoingRequest>(request),
    options ? 1 : 0,
    options ? giveHandle<RequestOptions>(options) : 0,
    result,
  );
  if (load<u8>(result) == 0) return takeHandle<FutureIncomingResponse>(load<i32>(result, 8));
  code = load<u8>(result, 8);
  return null;
}

/** Waits for the response; null where there is none, for what `lastCode` says. */
export function responseOf(future: FutureIncomingResponse): IncomingResponse | null {
  const pollable = future.subscribe();
  pollable.block();
  pollable.drop();
  getResponse(lendHandle<FutureIncomingResponse>(future), result);
  assert(load<u8>(result) == 1 && load<u8>(result, 8) == 0, "the response has been taken");
  if (load<u8>(result, 16) == 0) return takeHandle<IncomingResponse>(load<i32>(result, 24));
  code = load<u8>(result, 24);
  return null;
}

/** `http-error-code`; -1 where the error is none of HTTP's. */
export function codeOfError(error: IoError): i32 {
  codeOf(lendHandle<IoError>(error), result);
  return load<u8>(result) ? <i32>load<u8>(result, 8) : -1;
}
