/** Requests over `node:http`, answered by plugins. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Trace } from "../../engine/call-context.ts";
import { traceId } from "../../engine/trace-context.ts";
import { asHotcellError } from "../../errors.ts";
import type { Soon } from "../../platform/soon.ts";
import { beneathLinks } from "../../registry/links/link-errors.ts";
import { send } from "../answer/plain-answer.ts";
import { problemAnswer } from "../answer/problem.ts";
import { common } from "../answer/respond.ts";
import { traceOfIncoming } from "../visits/request-trace.ts";
import { visitOf } from "../visits/visit.ts";
import type { Mount } from "./mount.ts";
import { NodeExchange } from "./node-exchange.ts";
import type { ExchangeHandler, ServingOptions } from "./serving-options.ts";

/**
 * Answers a request with what the plugin's handler says; the end, of its side of the exchange, is there at once where the handler
 * waited for nothing. An error is answered as a problem where nothing was sent yet; after that the connection is cut, so that the
 * client sees that the answer is not whole.
 */
export function serveNode(
  handler: ExchangeHandler,
  request: IncomingMessage,
  response: ServerResponse,
  mount: Mount,
  options: ServingOptions,
): Soon<void> {
  let exchange: NodeExchange;
  try {
    exchange = new NodeExchange(request, response, mount, options, handler);
  } catch (error) {
    options.refused?.(error);
    if (response.destroyed) noteFault(error, options);
    else answerProblem(response, error, options);
    return;
  }
  let failure: unknown;
  try {
    const running = run(handler, exchange, options, traceOfIncoming(request));
    if (running instanceof Promise) {
      const failed = (error: unknown) => error;
      return running
        .then(() => undefined, failed)
        .then((error) => conclude(exchange, response, options, error));
    }
  } catch (error) {
    failure = error;
  }
  conclude(exchange, response, options, failure);
}

/** Ends the exchange of a handler that has ended, or failed. */
function conclude(
  exchange: NodeExchange,
  response: ServerResponse,
  options: ServingOptions,
  failure: unknown,
): void {
  const { answer } = exchange;
  exchange.end();
  if (exchange.dropped > 0) options.dropped?.(exchange.dropped);
  const error = answer?.failure ?? failure;
  if (answer?.begun || response.destroyed) {
    if (error !== undefined) visitOf(response.req)?.failed(asHotcellError(error).code);
    noteFault(error, options);
  } else answerProblem(response, error ?? unanswered(), options);
}

/** Error of ours for a handler that ended without a word. */
export function unanswered(): Error {
  return new Error("The handler ended without an answer.");
}

/** Tells the log of a failure of ours that no answer can tell of any more. */
export function noteFault(failure: unknown, { logFault }: Pick<ServingOptions, "logFault">): void {
  if (failure !== undefined && beneathLinks(asHotcellError(failure)).code === "fault") logFault(failure);
}

/** Answers with an error, where nothing was answered yet. */
export function answerProblem(
  response: ServerResponse,
  error: unknown,
  teller: Pick<ServingOptions, "logFault" | "fields" | "publicUrl">,
): void {
  const trace = traceId(traceOfIncoming(response.req));
  send(response, problemAnswer(error, { ...teller, trace }), teller.fields);
}

/** Leads a client to a path, with what it sends (RFC 9110, section 15.4.9). */
export function answerRedirect(
  response: ServerResponse,
  location: string,
  fields: ServingOptions["fields"],
): void {
  response.writeHead(308, { ...common, ...fields, location, "content-length": 0 });
  response.end();
}

function run(
  handler: ExchangeHandler,
  exchange: NodeExchange,
  options: ServingOptions,
  trace: Trace | undefined,
): Soon<void> {
  const { body } = exchange;
  const { caller, live } = options;
  if (!body) return runNow(handler, exchange, caller, trace);
  body.prepare();
  // What came with the head is read by then.
  return new Promise<void>(process.nextTick).then(() => runNow(live?.() ?? handler, exchange, caller, trace));
}

function runNow(
  handler: ExchangeHandler,
  exchange: NodeExchange,
  caller: string | undefined,
  trace: Trace | undefined,
): Soon<void> {
  try {
    return handler.handleSoon(exchange, { fuel: 0, signal: () => exchange.signal, caller, trace });
  } finally {
    exchange.endTurn();
  }
}
