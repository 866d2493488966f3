/** The docs page: an OpenAPI document of ours, for people. */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { type Html, html, page } from "./html.ts";

/** A page of all that the document describes. Whatever plugins say in it is text. */
export function docsPage(document: JsonObject): string {
  const tags = Array.isArray(document.tags) ? document.tags.filter(isObject) : [];
  const schemas = memberOf(memberOf(document, "components"), "schemas");
  const note = memberOf(document, "info").description;
  const operations = Map.groupBy(operationsIn(document), ({ tag }) => tag);
  const types = Map.groupBy(Object.entries(schemas), ([key]) => key.split(".", 1)[0]!);
  const sections = tags.map((tag) => {
    const name = String(tag.name);
    return html`<h2 id="${name}">${name}</h2>
${docsOf(tag.description)}${notCallable(tag["x-not-callable"])}
${(operations.get(name) ?? []).map(({ method, path, operation }) => operationOf(method, path, operation))}
${(types.get(name) ?? []).map(([key, schema]) => html`<h3 id="type-${key}">${key}</h3>${shown(schema)}`)}`;
  });
  const links = tags.map(({ name }) => html`<li><a href="#${String(name)}">${String(name)}</a></li>`);
  const body = html`<h1>${String(memberOf(document, "info").title)}</h1>
<p><a href="openapi.json">OpenAPI document</a> · <a href="docs/errors">Errors</a></p>
${docsOf(note)}
<ul>${links}</ul>
${sections}`;
  return page(String(memberOf(document, "info").title), body);
}

interface TaggedOperation {
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly operation: JsonObject;
}

/** All operations, under each of their tags. */
function operationsIn(document: JsonObject): TaggedOperation[] {
  return Object.entries(memberOf(document, "paths")).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) =>
      isObject(operation) && Array.isArray(operation.tags)
        ? operation.tags.map((tag) => ({ tag: String(tag), method, path, operation }))
        : [],
    ),
  );
}

function operationOf(method: string, path: string, operation: JsonObject): Html {
  const { summary, description, "x-wit": wit } = operation;
  // A function is told of once: what its call by GET is like follows from that by POST.
  if (method === "get" && wit !== undefined)
    return html`<p>Or <code>GET ${path}${queryOf(operation)}</code></p>`;
  const content = memberOf(memberOf(operation, "requestBody"), "content");
  const body = memberOf(content, "application/json").schema;
  const bytes = memberOf(content, bytesType)["x-wit-parameter"];
  const responses = Object.entries(memberOf(operation, "responses")).flatMap(([status, response]) => {
    const schema = memberOf(memberOf(response, "content"), "application/json").schema;
    return schema === undefined ? [] : html`<p>${status}:</p>${shown(schema)}`;
  });
  return html`<h3><code>${method.toUpperCase()} ${path}</code></h3>
${docsOf(description ?? summary)}${typeof wit === "string" ? html`<pre>${wit}</pre>` : undefined}
${body === undefined ? undefined : html`<p>Arguments:</p>${shown(body)}`}
${typeof bytes === "string" ? html`<p>Or <code>${bytes}</code> as <code>${bytesType}</code> to <code>${path}${queryOf(operation)}</code></p>` : undefined}
${responses}`;
}

const bytesType = "application/octet-stream";

/** The query parameters of an operation: `?width=…&name=…`. */
function queryOf({ parameters }: JsonObject): string {
  const all = Array.isArray(parameters) ? parameters.filter(isObject) : [];
  const names = all.flatMap((parameter) => (parameter.in === "query" ? String(parameter.name) : []));
  return names.length === 0 ? "" : `?${names.map((name) => `${name}=…`).join("&")}`;
}

function notCallable(functions: unknown): Html | undefined {
  if (!Array.isArray(functions)) return undefined;
  const rows = functions
    .filter(isObject)
    .map((one) => html`<li><code>${String(one.function)}</code>: ${String(one.why)}</li>`);
  return html`<p>Not callable over HTTP:</p><ul>${rows}</ul>`;
}

function docsOf(text: unknown): Html | undefined {
  return typeof text === "string" && text !== "" ? html`<p class="docs">${text}</p>` : undefined;
}

function shown(schema: unknown): Html {
  return html`<pre>${JSON.stringify(schema, undefined, 2)}</pre>`;
}

function memberOf(json: unknown, name: string): JsonObject {
  const member = isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
  return isObject(member) ? member : {};
}
