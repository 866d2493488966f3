/** The docs page: an OpenAPI document of ours, for people. */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { type Html, html, page } from "./html.ts";

/** A page of all that the document describes. Whatever plugins say in it is text. */
export function docsPage(document: JsonObject): string {
  const paths = Object.entries(memberOf(document, "paths"));
  const tags = Array.isArray(document.tags) ? document.tags.filter(isObject) : [];
  const schemas = memberOf(memberOf(document, "components"), "schemas");
  const note = memberOf(document, "info").description;
  const sections = tags.map((tag) => {
    const name = String(tag.name);
    const operations = paths.flatMap(([path, item]) =>
      Object.entries(isObject(item) ? item : {}).flatMap(([method, operation]) =>
        isObject(operation) && Array.isArray(operation.tags) && operation.tags[0] === name
          ? operationOf(method, path, operation)
          : [],
      ),
    );
    const types = Object.entries(schemas).filter(([key]) => key.startsWith(`${name}.`));
    return html`<h2 id="${name}">${name}</h2>
${docsOf(tag.description)}${notCallable(tag["x-not-callable"])}
${operations}
${types.map(([key, schema]) => html`<h3 id="type-${key}">${key}</h3>${shown(schema)}`)}`;
  });
  const links = tags.map(({ name }) => html`<li><a href="#${String(name)}">${String(name)}</a></li>`);
  const body = html`<h1>${String(memberOf(document, "info").title)}</h1>
<p><a href="openapi.json">OpenAPI document</a> · <a href="docs/errors">Errors</a></p>
${docsOf(note)}
<ul>${links}</ul>
${sections}`;
  return page(String(memberOf(document, "info").title), body);
}

function operationOf(method: string, path: string, operation: JsonObject): Html {
  const { summary, description, "x-wit": wit } = operation;
  const body = memberOf(memberOf(memberOf(operation, "requestBody"), "content"), "application/json").schema;
  const responses = Object.entries(memberOf(operation, "responses")).flatMap(([status, response]) => {
    const schema = memberOf(memberOf(response, "content"), "application/json").schema;
    return schema === undefined ? [] : html`<p>${status}:</p>${shown(schema)}`;
  });
  return html`<h3><code>${method.toUpperCase()} ${path}</code></h3>
${docsOf(description ?? summary)}${typeof wit === "string" ? html`<pre>${wit}</pre>` : undefined}
${body === undefined ? undefined : html`<p>Arguments:</p>${shown(body)}`}
${responses}`;
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
