/** The docs page: an OpenAPI document of ours, for people. */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { shellWord } from "../../text/shell-word.ts";
import { memberOf, typeOfSchema } from "../client/schema-types.ts";
import { summaryOf } from "../summary.ts";
import { type Html, html, page } from "./html.ts";

const schemaPath = "#/components/schemas/";
const bytesType = "application/octet-stream";

/** A page of all that the document describes, with calls to `base`, the address of the API. Whatever plugins say in it is text. */
export function docsPage(document: JsonObject, base: string): string {
  const tags = Array.isArray(document.tags) ? document.tags.filter(isObject) : [];
  const { title: given, description: note } = memberOf(document, "info");
  const title = String(given);
  const operations = Map.groupBy(operationsIn(document), ({ tag }) => tag);
  const schemas = Object.entries(memberOf(memberOf(document, "components"), "schemas"));
  const types = Map.groupBy(schemas, ([key]) => key.split(".", 1)[0]!);
  const sections = tags.map((tag) => {
    const name = String(tag.name);
    const own = operations.get(name) ?? [];
    const isCall = ({ operation }: TaggedOperation) => "x-wit" in operation;
    return html`<section aria-labelledby="${name}">
<h2 id="${name}">${name}</h2>
${docsOf(tag.description)}${notCallable(tag["x-not-callable"])}
${[...Map.groupBy(own.filter(isCall), ({ path }) => path)].map(([path, calls]) => functionOf(path, calls, base))}
${routesOf(own.filter((one) => !isCall(one)))}
${(types.get(name.replace(/^@/, "Hook-")) ?? []).map(([key, schema]) => typeOf(key, schema))}
</section>`;
  });
  const links = tags.map(({ name, description }) => {
    const first = typeof description === "string" ? summaryOf(description) : undefined;
    return html`<li><a href="#${String(name)}">${String(name)}</a>${first && html` – ${first}`}</li>`;
  });
  const body = html`<h1>${title}</h1>
<p><a href="openapi.json">OpenAPI document</a> · <a href="docs/errors">Errors</a></p>
${docsOf(note)}
<nav aria-label="Plugins"><ul>${links}</ul></nav>
<main>${sections}</main>`;
  return page(title, body);
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

/** A function, by its calls: what that by GET is like follows from that by POST. */
function functionOf(path: string, calls: readonly TaggedOperation[], base: string): Html {
  const { operation } = calls.find(({ method }) => method === "post") ?? calls[0]!;
  const { summary, description, "x-wit": wit } = operation;
  const get = calls.find(({ method }) => method === "get")?.operation;
  const content = memberOf(memberOf(operation, "requestBody"), "content");
  const json = memberOf(content, "application/json");
  const bytes = memberOf(content, bytesType)["x-wit-parameter"];
  const responses = memberOf(operation, "responses");
  const ok = memberOf(memberOf(memberOf(responses, "200"), "content"), "application/json");
  const problem = memberOf(memberOf(memberOf(responses, "422"), "content"), "application/problem+json");
  const docs = description ?? summary;
  return html`<h3><code>${path.replace(/^\/call\/[^/]+\//, "")}</code></h3>
${docs === wit ? undefined : docsOf(docs)}${typeof wit === "string" ? html`<pre>${wit}</pre>` : undefined}
<pre>${curlOf(base + path, json)}</pre>
${get && html`<p>or <code>GET ${path}${queryOf(get)}</code></p>`}
${typeof bytes === "string" ? html`<p>or <code>${bytes}</code> as <code>${bytesType}</code> by <code>POST ${path}${queryOf(operation)}</code></p>` : undefined}
${labelled("Arguments", json.schema)}${labelled("Answer", ok.schema, ok)}${"422" in responses ? labelled("Error, in payload", payloadOf(problem.schema)) : undefined}`;
}

function labelled(label: string, schema: unknown, { example }: JsonObject = {}): Html | undefined {
  if (schema === undefined) return undefined;
  const shown =
    example === undefined ? undefined : html`<p>such as <code>${JSON.stringify(example)}</code></p>`;
  return html`<p>${label}:</p>
<pre>${linked(schema)}</pre>
${shown}`;
}

/** A command that makes the call, with the example's arguments where there is one. */
function curlOf(url: string, { schema, example }: JsonObject): string {
  if (schema === undefined) return `curl -X POST ${url}`;
  const names = Object.keys(memberOf(schema, "properties"));
  const body =
    example === undefined
      ? `{${names.map((name) => `${JSON.stringify(name)}: …`).join(", ")}}`
      : JSON.stringify(example);
  return `curl -H "Content-Type: application/json" -d ${shellWord(body)} ${url}`;
}

function payloadOf(schema: unknown): unknown {
  const parts = isObject(schema) && Array.isArray(schema.allOf) ? schema.allOf : [];
  return parts.map((part) => memberOf(part, "properties").payload).find((payload) => payload !== undefined);
}

/** The query parameters of an operation: `?width=…&name=…`. */
function queryOf({ parameters }: JsonObject): string {
  const all = Array.isArray(parameters) ? parameters.filter(isObject) : [];
  const names = all.flatMap((parameter) => (parameter.in === "query" ? String(parameter.name) : []));
  return names.length === 0 ? "" : `?${names.map((name) => `${name}=…`).join("&")}`;
}

/** Routes whose bodies nothing is known of: the host's own, and what plugins answer themselves. */
function routesOf(routes: readonly TaggedOperation[]): Html | undefined {
  if (routes.length === 0) return undefined;
  const rows = routes.map(({ method, path, operation }) => {
    const servers = Array.isArray(operation.servers) ? operation.servers.filter(isObject) : [];
    const at = servers.length === 0 ? "" : ` (${servers.map(({ url }) => String(url)).join(", ")})`;
    return html`<tr><td><code>${method.toUpperCase()}</code></td><td><code>${path}</code>${at}</td><td>${String(operation.summary)}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">Method</th><th scope="col">Path</th><th scope="col">What it does</th></tr></thead>
<tbody>
${rows}
</tbody></table>`;
}

function notCallable(functions: unknown): Html | undefined {
  if (!Array.isArray(functions)) return undefined;
  const rows = functions
    .filter(isObject)
    .map((one) => html`<li><code>${String(one.function)}</code>: ${String(one.why)}</li>`);
  return html`<p>Not callable over HTTP:</p><ul>${rows}</ul>`;
}

function typeOf(key: string, schema: unknown): Html {
  const docs = isObject(schema) ? docsOf(schema.description) : undefined;
  return html`<h3 id="type-${key}">Type <code>${nameOf(key)}</code></h3>
${docs}<pre>${linked(schema)}</pre>`;
}

function docsOf(text: unknown): Html | undefined {
  return typeof text === "string" && text !== "" ? html`<p class="docs">${text}</p>` : undefined;
}

/** Character around the names of types, which become links. */
const mark = "\u{f0000}";

/** The type that a schema is of, as TypeScript has it, with links to the types that it names. */
function linked(schema: unknown): Html {
  const text = typeOfSchema(schema, (reference) => {
    return reference.startsWith(schemaPath) ? mark + reference.slice(schemaPath.length) + mark : undefined;
  });
  const parts = text.split(mark).map((part, i) => (i % 2 === 0 ? html`${part}` : linkTo(part)));
  return { html: parts.map((part) => part.html).join("") };
}

function linkTo(type: string): Html {
  return html`<a href="#type-${type}">${nameOf(type)}</a>`;
}

/** Name of a type without that of its plugin. */
function nameOf(type: string): string {
  return type.slice(type.indexOf(".") + 1);
}
