import type { IncomingMessage } from "node:http";
import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Trace } from "../../engine/call-context.ts";
import { readTrace } from "../../engine/trace-context.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import { visitBeside, visitOf } from "./visit.ts";

/**
 * Place in a trace of what a request asks for: that of its visit, where somebody watches, or what its header says; undefined where
 * that says nothing. `bindings`: those of the app that it came to.
 */
export function traceOfRequest(headers: RequestHeaders, bindings: unknown): Trace | undefined {
  return visitBeside(bindings)?.trace ?? readTrace(headers);
}

/** The same of a request as Node has it. */
export function traceOfIncoming(request: IncomingMessage): Trace | undefined {
  const visit = visitOf(request);
  if (visit) return visit.trace;
  return request.headers.traceparent === undefined ? undefined : readTrace(new IncomingHeaders(request));
}
