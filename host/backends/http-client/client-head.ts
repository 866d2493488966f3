/** Head of a request as a guest's side asks for it, and as it is sent. */
import * as v from "valibot";
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import type { Trace } from "../../engine/call-context.ts";
import { latin1 } from "../../text/latin1.ts";
import { expectData } from "../backend.ts";
import type { Data } from "../data.ts";
import { matches } from "./allow-list.ts";
import type { Credential } from "./client-settings.ts";
import { RequestFailure } from "./request-failure.ts";
import { type RequestTarget, readTarget } from "./request-target.ts";

const time = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)));

const headSchema = v.strictObject({
  method: v.string(),
  scheme: v.picklist(["http", "https"]),
  authority: v.string(),
  path: v.string(),
  headers: v.array(v.strictTuple([v.string(), v.instance(Uint8Array)])),
  /** Parts of a body may come. */
  body: v.boolean(),
  connectTimeout: time,
  firstByteTimeout: time,
  betweenBytesTimeout: time,
});

export type AskedHead = v.InferOutput<typeof headSchema>;

/** Header field as text, one character a byte. */
export type TextField = readonly [name: string, value: string];

/** Request as it goes out, before the host adds anything. */
export interface ClientHead {
  readonly method: string;
  readonly target: RequestTarget;
  readonly fields: readonly TextField[];
  /** Length that its fields give the body. */
  readonly length: number | undefined;
}

const trailersSchema = v.array(v.strictTuple([v.string(), v.instance(Uint8Array)]));

/** Throws `UnexpectedData` for what no guest's side would send. */
export function expectHead(data: Data): AskedHead {
  return expectData(headSchema, data);
}

/** Target of the request. Throws RequestFailure. */
export function targetAsked({ scheme, authority, path }: AskedHead): RequestTarget {
  const target = readTarget(scheme, authority, path);
  if (typeof target === "string") throw new RequestFailure(target);
  return target;
}

/** Head that may be sent. Throws RequestFailure for a method or fields that may not. */
export function readHead({ method, headers }: AskedHead, target: RequestTarget): ClientHead {
  if (!token.test(method) || /^(?:connect|trace)$/i.test(method))
    throw new RequestFailure("HTTP-request-method-invalid");
  const fields = readFields(headers, "HTTP-request-header-section-size");
  let length: number | undefined;
  for (const [name, text] of fields) {
    if (name.toLowerCase() !== "content-length") continue;
    if (length !== undefined || !/^\d{1,15}$/.test(text)) throw new RequestFailure("HTTP-protocol-error");
    length = Number(text);
  }
  return { method, target, fields, length };
}

/** Trailers that may be sent beside these credentials. Throws RequestFailure, and `UnexpectedData` for what is none. */
export function readTrailers(data: Data, credentials: readonly Credential[]): readonly TextField[] {
  const trailers = readFields(expectData(trailersSchema, data), "HTTP-request-trailer-section-size");
  for (const [name] of trailers) {
    const key = name.toLowerCase();
    if (!mayTrail(key) || credentials.some(({ header }) => header === key))
      throw new RequestFailure("HTTP-protocol-error");
  }
  return trailers;
}

/** `excess`: what is told of fields with more bytes than they may have. */
function readFields(given: AskedHead["headers"], excess: string): TextField[] {
  let bytes = 0;
  const fields = given.map(([name, value]): TextField => {
    bytes += name.length + value.byteLength + 4;
    const text = latin1(value);
    if (!token.test(name) || control.test(text) || neverSent.has(name.toLowerCase()))
      throw new RequestFailure("HTTP-protocol-error");
    return [name, text];
  });
  const limit = httpClientBounds.requestFields.value;
  if (bytes > limit) throw new RequestFailure(excess, limit);
  return fields;
}

/**
 * Fields with which a request goes to its target: with the host's credentials, and the place in the trace of the call that makes it, in
 * place of the guest's own fields of those names. A guest hands on what it was asked with, whose parent is another one.
 */
export function fieldsToSend(
  { method, target, fields }: ClientHead,
  credentials: readonly Credential[],
  trace: Trace | undefined,
): string[] {
  const added = credentials.filter(({ to }) => matches(to, method, target));
  const isOthers = (key: string) =>
    (trace !== undefined && traceFields.has(key)) || added.some(({ header }) => header === key);
  const own = fields.filter(([name]) => !isOthers(name.toLowerCase()));
  const more = added.map(({ header, reveal }): TextField => [header, reveal()]);
  if (trace && !added.some(({ header }) => traceFields.has(header))) more.push(...fieldsOf(trace));
  return [...own, ...more].flat();
}

const traceFields: ReadonlySet<string> = new Set(["traceparent", "tracestate"]);

function fieldsOf({ traceparent, tracestate }: Trace): TextField[] {
  const parent: TextField = ["traceparent", traceparent];
  return tracestate === undefined ? [parent] : [parent, ["tracestate", tracestate]];
}

/** RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Characters that no value may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const control = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Fields that are between the host and the server, or say where a message ends or goes. */
const neverSent: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Test for a field that may come after a body (RFC 9110, 6.5.1), by its name in lower case. A server that merges trailers into the header would
 * believe those of others.
 */
function mayTrail(name: string): boolean {
  return !beforeContent.has(name) && !/^(?:content-|if-|x-forwarded-|sec-)/.test(name);
}

const beforeContent: ReadonlySet<string> = new Set([
  ...["accept", "authorization", "cache-control", "cookie", "forwarded", "max-forwards", "origin", "pragma"],
  ...["range", "referer", "set-cookie", "te", "trailer", "via", "x-http-method-override", "x-real-ip"],
]);

/** Test for a field that the host may be told to add. */
export function mayBeAdded(name: string, value: string): boolean {
  const key = name.toLowerCase();
  return token.test(name) && !neverSent.has(key) && key !== "content-length" && !control.test(value);
}
