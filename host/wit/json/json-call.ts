/** Calls with JSON at both ends, by one rule wherever they come from: over HTTP, or by `callJson` in code. */
import { answerBounds } from "../../bounds/http-bounds.ts";
import { ComponentError } from "../../errors.ts";
import { boundless, type ValueRoom } from "../values/argument-room.ts";
import { vouchFor } from "../values/values.ts";
import type { JsonFunction } from "./json-function.ts";

/** Characters of an error's payload: in a problem each may have to be escaped. */
const maxPayload = answerBounds.payload.value;

/**
 * Result of `call` for these arguments, as JSON data; null where that is nothing. `body`: as `JsonFunction.arguments`
 * takes it. Throws what that throws and what the call throws, a ComponentError with its payload as JSON in its facts.
 */
export async function callWithJson(
  json: JsonFunction,
  body: unknown,
  call: (args: readonly unknown[]) => unknown,
  room: ValueRoom = boundless,
): Promise<unknown> {
  const args = vouchFor(json.type, json.arguments(body, room));
  try {
    return json.result(await call(args)) ?? null;
  } catch (error) {
    throw error instanceof ComponentError ? withJsonPayload(error, json) : error;
  }
}

/** The same error, whose problem has the payload as JSON. */
export function withJsonPayload(error: ComponentError, json: JsonFunction): ComponentError {
  const payload = json.error(error.payload, maxPayload);
  if (payload === undefined) return error;
  const facts = { ...error.facts, extra: { ...error.facts.extra, payload } };
  return new ComponentError(error.payload, error.message, facts);
}
