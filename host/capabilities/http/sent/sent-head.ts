/** Heads, fields and errors of requests that guests send, as the backend that sends them is told, and tells. */
import type { Data } from "../../../backends/data.ts";
import type { HotcellError } from "../../../errors.ts";
import { camelCase } from "../../../wit/wit-names.ts";
import type { RawFields } from "../http-exchange.ts";
import { type FieldEntry, isForbidden } from "../http-fields.ts";

/** `error-code` of `wasi:http/types`: a value of the variant. */
export interface HttpErrorCode {
  readonly tag: string;
  readonly val?: unknown;
}

/** Fields as data: name and bytes. */
export function dataOf(raw: RawFields): Data {
  const fields: Data[] = [];
  for (let i = 0; i < raw.length; i += 2) fields.push([raw[i]!, Buffer.from(raw[i + 1]!, "latin1")]);
  return fields;
}

/** Fields of a message that has come: without those that are the host's. */
export function entriesIn(fields: Data): FieldEntry[] {
  return (fields as unknown as FieldEntry[]).filter(([name]) => !isForbidden(name));
}

/** Error that a part tells of: as WIT has it, with its names, and null for what is not known. */
export function errorIn(part: Data | undefined): HttpErrorCode | undefined {
  const error = (part as { readonly error?: { readonly tag: string; readonly val?: Data } } | undefined)
    ?.error;
  return error && { tag: error.tag, val: payloadOf(error.tag, error.val ?? null) };
}

function payloadOf(tag: string, val: Data): unknown {
  if (val === null) return undefined;
  if (typeof val === "number" && tag.endsWith("-body-size")) return BigInt(val);
  if (typeof val !== "object") return val;
  return Object.fromEntries(
    Object.entries(val).map(([name, member]) => [camelCase(name), member ?? undefined]),
  );
}

/** The same of an exchange that was cut off; nothing of the host's own is told. */
export function codeOfCut({ code }: HotcellError): HttpErrorCode {
  if (code === "no-capacity" || code === "trap") return { tag: "connection-limit-reached" };
  return code === "closed" ? { tag: "connection-terminated" } : { tag: "internal-error", val: undefined };
}
