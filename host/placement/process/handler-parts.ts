/**
 * Parts of the exchange that drives an HTTP handler in a process. The host sends the request's head, bytes of its body, and
 * its end; the process informational responses, the response's head, bytes, and its end. Of a process any of them may be a
 * lie: the host reads them here, at its own end again.
 */

import type { Data } from "../../backends/data.ts";
import { handlerBounds } from "../../bounds/handler-bounds.ts";
import type { RawFields, RequestHead, ResponseHead } from "../../capabilities/http/http-exchange.ts";
import { isForbidden, isValidField, sizeOfFields } from "../../capabilities/http/http-fields.ts";
import { Garbled } from "./frame.ts";

/** Name that a process is told for it. */
export const handlerName = "incoming-handler#handle";

/** Bytes of a body that one part has at most. */
export const partBytes = 48 * 1024;

type Members = Readonly<Record<string, Data>>;

/** Request as the process is told of it; `body` where there is one. */
export function requestPart({ method, scheme, authority, target, fields }: RequestHead, body: boolean): Data {
  return { method, scheme, authority: authority ?? null, target, fields: packed(fields), body };
}

/** The host's, which is believed. */
export function readRequest(part: Data): { readonly request: RequestHead; readonly body: boolean } {
  const { method, scheme, authority, target, fields, body } = part as Members;
  const request = {
    method,
    scheme,
    authority: authority ?? undefined,
    target,
    fields: unpacked(fields as Uint8Array),
  };
  return { request: request as RequestHead, body: body as boolean };
}

/** End of a request's body: whole, with its trailer fields, or with the code of what it broke off for. */
export function endPart(end: { readonly trailers: RawFields } | { readonly broken: string }): Data {
  return "broken" in end ? { broken: end.broken } : { trailers: packed(end.trailers) };
}

export function readEnd(part: Data): { readonly trailers: RawFields } | { readonly broken: string } {
  const { broken, trailers } = part as Members;
  if (broken !== undefined) return { broken: broken as string };
  return { trailers: unpacked(trailers as Uint8Array) };
}

/** Part of what a handler answers with. */
export interface ResponsePart {
  readonly informed?: ResponseHead;
  readonly head?: ResponseHead;
  readonly bytes?: Uint8Array;
  /** Body that is whole, with its trailer fields where it has some. */
  readonly end?: { readonly trailers: RawFields | undefined };
  readonly abort?: true;
}

export function responsePart({ informed, head, bytes, end, abort }: ResponsePart): Data {
  return {
    ...(informed && { informed: packedHead(informed) }),
    ...(head && { head: packedHead(head) }),
    ...(bytes && { bytes }),
    ...(end && { end: end.trailers ? packed(end.trailers) : null }),
    ...(abort && { abort }),
  };
}

/** Reader of the parts of one response, which have their order. */
export class ResponseReader {
  #state: "waiting" | "begun" | "ended" = "waiting";
  #informed = 0;
  #bytes = 0;
  readonly #limit: () => number;

  /** `limit`: bytes that the body may have. */
  constructor(limit = () => Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  /** True once the response has begun. */
  get begun(): boolean {
    return this.#state !== "waiting";
  }

  /** Throws `Garbled` for what no handler of ours sends. */
  read(part: Data): ResponsePart {
    const { informed, head, bytes, end, abort, ...others } = membersOf(part);
    if (Object.keys(others).length > 0 || this.#state === "ended")
      throw new Garbled("a part of a response is none");
    if (informed !== undefined) return { informed: this.#readInformed(informed) };
    const first = head === undefined ? undefined : readHead(head, 200, 599);
    if ((first === undefined) !== this.begun) throw new Garbled("a response has not one head");
    this.#state = "begun";
    if (bytes !== undefined) this.#count(bytes);
    const last = end === undefined ? undefined : { trailers: end === null ? undefined : readFields(end) };
    if (abort !== undefined && abort !== true) throw new Garbled("a response ends in no way");
    if (last || abort) this.#state = "ended";
    return {
      ...(first && { head: first }),
      ...(bytes !== undefined && { bytes: bytes as Uint8Array }),
      ...(last && { end: last }),
      ...(abort && { abort }),
    };
  }

  #readInformed(informed: Data): ResponseHead {
    if (this.begun || ++this.#informed > handlerBounds.informational.value)
      throw new Garbled("it informs of more than a handler may");
    const head = readHead(informed, 100, 199);
    if (head.status === 101) throw new Garbled("it switches protocols");
    return head;
  }

  #count(bytes: Data): void {
    if (!(bytes instanceof Uint8Array)) throw new Garbled("a response's body is no bytes");
    this.#bytes += bytes.byteLength;
    if (this.#bytes > this.#limit()) throw new Garbled("a response is larger than it may be");
  }
}

function membersOf(part: Data): Members {
  if (typeof part !== "object" || part === null || Array.isArray(part) || part instanceof Uint8Array)
    throw new Garbled("a part of a response is none");
  return part as Members;
}

function packedHead({ status, fields }: ResponseHead): Data {
  return { status, fields: packed(fields) };
}

function readHead(part: Data, min: number, max: number): ResponseHead {
  const { status, fields } = membersOf(part);
  if (typeof status !== "number" || !Number.isInteger(status) || status < min || status > max)
    throw new Garbled("a response has no status");
  return { status, fields: readFields(fields) };
}

/** One character a byte; no field has a NUL. */
function packed(fields: RawFields): Uint8Array {
  return Buffer.from(fields.join("\0"), "latin1");
}

function unpacked(bytes: Uint8Array): RawFields {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteLength === 0 ? [] : Buffer.from(buffer, byteOffset, byteLength).toString("latin1").split("\0");
}

/** Fields that a handler could have made. */
function readFields(bytes: Data | undefined): RawFields {
  if (!(bytes instanceof Uint8Array)) throw new Garbled("header fields are no bytes");
  const fields = unpacked(bytes);
  if (fields.length % 2 !== 0 || sizeOfFields(fields) > handlerBounds.fields.value)
    throw new Garbled("header fields are none, or too many");
  for (let i = 0; i < fields.length; i += 2)
    if (!isValidField(fields[i]!, fields[i + 1]!) || isForbidden(fields[i]!))
      throw new Garbled("a header field is none that a handler may set");
  return fields;
}
