/** Hook points in OpenAPI: a function of a contract, asked of all plugins that are held to it (docs/hooks.md). */

import type { FunctionType } from "../../wit/model.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import type { FunctionSchemas } from "../function-schemas.ts";
import type { JsonSchema } from "../json-schema.ts";
import { summaryOf } from "../summary.ts";
import { keyParameter } from "./call-operations.ts";
import type { PathOperation } from "./document-paths.ts";
import { problemReference, problemResponse } from "./problem-schemas.ts";

interface AskedFunction {
  readonly type: FunctionType;
  /** Name of the contract, and the path of the function. */
  readonly contract: string;
  readonly path: string;
  readonly schemas: FunctionSchemas;
  readonly docs: string | undefined;
  readonly security: readonly object[];
}

/** Operations of the function's path by their methods. Titles of the answers are the modes that give them. */
export function hookOperations(asked: AskedFunction): Readonly<Record<string, PathOperation>> {
  const { type, contract, path, schemas, docs, security } = asked;
  const summary = summaryOf(docs) ?? briefFunctionType(type);
  const value = schemas.result ?? { type: "null" };
  const modes = ["collect", "first", ...(type.parameters.length > 0 ? ["chain"] : [])];
  const post = {
    tags: [`@${contract}`],
    summary,
    ...(docs !== undefined && docs !== summary && { description: docs }),
    "x-wit": briefFunctionType(type),
    // No plugin's name has capitals.
    operationId: `HOOK.${contract}.${path.replaceAll("/", ".")}`,
    parameters: [
      {
        name: "mode",
        in: "query",
        description:
          "How its plugins are asked: all, by their names; up to the first whose value is not null; or each with the value of the one before, for arguments in an array.",
        schema: { type: "string", enum: modes, default: "collect" },
      },
      {
        name: "deadline",
        in: "query",
        description: "Milliseconds after which nobody waits any more for who has not answered.",
        schema: { type: "integer", minimum: 1 },
      },
      keyParameter,
    ],
    requestBody: { required: true, content: { "application/json": { schema: schemas.arguments } } },
    responses: {
      200: {
        description: "What its plugins answer, as the mode has it.",
        content: { "application/json": { schema: { anyOf: answers(modes, value, errorOf(schemas)) } } },
      },
      default: problemResponse,
    },
    security,
  };
  return { post };
}

function answers(modes: readonly string[], value: JsonSchema, error: JsonSchema): JsonSchema[] {
  const object = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
    type: "object",
    properties,
    required: Object.keys(properties),
  });
  const either = (beside: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
    anyOf: [object({ ...beside, value }), object({ ...beside, error })],
  });
  const all = {
    collect: { type: "object", additionalProperties: either({}) },
    first: { anyOf: [{ type: "null" }, either({ plugin: { type: "string" } })] },
    chain: object({ value }),
  } as const;
  return Object.entries(all).flatMap(([title, schema]) =>
    modes.includes(title) ? [{ title, ...schema }] : [],
  );
}

/** The error of one plugin, which may be one that its function returned. */
function errorOf({ canFail, error }: FunctionSchemas): JsonSchema {
  if (!canFail || error === undefined) return problemReference;
  return { allOf: [problemReference, { type: "object", properties: { payload: error } }] };
}
