/** Requests of cells to the key-value backend, as data: what may come, and what is answered. */
import * as v from "valibot";
import { expectData, UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";

const bytes = v.instance(Uint8Array<ArrayBufferLike>);
const text = v.pipe(
  v.string(),
  v.check((each) => each.isWellFormed()),
);
const key = v.object({ bucket: v.string(), key: text });
const keys = v.object({ bucket: v.string(), keys: v.array(text) });

const requests = {
  get: keys,
  version: key,
  set: v.object({ bucket: v.string(), entries: v.array(v.tuple([text, bytes])) }),
  delete: keys,
  list: v.object({ bucket: v.string(), cursor: v.nullable(v.bigint()) }),
  add: v.object({ ...key.entries, delta: v.bigint(), signed: v.boolean() }),
  swap: v.object({ ...key.entries, value: bytes, version: v.number() }),
};

type Operation = keyof typeof requests;

/** Request that came, by its operation. */
export type KeyValueAsked = {
  [Name in Operation]: { readonly operation: Name } & v.InferOutput<(typeof requests)[Name]>;
}[Operation];

/** Throws `UnexpectedData`. */
export function readRequest(operation: string, data: Data): KeyValueAsked {
  if (!Object.hasOwn(requests, operation)) throw new UnexpectedData(`it asked key-value for ${operation}`);
  const known = operation as Operation;
  return { operation: known, ...expectData(requests[known], data) } as KeyValueAsked;
}

/** An error as `wasi:keyvalue` has it. */
export type KeyValueError =
  | { readonly tag: "no-such-store" }
  | { readonly tag: "access-denied" }
  | { readonly tag: "other"; readonly val: string };

/** Answer to a request: what was asked for, or why not. */
export type KeyValueAnswer = { readonly ok: Data } | { readonly error: KeyValueError };

export function other(text: string): { readonly error: KeyValueError } {
  return { error: { tag: "other", val: text } };
}
