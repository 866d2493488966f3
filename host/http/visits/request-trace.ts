import type { IncomingMessage } from "node:http";
import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Trace } from "../../engine/call-context.ts";
import { readTrace, traceId } from "../../engine/trace-context.ts";
import type { ProblemTeller } from "../answer/problem.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import { visitBeside, visitOf } from "./visit.ts";

/**
 * Place in a trace of what a request asks for: that of its visit, where somebody watches, or what its header says; undefined where
 * that says nothing. `bindings`: those of the app that it came to.
 */
export function traceOfRequest(headers: RequestHeaders, bindings: unknown): Trace | undefined {
  return visitBeside(bindings)?.trace ?? readTrace(headers);
}

/** Teller with the name of the trace that a request is part of, where that came with one or somebody watches. */
export function tracedTeller<Teller extends ProblemTeller>(
  teller: Teller,
  bindings: unknown,
  headers?: RequestHeaders,
): ProblemTeller {
  const place = visitBeside(bindings)?.trace ?? (headers && readTrace(headers));
  const { logFault, publicUrl } = teller;
  return { logFault, publicUrl, trace: traceId(place) };
}

/** The same of a request as Node has it. */
export function traceOfIncoming(request: IncomingMessage): Trace | undefined {
  const visit = visitOf(request);
  if (visit) return visit.trace;
  return request.headers.traceparent === undefined ? undefined : readTrace(new IncomingHeaders(request));
}
