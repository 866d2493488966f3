/** A TypeScript client for the functions that an OpenAPI document of ours describes (`hotcell client`). */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { ClientNames, memberNames } from "./client-names.ts";
import { clientRuntime } from "./client-runtime.ts";
import { hooksObject } from "./hook-client.ts";
import { comment, indented, memberOf, propertyName, quoted, typeOfSchema } from "./schema-types.ts";

const schemaPath = "#/components/schemas/";
const bytesType = "application/octet-stream";
/** Reference that stands for bytes where a schema says base64. */
const bytesReference = { $ref: "#bytes" };

interface Operation {
  readonly plugin: string;
  /** Path behind `/call/PLUGIN/`. */
  readonly path: string;
  readonly docs: string;
  readonly args: unknown;
  readonly takesArguments: boolean;
  readonly needsArguments: boolean;
  readonly result: unknown;
  readonly error: unknown;
  /** Parameter that goes as bytes. */
  readonly bytes: string | undefined;
}

/** The whole text of a module that depends on nothing. What is no call of a plugin's function is left out. */
export function clientOf(document: unknown, source: string): string {
  const components = memberOf(document, "components");
  const schemas = Object.entries(memberOf(components, "schemas")).filter(([name]) => name !== "Problem");
  const operations = operationsOf(memberOf(document, "paths"));
  const names = new ClientNames();
  const types = new Map([[bytesReference.$ref, "Uint8Array"]]);
  for (const [name] of schemas) types.set(schemaPath + name, names.type(...name.split(".")));
  const typeOf = (schema: unknown) => typeOfSchema(schema, (reference) => types.get(reference));
  const declared = schemas.map(([name, schema]) =>
    declaration(types.get(schemaPath + name)!, schema, typeOf(schema)),
  );
  const codes = memberOf(
    memberOf(memberOf(memberOf(components, "schemas"), "Problem"), "properties"),
    "code",
  ).enum;
  const errorCodes = Array.isArray(codes) ? codes.map(quoted).join(" | ") : "string";
  const plugins = Map.groupBy(operations, ({ plugin }) => plugin);
  const members = memberNames([...plugins.keys()]);
  const objects = [...plugins].map(([plugin, own]) => {
    const paths = memberNames(own.map(({ path }) => path));
    const functions = own.map((operation) => {
      const args = names.type(plugin, operation.path, "arguments");
      if (operation.takesArguments) declared.push(declaration(args, undefined, typeOf(operation.args)));
      return method(operation, propertyName(paths.get(operation.path)!), args, typeOf);
    });
    return `    ${propertyName(members.get(plugin)!)}: {\n${functions.join("\n")}\n    },`;
  });
  const hooks = hooksObject(memberOf(document, "paths"), names, typeOf, (name, type) => {
    declared.push(declaration(name, undefined, type));
  });
  return `// Written by \`hotcell client\` for ${source.replaceAll(/\s+/g, " ")}. Change the plugins, and write it again.

${declared.join("\n")}
/** Codes of all errors that the host answers with. */
export type ErrorCode = ${errorCodes};

${clientRuntime}
/** The functions of the plugins, by the names of both. */
export function createClient(options: ClientOptions) {
  const call = sender(options);
  return {
${objects.join("\n")}
  };
}

export type Client = ReturnType<typeof createClient>;
${hooks === undefined ? "" : `\n${hooks}`}`;
}

function declaration(name: string, schema: unknown, type: string): string {
  const docs = isObject(schema) ? comment(schema.description, "") : "";
  return type.startsWith("{") && type.endsWith("}") && !type.includes("\n} | {")
    ? `${docs}export interface ${name} ${type}\n`
    : `${docs}export type ${name} = ${type};\n`;
}

function method(
  { plugin, path, docs, takesArguments, needsArguments, result, error, bytes }: Operation,
  name: string,
  args: string,
  typeOf: (schema: unknown) => string,
): string {
  const value = result === undefined ? "undefined" : typeOf(result);
  const payload = error === undefined ? "undefined" : typeOf(error);
  const parameter = takesArguments ? `args: ${args}${needsArguments ? "" : " = {}"}, ` : "";
  const outcome = indented(`Outcome<${value}, ${payload}>`, "      ");
  const forms = [
    ...(bytes === undefined ? [] : [`body: ${quoted(bytes)}`]),
    ...(result === bytesReference ? ["answer: true"] : []),
  ];
  const form = forms.length === 0 ? "" : `, { ${forms.join(", ")} }`;
  const target = quoted(`/call/${plugin}/${path}`);
  return `${comment(docs, "      ")}      ${name}: (${parameter}options?: CallOptions): Promise<${outcome}> =>
        call(${target}, ${takesArguments ? "args" : "{}"}, options${form}),`;
}

function operationsOf(paths: JsonObject): Operation[] {
  return Object.entries(paths).flatMap(([written, item]) => {
    const [, plugin, path] = /^\/call\/([a-z0-9-]+)\/([^{}]+)$/.exec(written) ?? [];
    const post = memberOf(item, "post");
    if (plugin === undefined || path === undefined || !isObject(item) || !("post" in item)) return [];
    const body = memberOf(post, "requestBody");
    const responses = memberOf(post, "responses");
    const ok = memberOf(responses, "200");
    const args = schemaIn(body, "application/json");
    const bytes = bytesArgument(post, args);
    const docs = typeof post.description === "string" ? post.description : post.summary;
    return {
      ...{ plugin, path, docs: typeof docs === "string" ? docs : "" },
      bytes,
      args: bytes === undefined ? args : withBytes(args, bytes),
      takesArguments: "requestBody" in post,
      needsArguments: body.required === true,
      result: bytesType in memberOf(ok, "content") ? bytesReference : schemaIn(ok, "application/json"),
      error: payloadIn(schemaIn(memberOf(responses, "422"), "application/problem+json")),
    };
  });
}

function schemaIn(message: JsonObject, type: string): unknown {
  return memberOf(memberOf(message, "content"), type).schema;
}

/** The parameter that the body may be, where a query can tell all others as JSON does: of an optional list it can't tell an empty one. */
function bytesArgument(post: JsonObject, args: unknown): string | undefined {
  const name = memberOf(memberOf(memberOf(post, "requestBody"), "content"), bytesType)["x-wit-parameter"];
  const properties = memberOf(args, "properties");
  if (typeof name !== "string" || !isObject(properties[name])) return undefined;
  const parameters = Array.isArray(post.parameters) ? post.parameters : [];
  const lists = parameters.filter((parameter) => memberOf(parameter, "schema").type === "array");
  return lists.some((list) => isNullable(properties[list.name])) ? undefined : name;
}

/** The arguments with bytes in the place of base64. */
function withBytes(args: unknown, name: string): unknown {
  const properties = memberOf(args, "properties");
  const bytes = isNullable(properties[name]) ? { anyOf: [bytesReference, { type: "null" }] } : bytesReference;
  return { ...(args as JsonObject), properties: { ...properties, [name]: bytes } };
}

function isNullable(schema: unknown): boolean {
  const choices = isObject(schema) && Array.isArray(schema.anyOf) ? schema.anyOf : [];
  return choices.some((choice) => isObject(choice) && choice.type === "null");
}

function payloadIn(problem: unknown): unknown {
  const parts = isObject(problem) && Array.isArray(problem.allOf) ? problem.allOf : [];
  return parts.map((part) => memberOf(part, "properties").payload).find((payload) => payload !== undefined);
}
