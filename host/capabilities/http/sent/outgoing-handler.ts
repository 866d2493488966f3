/** `wasi:http/outgoing-handler`: requests of a guest's own, sent by the backend that has the network. */
import type { Data } from "../../../backends/data.ts";
import { handlerBounds } from "../../../bounds/handler-bounds.ts";
import { ComponentError, TrapError } from "../../../errors.ts";
import type { HttpCell } from "../http-cell.ts";
import { sizeOfFields } from "../http-fields.ts";
import type { OutgoingPipe } from "../outgoing-pipe.ts";
import { FutureIncomingResponse } from "./incoming-response.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { RequestOptions } from "./request-options.ts";
import { dataOf, type HttpErrorCode } from "./sent-head.ts";
import { SentRequest } from "./sent-request.ts";

const maxFields = handlerBounds.requestFields.value;
/** Characters of a path with its query. */
const maxPath = handlerBounds.requestPath.value;

// Thrown again and again: making an error takes microseconds, and guests see nothing but its payload.
const denied = refusal({ tag: "HTTP-request-denied" });
const badMethod = refusal({ tag: "HTTP-request-method-invalid" });
const badScheme = refusal({ tag: "HTTP-protocol-error" });
const badUri = refusal({ tag: "HTTP-request-URI-invalid" });
const longUri = refusal({ tag: "HTTP-request-URI-too-long" });
const noRoom = refusal({ tag: "connection-limit-reached" });
const unfinished = refusal({ tag: "HTTP-protocol-error" });

/** Sends a request, which is the host's from now on. Throws ComponentError with an `error-code` where it can't go out. */
export function handle(
  cell: HttpCell,
  request: OutgoingRequest,
  options: RequestOptions | undefined,
): FutureIncomingResponse {
  try {
    const { client } = cell;
    if (client === undefined) throw denied;
    const head = headOf(request, options);
    const pipe = request.takePipe();
    if (pipe) requireSendable(pipe);
    const body = pipe !== undefined && !pipe.empty;
    const sent = open(() => new SentRequest(client, { ...head, body }));
    if (pipe) {
      const { upload } = sent;
      pipe.attach({ out: upload, limit: Number.POSITIVE_INFINITY, beyond: () => {}, failed: () => {} });
    } else sent.upload.finish();
    return new FutureIncomingResponse(cell, sent);
  } finally {
    options?.[Symbol.dispose]();
    request[Symbol.dispose]();
  }
}

/** A cell that has as much under way as it may is told so, as a client without a free connection would be. */
function open(make: () => SentRequest): SentRequest {
  try {
    return make();
  } catch (thrown) {
    throw thrown instanceof TrapError ? noRoom : thrown;
  }
}

function headOf(
  request: OutgoingRequest,
  options: RequestOptions | undefined,
): Readonly<Record<string, Data>> {
  const fields = request.fields.raw();
  const size = sizeOfFields(fields);
  if (size > maxFields) throw refusal({ tag: "HTTP-request-header-section-size", val: size });
  return {
    method: methodOf(request),
    scheme: schemeOf(request),
    authority: authorityOf(request),
    path: pathOf(request),
    headers: dataOf(fields),
    ...options?.milliseconds(),
  };
}

function methodOf(request: OutgoingRequest): string {
  const { tag, val } = request.method();
  const method = tag === "other" ? val! : tag.toUpperCase();
  // It would make a tunnel, and no response.
  if (method.toUpperCase() === "CONNECT") throw badMethod;
  return method;
}

/** WASI leaves to its host what a request has that says nothing. */
function schemeOf(request: OutgoingRequest): string {
  const { tag } = request.scheme() ?? { tag: "HTTPS" };
  if (tag === "other") throw badScheme;
  return tag.toLowerCase();
}

function authorityOf(request: OutgoingRequest): string {
  const authority = request.authority();
  if (authority === undefined || /[/?#@\\]/.test(authority)) throw badUri;
  return authority;
}

/** Origin form (RFC 9112, section 3.2.1). */
function pathOf(request: OutgoingRequest): string {
  const given = request.pathWithQuery() ?? "/";
  const path = given === "" || given.startsWith("?") ? `/${given}` : given;
  if (path.length > maxPath) throw longUri;
  if (!path.startsWith("/") || path.includes("#")) throw badUri;
  return path;
}

/** One that has ended in no good way is not sent: the length that it declares is not what it has. */
function requireSendable({ end, written }: OutgoingPipe): void {
  if (end === undefined || end === "finished") return;
  if (end === "dropped" || end === "refused" || end === "left") throw unfinished;
  throw refusal({ tag: "HTTP-request-body-size", val: BigInt(written) });
}

function refusal(code: HttpErrorCode): ComponentError {
  return new ComponentError(code, "The request can't be sent.");
}
