/** Calls over HTTP, from a request to its answer. The way that most requests of clients take, so it is kept lean. */

import type { CallContext } from "../../../engine/call-context.ts";
import { after, caught, ended, type Soon } from "../../../platform/soon.ts";
import type { Callable } from "../../../registry/api.ts";
import type { KeyedCall } from "../../../store/keyed-calls.ts";
import type { ArgumentRoom } from "../../../wit/values/argument-room.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { problemAnswer } from "../../answer/problem.ts";
import { acceptsBytes } from "../../body/accept.ts";
import type { Services } from "../../services.ts";
import { tracedTeller, traceOfRequest } from "../../visits/request-trace.ts";
import { queryOf } from "../query.ts";
import { argumentForm, argumentsFrom, readArguments, refuseQuery } from "./call-arguments.ts";
import type { CallRequest } from "./call-request.ts";
import { idempotencyKey, keyedCall } from "./idempotency-key.ts";
import { callLines } from "./line-calls.ts";
import { callableFor, makeCall, smallBody } from "./make-call.ts";
import { onceFor } from "./make-once.ts";

/** Arguments of a call, and what it is made once by. */
interface TakenCall {
  readonly args: unknown[];
  readonly keyed?: KeyedCall | undefined;
}

/** Answer to a request for a call, by POST or GET. Throws, or rejects with, what it is to be refused with. */
export function answerCall(request: CallRequest, services: Services): Soon<PlainAnswer> {
  return request.method === "POST" ? callWithBody(request, services) : callWithQuery(request, services);
}

function callWithBody(request: CallRequest, services: Services): Soon<PlainAnswer> {
  const { bodies, heap } = services;
  const form = argumentForm(request);
  if (form !== "bytes" && request.url.includes("?")) refuseQuery(request.url);
  if (form === "lines") return callLines(request, services);
  const key = idempotencyKey(request.headers);
  const hold = bodies.hold();
  let room: ArgumentRoom | undefined;
  const call = (callable: Callable, body: Uint8Array<ArrayBuffer>) => {
    callable.requireArgumentBytes(body.byteLength);
    const taken = callable.argumentRoom(heap);
    room = taken;
    const take = (): TakenCall => ({
      args:
        form === "json"
          ? argumentsFrom(body, callable.json, taken)
          : callable.json.argumentsFromQuery(queryOf(request.url), taken, body),
      keyed: key === undefined ? undefined : keyedCall(request, services, key, body),
    });
    return after(body.byteLength > smallBody ? callable.whenFree("large", take) : take(), (call) => {
      hold.release();
      return makeOnce(callable, call, request, services);
    });
  };
  return ended(
    () =>
      after(readArguments(request, form, services, hold), (body) =>
        // Looked up after the body is here: whoever starts after a swap gets the new version.
        after(callableFor(request, services), (callable) => call(callable, body)),
      ),
    () => {
      hold.release();
      room?.release();
    },
  );
}

function callWithQuery(request: CallRequest, services: Services): Soon<PlainAnswer> {
  services.access.refuseCrossSite(request.headers);
  const key = idempotencyKey(request.headers);
  const keyed = key === undefined ? undefined : keyedCall(request, services, key);
  return after(callableFor(request, services), (callable) => {
    const room = callable.argumentRoom(services.heap);
    return ended(
      () => {
        const args = callable.json.argumentsFromQuery(queryOf(request.url), room);
        return makeOnce(callable, { args, keyed }, request, services);
      },
      () => room.release(),
    );
  });
}

function makeOnce(
  callable: Callable,
  { args, keyed }: TakenCall,
  request: CallRequest,
  services: Services,
): Soon<PlainAnswer> {
  const { caller } = request;
  const trace = traceOfRequest(request.headers, request.connection);
  const asBytes = callable.json.givesBytes && acceptsBytes(request.headers);
  if (keyed === undefined) {
    const context = { fuel: 0, signal: () => request.signal, caller, trace };
    return makeCall(callable, args, services, context, asBytes);
  }
  // It goes on when its client has left: who comes again with the same key gets what it came to.
  const context: CallContext = { fuel: 0, began: false, caller, trace };
  return onceFor(
    services.kept,
    keyed,
    () =>
      caught(
        () => makeCall(callable, args, services, context, asBytes),
        (thrown) => problemAnswer(thrown, tracedTeller(services, request.connection, request.headers)),
      ),
    () => ({ began: context.began === true, ran: context.fuel > 0 }),
  );
}
