/** Problems in OpenAPI: errors of the catalogue, as RFC 9457 has them. */
import { errorCodes } from "../../errors.ts";
import type { JsonSchema } from "../json-schema.ts";

const text = { type: "string" } as const;

/** Schema of every error that the host answers with. Members besides are what helps: limits, near names. */
export const problemSchema: JsonSchema = {
  type: "object",
  description: "An error (RFC 9457): `code` is for programs, `detail` and `remedy` are for people.",
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: text,
    status: { type: "integer" },
    code: { type: "string", enum: errorCodes },
    detail: text,
    subject: text,
    remedy: text,
  },
  required: ["type", "title", "status", "code", "detail"],
};

const content = (schema: JsonSchema) => ({ "application/problem+json": { schema } });
export const problemReference: JsonSchema = { $ref: "#/components/schemas/Problem" };

/** Answers to what is refused or fails. */
export const problemResponse = {
  description: "It is refused, or it failed: `code` says why.",
  content: content(problemReference),
};

/** Answer where the plugin returned an error. `payload`: schema of that; absent where it has none. */
export function guestErrorResponse(payload: JsonSchema | undefined): object {
  const own: JsonSchema = {
    type: "object",
    properties: { code: { const: "guest-error" }, ...(payload && { payload }) },
    ...(payload && { required: ["payload"] }),
  };
  return {
    description: "The plugin answers with an error.",
    content: content({ allOf: [problemReference, own] }),
  };
}
