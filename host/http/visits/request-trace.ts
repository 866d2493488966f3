import type { IncomingMessage } from "node:http";
import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Trace } from "../../engine/call-context.ts";
import { readTrace, traceId } from "../../engine/trace-context.ts";
import type { ProblemTeller } from "../answer/problem.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { ServerBindings } from "../server/server-bindings.ts";
import { placeOf } from "./visit.ts";

/**
 * Place in a trace of what a request asks for: the one found for it where somebody watches or records, or what its header says; undefined where
 * that says nothing. `bindings`: those of the app that it came to.
 */
export function traceOfRequest(headers: RequestHeaders, bindings: unknown): Trace | undefined {
  return placeBeside(bindings) ?? readTrace(headers);
}

/** Teller with the name of the trace that a request is part of, where that came with one or somebody watches. */
export function tracedTeller<Teller extends ProblemTeller>(
  teller: Teller,
  bindings: unknown,
  headers?: RequestHeaders,
): ProblemTeller {
  const place = placeBeside(bindings) ?? (headers && readTrace(headers));
  const { logFault, publicUrl } = teller;
  return { logFault, publicUrl, trace: traceId(place) };
}

/** The same of a request as Node has it. */
export function traceOfIncoming(request: IncomingMessage): Trace | undefined {
  return placeOf(request) ?? traceInHead(request);
}

/** Place that the head of a request names. */
export function traceInHead(request: IncomingMessage): Trace | undefined {
  return request.headers.traceparent === undefined ? undefined : readTrace(new IncomingHeaders(request));
}

function placeBeside(bindings: unknown): Trace | undefined {
  return placeOf((bindings as Partial<ServerBindings> | undefined)?.incoming);
}
