/** Calls over HTTP, from a request to its answer. The way that most requests of clients take, so it is kept lean. */

import { type CallContext, unlessLeft } from "../../../engine/call-context.ts";
import { ComponentError } from "../../../errors.ts";
import { after, caught, ended, type Soon } from "../../../platform/soon.ts";
import type { Callable } from "../../../registry/api.ts";
import { cheapFuel } from "../../../registry/traffic/thread-time.ts";
import { withJsonPayload } from "../../../wit/json/json-call.ts";
import { maxJson } from "../../../wit/json/json-encode.ts";
import type { ArgumentRoom } from "../../../wit/values/argument-room.ts";
import { vouchFor } from "../../../wit/values/values.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { problemAnswer } from "../../answer/problem.ts";
import { bytesAnswer, resultAnswer } from "../../answer/respond.ts";
import { acceptsBytes } from "../../body/accept.ts";
import type { Services } from "../../services.ts";
import { queryOf } from "../query.ts";
import { argumentForm, argumentsFrom, readArguments, refuseQuery } from "./call-arguments.ts";
import type { CallRequest } from "./call-request.ts";
import { idempotencyKey, printOf } from "./idempotency-key.ts";
import type { KeyedCall } from "./kept-answers.ts";

/** An answer is at most such a part of what the host's account has: while it is made, it is there several times. */
const answersPerHeap = 8;
/** Bytes of a body beyond which what it becomes takes long enough to be done apart from the call. */
const smallBody = 64 * 1024;

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
  if (form === "json" && request.url.includes("?")) refuseQuery(request.url);
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
      keyed: key === undefined ? undefined : keyedCall(request, key, body),
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
  const keyed = key === undefined ? undefined : keyedCall(request, key);
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

function callableFor(request: CallRequest, { registry }: Services): Soon<Callable> {
  const found = registry.callable(request.plugin, request.function);
  return found instanceof Promise ? unlessLeft(wishesOf(request), request.plugin, found) : found;
}

/** A client wants its call until it leaves. The signal for that costs more than a small call does to make. */
function wishesOf(request: CallRequest): Pick<CallContext, "signal"> {
  return { signal: () => request.signal };
}

function keyedCall(request: CallRequest, key: string, body?: Uint8Array): KeyedCall {
  return { caller: request.caller, key, print: printOf(request, body) };
}

function makeOnce(
  callable: Callable,
  { args, keyed }: TakenCall,
  request: CallRequest,
  services: Services,
): Soon<PlainAnswer> {
  const { caller } = request;
  const asBytes = callable.json.givesBytes && acceptsBytes(request.headers);
  if (keyed === undefined) {
    return makeCall(callable, args, services, { fuel: 0, signal: () => request.signal, caller }, asBytes);
  }
  // It goes on when its client has left: who comes again with the same key gets what it came to.
  return services.kept.once(keyed, () =>
    caught(
      () => makeCall(callable, args, services, { fuel: 0, caller }, asBytes),
      (thrown) => problemAnswer(thrown, services.logFault, services.publicUrl),
    ),
  );
}

/** Answer with what a call comes to. Throws, or rejects with, what it throws. */
export function makeCall(
  callable: Callable,
  args: unknown[],
  { heap }: Services,
  context: CallContext,
  asBytes = false,
): Soon<PlainAnswer> {
  const form: AnswerForm = { max: Math.min(maxJson, Math.floor(heap.limit / answersPerHeap)), asBytes };
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
