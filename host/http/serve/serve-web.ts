/** Web requests, answered by plugins: in an embedder's app, on whatever server that runs. */

import { problemOf } from "../answer/problem.ts";
import { traceOfRequest } from "../visits/request-trace.ts";
import type { Mount } from "./mount.ts";
import { noteFault, unanswered } from "./serve-node.ts";
import type { ExchangeHandler, ServingOptions } from "./serving-options.ts";
import { baseOf, type NodeSide, WebExchange } from "./web-exchange.ts";

/**
 * Answers a request with what the plugin's handler says, as soon as that has begun; what follows streams. An error before that is a
 * problem, and one after it breaks the body off. `bindings`: what the server gave the app beside the request, whose Node objects
 * carry trailers and informational responses, which a web `Response` can't.
 */
export function serveWeb(
  handler: ExchangeHandler,
  request: Request,
  mount: Mount,
  {
    heap,
    logFault,
    publicUrl,
    dropped,
    refused,
    prefixLength,
    caller,
    bindings,
  }: Omit<ServingOptions, "fields"> & { readonly bindings: unknown },
): Promise<Response> {
  return new Promise((resolve) => {
    const node = (bindings ?? {}) as NodeSide;
    const refuse = (error: unknown) => resolve(problemOf(error, { logFault, publicUrl }));
    let exchange: WebExchange;
    try {
      const options = {
        limits: handler.limits,
        node,
        heap,
        base: baseOf(node),
        prefixLength,
        deliver: resolve,
      };
      exchange = new WebExchange(request, mount, options);
    } catch (error) {
      refused?.(error);
      refuse(error);
      return;
    }
    const end = (failure?: unknown) => {
      exchange.end();
      if (exchange.dropped > 0) dropped?.(exchange.dropped);
      const { answer } = exchange;
      const error = answer?.failure ?? failure;
      if (answer?.begun) noteFault(error, { logFault });
      else refuse(error ?? unanswered());
    };
    const trace = traceOfRequest(request.headers, bindings);
    const context = { fuel: 0, signal: () => request.signal, caller, trace };
    const ended = Promise.try(() => handler.handleSoon(exchange, context));
    exchange.endTurn();
    ended.then(() => end(), end);
  });
}
