/** A TypeScript client for the functions that an OpenAPI document of ours describes (`hotcell client`). */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { ClientNames, memberNames } from "./client-names.ts";
import { clientRuntime } from "./client-runtime.ts";
import { comment, indented, propertyName, quoted, typeOfSchema } from "./schema-types.ts";

const schemaPath = "#/components/schemas/";

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
}

/** The whole text of a module that depends on nothing. What is no call of a plugin's function is left out. */
export function clientOf(document: unknown, source: string): string {
  const components = memberOf(document, "components");
  const schemas = Object.entries(memberOf(components, "schemas")).filter(([name]) => name !== "Problem");
  const operations = operationsOf(memberOf(document, "paths"));
  const names = new ClientNames();
  const types = new Map(schemas.map(([name]) => [schemaPath + name, names.type(...name.split("."))]));
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
`;
}

function declaration(name: string, schema: unknown, type: string): string {
  const docs = isObject(schema) ? comment(schema.description, "") : "";
  return type.startsWith("{") && type.endsWith("}") && !type.includes("\n} | {")
    ? `${docs}export interface ${name} ${type}\n`
    : `${docs}export type ${name} = ${type};\n`;
}

function method(
  { plugin, path, docs, takesArguments, needsArguments, result, error }: Operation,
  name: string,
  args: string,
  typeOf: (schema: unknown) => string,
): string {
  const value = result === undefined ? "undefined" : typeOf(result);
  const payload = error === undefined ? "undefined" : typeOf(error);
  const parameter = takesArguments ? `args: ${args}${needsArguments ? "" : " = {}"}, ` : "";
  const outcome = indented(`Outcome<${value}, ${payload}>`, "      ");
  const target = quoted(`/call/${plugin}/${path}`);
  return `${comment(docs, "      ")}      ${name}: (${parameter}options?: CallOptions): Promise<${outcome}> =>
        call(${target}, ${takesArguments ? "args" : "{}"}, options),`;
}

function operationsOf(paths: JsonObject): Operation[] {
  return Object.entries(paths).flatMap(([written, item]) => {
    const [, plugin, path] = /^\/call\/([a-z0-9-]+)\/([^{}]+)$/.exec(written) ?? [];
    const post = memberOf(item, "post");
    if (plugin === undefined || path === undefined || !isObject(item) || !("post" in item)) return [];
    const body = memberOf(post, "requestBody");
    const responses = memberOf(post, "responses");
    const docs = typeof post.description === "string" ? post.description : post.summary;
    return {
      ...{ plugin, path, docs: typeof docs === "string" ? docs : "" },
      args: schemaIn(body, "application/json"),
      takesArguments: "requestBody" in post,
      needsArguments: body.required === true,
      result: schemaIn(memberOf(responses, "200"), "application/json"),
      error: payloadIn(schemaIn(memberOf(responses, "422"), "application/problem+json")),
    };
  });
}

function schemaIn(message: JsonObject, type: string): unknown {
  return memberOf(memberOf(message, "content"), type).schema;
}

function payloadIn(problem: unknown): unknown {
  const parts = isObject(problem) && Array.isArray(problem.allOf) ? problem.allOf : [];
  return parts.map((part) => memberOf(part, "properties").payload).find((payload) => payload !== undefined);
}

/** A member that is an object; an empty one where it is not. */
function memberOf(json: unknown, name: string): JsonObject {
  const member = isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
  return isObject(member) ? member : {};
}
