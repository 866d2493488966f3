/** Form of a check by a request: what a plugin's HTTP handler is asked, and what it must answer. */
import * as v from "valibot";
import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { isForbidden } from "../../capabilities/http/http-fields.ts";
import { isPattern, patternForm } from "../../text/pattern.ts";

const pattern = v.strictObject({
  /** Text in which `*` stands for any text. */
  matches: v.pipe(v.string(), v.check(isPattern, patternForm)),
});

const bytes = v.strictObject({
  bytes: v.pipe(
    v.string(),
    v.check((text) => Buffer.from(text, "base64").toString("base64") === text, "bytes in base64, padded"),
  ),
});
const json = v.strictObject({ json: v.unknown() });
const fieldName = v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "a name of header fields"));
const fieldValue = v.pipe(
  v.string(),
  v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, "a header's value: Latin-1 without control characters"),
);
const ownName = v.pipe(
  fieldName,
  v.check(
    (name) => name.toLowerCase() === "host" || !isForbidden(name),
    "a header that clients send to plugins, not one of the connection's",
  ),
);

const maxHeaders = pluginBounds.checkHeaders.value;

/** Headers by name, no more than there may be. */
function headersOf<const S extends v.GenericSchema, N extends v.GenericSchema<string, string>>(
  name: N,
  value: S,
) {
  return v.pipe(
    v.record(name, value),
    v.check((headers) => Object.keys(headers).length <= maxHeaders, `at most ${maxHeaders} headers`),
  );
}

const requestSchema = v.strictObject({
  /** Default: `GET`. */
  method: v.optional(
    v.pipe(v.string(), v.regex(/^(?!CONNECT$)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}$/, "a method, such as GET")),
  ),
  path: v.pipe(v.string(), v.regex(/^\/[\x21-\x7e]*$/, "a path, such as /hello/Ada?loud=true")),
  headers: v.optional(
    headersOf(ownName, v.union([fieldValue, v.array(fieldValue)], "a header's value, or a list of values")),
  ),
  body: v.optional(v.union([v.string(), json, bytes], 'a text, {"json": …} or {"bytes": "base64"}')),
});

const responseSchema = v.strictObject({
  /** Default: 200. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  /** Values by name; `null` for a field that must not be there. */
  headers: v.optional(
    headersOf(
      fieldName,
      v.union(
        [v.string(), v.array(v.string()), pattern, v.null()],
        'a text, a list of texts, {"matches": "text/*"}, or null for none',
      ),
    ),
  ),
  body: v.optional(
    v.union(
      [v.string(), json, bytes, pattern],
      'a text, {"json": …}, {"bytes": "base64"} or {"matches": "Hello*"}',
    ),
  ),
});

export const requestCheckSchema = v.strictObject({
  request: requestSchema,
  response: v.optional(responseSchema),
  traps: v.optional(v.literal(true)),
});

export type RequestCheck = v.InferOutput<typeof requestCheckSchema>;
export type CheckRequest = RequestCheck["request"];
export type WantedResponse = v.InferOutput<typeof responseSchema>;

/** `GET /hello/Ada`. */
export function nameOfRequest({ method = "GET", path }: CheckRequest): string {
  return `${method} ${path}`;
}
