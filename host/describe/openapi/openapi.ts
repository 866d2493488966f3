/** OpenAPI 3.1 documents (spec.openapis.org/oas/v3.1): the host's own API from its table of routes, and what plugins answer. */
import type { JsonObject } from "../../text/json-value.ts";
import { callParameters } from "./call-operations.ts";
import { DocumentPaths } from "./document-paths.ts";
import { addSites, type DescribedPlugin, describePlugin } from "./plugin-operations.ts";
import { problemSchema } from "./problem-schemas.ts";
import { addRoute, type DescribedRoute } from "./route-operations.ts";

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
  const url = server === "" ? "/" : server;
  const paths = new DocumentPaths(url);
  const schemas: Record<string, unknown> = { Problem: problemSchema };
  const tags: object[] =
    routes.length > 0 ? [{ name: "host", description: "Plugins, their versions and settings." }] : [];
  for (const plugin of plugins) {
    const described = describePlugin(plugin, paths);
    tags.push(described.tag);
    Object.assign(schemas, described.schemas);
  }
  for (const route of routes) addRoute(paths, route);
  addSites(plugins, paths);
  return {
    openapi: "3.1.0",
    info: {
      title: plugins.length === 1 && routes.length === 0 ? plugins[0]!.name : "Hotcell",
      version,
      ...(note && { description: note }),
    },
    servers: [{ url }],
    tags,
    paths: paths.items(),
    components: {
      schemas,
      ...(plugins.length > 0 && { parameters: callParameters }),
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of this host." } },
    },
  };
}
