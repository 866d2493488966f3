/**
 * Answers. Headers are plain objects, not `Headers`: the Node adapter writes those as they are, which is a good part
 * of a call's cost.
 */

import type { Json, Secret } from "../../capabilities/secret.ts";
import { harmlessHeader, harmlessJson, harmlessLines } from "../../text/harmless.ts";
import type { PlainAnswer } from "./plain-answer.ts";

/** Headers by which nothing is taken for what it does not say it is, nor kept. */
const inert = { "x-content-type-options": "nosniff", "cache-control": "no-store" } as const;

/** Headers by which nothing is run, framed, or embedded by other sites besides. */
export const common = {
  ...inert,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
} as const;

/** Type of arguments and results that are bytes as they are. */
export const bytesType = "application/octet-stream";

/** Type of calls and answers of which there is one a line. */
export const linesType = "application/x-ndjson";

const jsonHeaders = { "content-type": "application/json", ...common } as const;
export const resultHeaders = { "content-type": "application/json", ...inert } as const;

/**
 * Answer with what a call returned, as it is: data, and no message; undefined is nothing. JSON that is not sniffed is nothing a browser
 * runs, and each header costs a call's time. `fuel`: units that the call used, where they were counted.
 */
export function resultAnswer(body: unknown, fuel: number): PlainAnswer {
  const used = fuel > 0 ? { "hotcell-fuel": `${fuel}` } : undefined;
  if (body === undefined) return { status: 204, headers: { ...common, ...used }, body: undefined };
  return { status: 200, headers: { ...resultHeaders, ...used }, body: JSON.stringify(body) };
}

/** The same with bytes. Whatever they are, it is kept from being run, framed or shown in the place of a page. */
export function bytesAnswer(body: Uint8Array<ArrayBuffer>, fuel: number): PlainAnswer {
  const used = fuel > 0 ? { "hotcell-fuel": `${fuel}` } : undefined;
  return { status: 200, headers: { "content-type": bytesType, ...common, ...used }, body };
}

/** Answer whose lines come one after the other. */
export function linesAnswer(pieces: AsyncGenerator<string>): PlainAnswer {
  const headers = { "content-type": linesType, ...common, "x-accel-buffering": "no" };
  return { status: 200, headers, body: undefined, pieces };
}

/** A type of answers: `never` for one that can hold a secret, or anything, as records of the store can. */
type Answer<T> = HoldsSecret<T> extends false ? T : never;

type HoldsSecret<T> = unknown extends T
  ? true
  : T extends Json
    ? false
    : T extends Secret
      ? true
      : T extends object
        ? true extends { [Member in keyof T]: HoldsSecret<T[Member]> }[keyof T]
          ? true
          : false
        : false;

export function json<T>(body: Answer<T>, status = 200, headers?: Readonly<Record<string, string>>): Response {
  return new Response(harmlessJson(body), {
    status,
    headers: headers === undefined ? jsonHeaders : { ...jsonHeaders, ...headers },
  });
}

export function text(body: string): Response {
  return new Response(harmlessLines(body), {
    headers: { "content-type": "text/plain; charset=utf-8", ...common },
  });
}

export function noContent(headers?: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 204, headers: { ...common, ...headers } });
}

/** A file that may be another one tomorrow; caches ask whether it is. */
export function currentFile(bytes: Uint8Array, type: string, name: string, etag: string): Response {
  const file = immutableFile(bytes, type, name, etag);
  file.headers.set("cache-control", "private, no-cache");
  return file;
}

/** A file that never changes; caches that are the client's own may keep it. */
export function immutableFile(bytes: Uint8Array, type: string, name: string, etag: string): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      ...common,
      "content-type": type,
      "content-disposition": `attachment; filename="${harmlessHeader(name)}"`,
      "cache-control": "private, max-age=31536000, immutable",
      etag: `"${etag}"`,
    },
  });
}

export const problemHeaders = { ...common, "content-type": "application/problem+json" } as const;
