/** OpenAPI 3.1 documents (spec.openapis.org/oas/v3.1): the host's own API from its table of routes, and what plugins answer. */
import type { JsonObject } from "../../text/json-value.ts";
import { type DescribedPlugin, describePlugin } from "./plugin-operations.ts";
import { problemSchema } from "./problem-schemas.ts";
import { type DescribedRoute, pathOfRoute } from "./route-operations.ts";

export interface DescribedApi {
  /** Address of the API, without a slash at its end; may be relative to that of the document. */
  readonly server: string;
  /** Version of the host's API. */
  readonly version: string;
  readonly routes: readonly DescribedRoute[];
  readonly plugins: readonly DescribedPlugin[];
  /** Sentence on plugins that are left out. */
  readonly note?: string;
}

/** A document, as JSON data; what it says of each plugin is bounded. */
export function openApi({ server, version, routes, plugins, note }: DescribedApi): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, unknown> = { Problem: problemSchema };
  const add = (path: string, item: Readonly<Record<string, unknown>>): void => {
    paths[path] = { ...paths[path], ...item };
  };
  const tags: object[] =
    routes.length > 0 ? [{ name: "host", description: "Plugins, their versions and settings." }] : [];
  for (const plugin of plugins) {
    const described = describePlugin(plugin);
    tags.push(described.tag);
    Object.assign(schemas, described.schemas);
    for (const [path, item] of described.paths) add(path, item);
  }
  for (const route of routes) add(...pathOfRoute(route));
  return {
    openapi: "3.1.0",
    info: {
      title: plugins.length === 1 && routes.length === 0 ? plugins[0]!.name : "Hotcell",
      version,
      ...(note && { description: note }),
    },
    servers: [{ url: server === "" ? "/" : server }],
    tags,
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of this host." } },
    },
  };
}
