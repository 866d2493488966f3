/** Check by a request, sent to the plugin's handler without a network. */
import { TrapError } from "../../errors.ts";
import type { Handler } from "../api.ts";
import { type CheckAnswer, type CheckFailure, isTrap } from "./call-check.ts";
import { CheckExchange, type CheckResponse } from "./check-exchange.ts";
import { nameOfRequest, type RequestCheck, type WantedResponse } from "./request-form.ts";
import { differenceOf, writtenAnew } from "./response-match.ts";

/**
 * Sends one request; resolves to undefined when the check holds. Throws what `find` throws, and what the handler ends with
 * where that is no trap.
 */
export async function runRequest(
  { request, response: wanted, traps }: RequestCheck,
  find: () => Handler | Promise<Handler>,
): Promise<CheckFailure | undefined> {
  const handler = await find();
  const exchange = new CheckExchange(request);
  const name = nameOfRequest(request);
  const thrown = await endOf(handler.handle(exchange));
  if (exchange.tooLarge) {
    return {
      how: "answered with more than a check takes",
      told: `${name}: the ${exchange.tooLarge} that a check takes`,
    };
  }
  if (thrown !== undefined) {
    if (!(thrown instanceof TrapError) && !(traps && isTrap(thrown))) throw thrown;
    if (traps) return undefined;
    return {
      how: "trapped",
      told: `${name}: expected ${said(wanted)}, got a trap (${(thrown as Error).message})`,
    };
  }
  const came = exchange.response;
  if (wanted !== undefined) {
    const difference = differenceOf(wanted, came);
    if (difference === undefined) return undefined;
    return { how: difference.how, told: `${name}: ${difference.told}`, answer: answer(wanted, came) };
  }
  return {
    how: traps ? "answered" : "expects no response",
    told: traps
      ? `${name}: expected a trap, got ${came.status}`
      : `${name}: it says no response to expect, and ${came.status} came`,
    answer: answer(undefined, came),
  };
}

function answer(wanted: WantedResponse | undefined, came: CheckResponse): CheckAnswer {
  return { kind: "response", value: writtenAnew(wanted, came) };
}

function said(wanted: WantedResponse | undefined): string {
  return wanted === undefined ? "an answer" : `${wanted.status ?? 200}`;
}

function endOf(handled: Promise<void>): Promise<unknown> {
  return handled.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}
