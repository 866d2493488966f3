/** Calls as requests make them, and the answers with what they come to: the same whatever a request is, and however many calls it has. */

import { type CallContext, unlessLeft } from "../../../engine/call-context.ts";
import { ComponentError } from "../../../errors.ts";
import { after, type Soon } from "../../../platform/soon.ts";
import type { Callable } from "../../../registry/api.ts";
import { cheapFuel } from "../../../registry/traffic/thread-time.ts";
import { withJsonPayload } from "../../../wit/json/json-call.ts";
import { maxJson } from "../../../wit/json/json-encode.ts";
import { vouchFor } from "../../../wit/values/values.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { bytesAnswer, resultAnswer } from "../../answer/respond.ts";
import type { Services } from "../../services.ts";
import type { CallRequest } from "./call-request.ts";

/** An answer is at most such a part of what the host's account has: while it is made, it is there several times. */
const answersPerHeap = 8;
/** Bytes of arguments beyond which what they become takes long enough to be done apart from the call. */
export const smallBody = 64 * 1024;

/** Function that is called. Rejects where the client leaves before its plugin runs. */
export function callableFor(request: CallRequest, { registry }: Services): Soon<Callable> {
  const found = registry.callable(request.plugin, request.function);
  return found instanceof Promise ? unlessLeft(wishesOf(request), request.plugin, found) : found;
}

/** A client wants its call until it leaves. The signal for that costs more than a small call does to make. */
function wishesOf(request: CallRequest): Pick<CallContext, "signal"> {
  return { signal: () => request.signal };
}

/** Answer with what a call comes to. Throws, or rejects with, what it throws. */
export function makeCall(
  callable: Callable,
  args: unknown[],
  { heap }: Services,
  context: CallContext,
  asBytes = false,
  max = maxJson,
): Soon<PlainAnswer> {
  const form: AnswerForm = { max: Math.min(max, Math.floor(heap.limit / answersPerHeap)), asBytes };
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
