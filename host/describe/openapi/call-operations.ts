/** Calls of a function in OpenAPI: by POST with JSON or bytes, by GET where a query can carry its arguments. */
import { describeBounds } from "../../bounds/describe-bounds.ts";
import { calledByQuery, calledWithBytes, isBytes, queryStructure } from "../../wit/json/query-form.ts";
import {
  type FunctionType,
  type NamedValue,
  resolve,
  type Structure,
  type ValueType,
} from "../../wit/model.ts";
import { okType } from "../../wit/outcome.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { camelCase } from "../../wit/wit-names.ts";
import type { FunctionSchemas } from "../function-schemas.ts";
import type { JsonSchema, SchemaWriter } from "../json-schema.ts";
import { summaryOf } from "../summary.ts";
import type { PathOperation } from "./document-paths.ts";
import { guestErrorResponse, problemResponse } from "./problem-schemas.ts";

/** Call with arguments by position or by name, and what it returns. */
export interface ExampleCall {
  readonly call: string;
  readonly args?: unknown;
  readonly returns?: unknown;
}

/** Function with what is said of it. */
export interface DescribedFunction {
  readonly type: FunctionType;
  /** Name of the plugin, and the path of the function. */
  readonly plugin: string;
  readonly path: string;
  readonly schemas: FunctionSchemas;
  readonly docs: string | undefined;
  readonly example: ExampleCall | undefined;
  readonly security: readonly object[];
}

const bytesType = "application/octet-stream";
/** Many calls, the arguments of one in each line. */
const linesType = "application/x-ndjson";

/** Header field of all calls. */
export const callParameters = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "String of the client's own, in quotes: the call is made once, however often it is sent with the same, and its answer is kept for a while.",
    schema: { type: "string" },
  },
};
export const keyParameter: JsonSchema = { $ref: "#/components/parameters/IdempotencyKey" };

/** Operations of the function's path by their methods. `writer` writes what queries carry. */
export function callOperations(
  described: DescribedFunction,
  writer: SchemaWriter,
): Readonly<Record<string, PathOperation>> {
  const { type, plugin, path, schemas, docs, security } = described;
  const taker = calledWithBytes(type);
  const { parameters } = type;
  const { given, returned } = shownExample(described);
  const summary = summaryOf(docs) ?? briefFunctionType(type);
  const about = {
    tags: [plugin],
    summary,
    ...(docs !== undefined && docs !== summary && { description: docs }),
    "x-wit": briefFunctionType(type),
  };
  const id = `${plugin}.${path.replaceAll("/", ".")}`;
  const responses = responsesOf(type, schemas, returned);
  const beside = taker
    ? queryParameters(
        parameters.filter((each) => each !== taker),
        writer,
      )
    : [];
  const content = {
    "application/json": { schema: schemas.arguments, ...(given && { example: given.args }) },
    [linesType]: {},
    ...(taker && { [bytesType]: { "x-wit-parameter": camelCase(taker.name) } }),
  };
  const required = "required" in schemas.arguments || taker !== undefined;
  const post = {
    ...about,
    operationId: id,
    parameters: [...beside.map(besideBytes), keyParameter],
    ...(parameters.length > 0 && { requestBody: { required, content } }),
    responses: { ...responses, ...(parameters.length > 0 && { "2XX": linesResponse }) },
    security,
  };
  if (!calledByQuery(type)) return { post };
  const { description: _, ...brief } = about;
  const get = {
    ...brief,
    // No plugin's name has capitals.
    operationId: `GET.${id}`,
    parameters: [...queryParameters(parameters, writer), keyParameter],
    responses,
    security,
  };
  return { post, get };
}

function responsesOf(
  { result }: FunctionType,
  schemas: FunctionSchemas,
  returned: { readonly value: unknown } | undefined,
): object {
  const ok = okType(result);
  const content = {
    "application/json": { schema: schemas.result, ...(returned && { example: returned.value }) },
    ...(ok && isBytes(ok) && { [bytesType]: {} }),
  };
  return {
    ...(schemas.result
      ? { 200: { description: "What it returns.", content } }
      : { 204: { description: "It returned." } }),
    ...(schemas.canFail && { 422: guestErrorResponse(schemas.error) }),
    default: problemResponse,
  };
}

const linesResponse = {
  description: "What each call came to, in lines, where the arguments of many came in lines.",
  content: { [linesType]: {} },
};

interface QueryParameter {
  readonly name: string;
  readonly in: "query";
  readonly required?: true;
  readonly schema: JsonSchema;
  readonly description?: string;
}

/** Parameters as a query has them; options that it can't carry are left out. */
function queryParameters(parameters: readonly NamedValue[], writer: SchemaWriter): QueryParameter[] {
  return parameters.flatMap(({ name, type }): QueryParameter[] => {
    const structure = queryStructure(type);
    if (!structure) return [];
    const isOption = resolve(type).kind === "option";
    // A list that is left out is empty.
    const isNeeded = !isOption && (structure.kind !== "list" || structure.length !== undefined);
    const schema = isBytes(structure) ? base64url : schemaInQuery(someOf(type), structure, writer);
    return [{ name: camelCase(name), in: "query", ...(isNeeded && { required: true }), schema }];
  });
}

/** The schema of what a query says: an element that is there is no null. */
function schemaInQuery(type: ValueType, structure: Structure, writer: SchemaWriter): JsonSchema {
  if (structure.kind !== "list" || resolve(structure.element).kind !== "option") return writer.of(type);
  return { type: "array", items: writer.of(someOf(structure.element)) };
}

/** The type of what is there where an option is some; any other type as it is. */
function someOf(type: ValueType): ValueType {
  const structure = resolve(type);
  return structure.kind === "option" ? structure.some : type;
}

const base64url: JsonSchema = { type: "string", contentEncoding: "base64url" };

/** The parameter as it goes with a body of bytes; JSON has it in the body. */
function besideBytes({ required, ...parameter }: QueryParameter): QueryParameter {
  const needed = required ? ", which needs it" : "";
  return { ...parameter, description: `Only with a body of ${bytesType}${needed}.` };
}

const maxExample = describeBounds.example.value;

/** Arguments by name and what they came to, where both are short. */
function shownExample({ type, example }: DescribedFunction): {
  readonly given?: { readonly args: unknown };
  readonly returned?: { readonly value: unknown };
} {
  if (!example) return {};
  const args = namedArguments(type, example.args);
  if (!isShort(args) || !isShort(example.returns)) return {};
  return { given: { args }, returned: { value: example.returns } };
}

/** Arguments by name, as the schema has them. */
function namedArguments({ parameters }: FunctionType, args: unknown): unknown {
  if (!Array.isArray(args)) return args ?? {};
  const named = args.map((arg, i) => [camelCase(parameters[i]?.name ?? ""), arg] as const);
  return Object.fromEntries(named.filter(([name]) => name !== ""));
}

function isShort(json: unknown): boolean {
  return (JSON.stringify(json) ?? "").length <= maxExample;
}
