/** Calls over HTTP, from a request to its answer. The way that most requests of clients take, so it is kept lean. */

import { type CallContext, unlessLeft } from "../../../engine/call-context.ts";
import { ComponentError } from "../../../errors.ts";
import { after, ended, type Soon } from "../../../platform/soon.ts";
import type { Callable } from "../../../registry/api.ts";
import { cheapFuel } from "../../../registry/traffic/thread-time.ts";
import { withJsonPayload } from "../../../wit/json/json-call.ts";
import { maxJson } from "../../../wit/json/json-encode.ts";
import type { ArgumentRoom } from "../../../wit/values/argument-room.ts";
import { vouchFor } from "../../../wit/values/values.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { bytesAnswer, resultAnswer } from "../../answer/respond.ts";
import { acceptsBytes } from "../../body/accept.ts";
import type { Services } from "../../services.ts";
import { queryOf } from "../query.ts";
import { argumentForm, argumentsFrom, readArguments, refuseQuery } from "./call-arguments.ts";
import type { CallRequest } from "./call-request.ts";

/** An answer is at most such a part of what the host's account has: while it is made, it is there several times. */
const answersPerHeap = 8;
/** Bytes of a body beyond which what it becomes takes long enough to be done apart from the call. */
const smallBody = 64 * 1024;

/** Answer to a request for a call, by POST or GET. Throws, or rejects with, what it is to be refused with. */
export function answerCall(request: CallRequest, services: Services): Soon<PlainAnswer> {
  return request.method === "POST" ? callWithBody(request, services) : callWithQuery(request, services);
}

function callWithBody(request: CallRequest, services: Services): Soon<PlainAnswer> {
  const { bodies, heap } = services;
  const form = argumentForm(request);
  if (form === "json" && request.url.includes("?")) refuseQuery(request.url);
  const hold = bodies.hold();
  let room: ArgumentRoom | undefined;
  const call = (callable: Callable, body: Uint8Array<ArrayBuffer>) => {
    callable.requireArgumentBytes(body.byteLength);
    const taken = callable.argumentRoom(heap);
    room = taken;
    const take = () =>
      form === "json"
        ? argumentsFrom(body, callable.json, taken)
        : callable.json.argumentsFromQuery(queryOf(request.url), taken, body);
    return after(body.byteLength > smallBody ? callable.whenFree("large", take) : take(), (args) => {
      hold.release();
      return makeCall(callable, args, request, services);
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
  return after(callableFor(request, services), (callable) => {
    const room = callable.argumentRoom(services.heap);
    return ended(
      () =>
        makeCall(callable, callable.json.argumentsFromQuery(queryOf(request.url), room), request, services),
      () => room.release(),
    );
  });
}

function callableFor(request: CallRequest, { registry }: Services): Soon<Callable> {
  const found = registry.callable(request.plugin, request.function);
  return found instanceof Promise ? unlessLeft(wishesOf(request), request.plugin, found) : found;
}

/** A client wants its call until it leaves. The signal for that costs more than a small call does to make. */
function wishesOf(request: CallRequest): Pick<CallContext, "signal"> {
  return { signal: () => request.signal };
}

function makeCall(
  callable: Callable,
  args: unknown[],
  request: CallRequest,
  { heap }: Services,
): Soon<PlainAnswer> {
  const context: CallContext = { fuel: 0, signal: () => request.signal, caller: request.caller };
  const form: AnswerForm = {
    max: Math.min(maxJson, Math.floor(heap.limit / answersPerHeap)),
    asBytes: callable.json.givesBytes && acceptsBytes(request.headers),
  };
  try {
    const result = callable.callSoon(vouchFor(callable.type, args), context);
    if (!(result instanceof Promise)) return answerTo(callable, result, context, form);
    return result.then(
      (value) => answerTo(callable, value, context, form),
      (thrown) => failedWith(callable, thrown, context),
    );
  } catch (thrown) {
    return failedWith(callable, thrown, context);
  }
}

/** Throws, or rejects with, what a call threw, an error of the function with its payload as JSON. */
function failedWith(callable: Callable, thrown: unknown, context: CallContext): Soon<never> {
  if (!(thrown instanceof ComponentError)) throw thrown;
  const told = whenSmall(callable, context, () => withJsonPayload(thrown, callable.json));
  return after(told, (error) => {
    throw error;
  });
}

/** Does the rest of a call: at once where the call is known to have used little; nothing is known where nobody counts. */
function whenSmall<T>(callable: Callable, { fuel }: CallContext, work: () => T): Soon<T> {
  return fuel > 0 && fuel < cheapFuel ? work() : callable.whenFree("last", work);
}

/** Form of an answer: JSON, or bytes as they are. */
interface AnswerForm {
  /** Characters, or bytes, that it may have. */
  readonly max: number;
  readonly asBytes: boolean;
}

function answerTo(
  callable: Callable,
  result: unknown,
  context: CallContext,
  form: AnswerForm,
): Soon<PlainAnswer> {
  return whenSmall(callable, context, () => encoded(callable, result, context.fuel, form));
}

function encoded(
  { json, unanswerable }: Callable,
  result: unknown,
  fuel: number,
  { max, asBytes }: AnswerForm,
): PlainAnswer {
  try {
    if (asBytes) return bytesAnswer(json.resultBytes(result, max), fuel);
    return resultAnswer(json.result(result, max), fuel);
  } catch (thrown) {
    throw unanswerable(thrown);
  }
}
