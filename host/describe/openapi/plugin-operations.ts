/** Functions and routes of a plugin in OpenAPI. */
import { describeBounds } from "../../bounds/describe-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { functionDocs, typeDocs } from "../../wit/docs.ts";
import { type ExportedFunction, exportedFunctions, findByPath, shortPath } from "../../wit/exports.ts";
import type { FunctionType, World } from "../../wit/model.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { camelCase } from "../../wit/wit-names.ts";
import { functionSchemas, typesOf } from "../function-schemas.ts";
import { SchemaWriter } from "../json-schema.ts";
import { typeNames } from "../type-names.ts";
import { guestErrorResponse, problemResponse } from "./problem-schemas.ts";
import { security } from "./route-operations.ts";

export interface DescribedPlugin {
  readonly name: string;
  readonly world: World;
  /** True for functions that the host calls by itself: they are not shown. */
  readonly isDriven: (exported: ExportedFunction) => boolean;
  /** Sentence that it says of itself. */
  readonly description?: string | undefined;
  /** Calls need no token. */
  readonly isOpen: boolean;
  /** Calls to show as examples, as its checks make them; none unless told. */
  readonly calls?: readonly ExampleCall[];
  /** Places at which it answers what is sent over HTTP; none where it serves none. */
  readonly sites: readonly {
    readonly path: string;
    readonly host?: string;
    readonly methods?: readonly string[];
  }[];
}

/** Call with arguments by position or by name, and what it returns. */
interface ExampleCall {
  readonly call: string;
  readonly args?: unknown;
  readonly returns?: unknown;
}

interface Described {
  readonly tag: object;
  readonly schemas: Readonly<Record<string, unknown>>;
  readonly paths: readonly (readonly [path: string, item: Readonly<Record<string, unknown>>])[];
}

const allMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const maxFunctions = describeBounds.functions.value;

export function describePlugin(plugin: DescribedPlugin): Described {
  const { name, world, isDriven, description, sites } = plugin;
  const functions = exportedFunctions(world);
  const callable = functions.filter((exported) => !isDriven(exported));
  const shown = callable.slice(0, maxFunctions);
  const writer = new SchemaWriter({
    references: `#/components/schemas/${name}.`,
    names: typeNames(shown.flatMap(({ type }) => typesOf(type))),
    docs: (definition) => typeDocs(world, definition),
  });
  const paths: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const notCallable: object[] = [];
  for (const exported of shown) {
    const path = shortPath(functions, exported);
    const example = plugin.calls?.find(
      ({ call, returns }) => returns !== undefined && findByPath(functions, call) === exported,
    );
    const operation =
      path === undefined ? "has no path" : operationOf(plugin, exported, { path, example, writer });
    if (typeof operation !== "string") paths.push([`/call/${name}/${path}`, { post: operation }]);
    else notCallable.push({ function: exported.key, type: briefFunctionType(exported.type), why: operation });
  }
  if (shown.length < callable.length) {
    notCallable.push({ function: `${callable.length - shown.length} more`, why: "left out here" });
  }
  for (const site of sites) paths.push(siteOf(plugin, site));
  const text = [description, world.docs?.docs].filter((part) => part !== undefined).join("\n\n");
  const schemas = Object.entries(writer.definitions).map(([key, schema]) => [`${name}.${key}`, schema]);
  return {
    tag: {
      name,
      ...(text !== "" && { description: text }),
      ...(notCallable.length > 0 && { "x-not-callable": notCallable }),
    },
    schemas: Object.fromEntries(schemas),
    paths,
  };
}

/** An operation, or why there is none. */
function operationOf(
  plugin: DescribedPlugin,
  exported: ExportedFunction,
  { path, example, writer }: { path: string; example: ExampleCall | undefined; writer: SchemaWriter },
): object | string {
  const { type } = exported;
  let schemas: ReturnType<typeof functionSchemas>;
  try {
    schemas = functionSchemas(type, writer);
  } catch (error) {
    if (error instanceof HotcellError) return error.message;
    throw error;
  }
  if (schemas === undefined) return "it takes or returns resources, which have no JSON";
  const docs = functionDocs(plugin.world, exported);
  const required = "required" in schemas.arguments;
  const given = example && namedArguments(type, example.args);
  const shown = given !== undefined && isShort(given) && isShort(example?.returns);
  const body = { "application/json": { schema: schemas.arguments, ...(shown && { example: given }) } };
  const answer = { schema: schemas.result, ...(shown && { example: example?.returns }) };
  return {
    tags: [plugin.name],
    operationId: `${plugin.name}.${path.replaceAll("/", ".")}`,
    summary: docs?.split("\n", 1)[0] ?? briefFunctionType(type),
    ...(docs?.includes("\n") && { description: docs }),
    "x-wit": briefFunctionType(type),
    ...(type.parameters.length > 0 && { requestBody: { required, content: body } }),
    responses: {
      ...(schemas.result
        ? {
            200: {
              description: "What it returns.",
              content: { "application/json": answer },
            },
          }
        : { 204: { description: "It returned." } }),
      ...(schemas.canFail && { 422: guestErrorResponse(schemas.error) }),
      default: problemResponse,
    },
    security: security({ scopes: [["call"]], isOpen: plugin.isOpen }),
  };
}

/** Arguments by name, as the schema has them. */
function namedArguments({ parameters }: FunctionType, args: unknown): unknown {
  if (!Array.isArray(args)) return args ?? {};
  const named = args.map((arg, i) => [camelCase(parameters[i]?.name ?? ""), arg] as const);
  return Object.fromEntries(named.filter(([name]) => name !== ""));
}

const maxExample = describeBounds.example.value;

function isShort(json: unknown): boolean {
  return (JSON.stringify(json) ?? "").length <= maxExample;
}

/** A place that the plugin answers at: below `/http/NAME/`, or a route that it claims. */
function siteOf(
  plugin: DescribedPlugin,
  { path, host, methods = allMethods }: DescribedPlugin["sites"][number],
): readonly [string, Readonly<Record<string, unknown>>] {
  const isBelow = path.endsWith("/*");
  const written = isBelow ? `${path.slice(0, -1)}{path}` : path;
  const parameter = { name: "path", in: "path", required: true, schema: { type: "string" } };
  const operation = (method: string) => ({
    tags: [plugin.name],
    operationId: [plugin.name, method, ...(host === undefined ? [] : [host]), path].join(" "),
    summary: "Answered by the plugin itself",
    ...(isBelow && { parameters: [{ ...parameter, description: "Any path below, slashes included." }] }),
    responses: { default: { description: "Whatever the plugin answers." } },
    security: security({ scopes: [["call"]], isOpen: plugin.isOpen }),
  });
  const known = methods.map((method) => method.toLowerCase()).filter((method) => httpMethods.has(method));
  return [
    written,
    {
      ...Object.fromEntries(known.map((method) => [method, operation(method)])),
      ...(host !== undefined && { servers: [{ url: `//${host}` }] }),
    },
  ];
}

/** Methods that OpenAPI 3.1 has a word for. */
const httpMethods = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);
