/** OpenAPI 3.1 documents (spec.openapis.org/oas/v3.1): the host's own API from its table of routes, and what plugins answer. */
import type { JsonObject } from "../../text/json-value.ts";
import { callParameters } from "./call-operations.ts";
import { DocumentPaths, type PathOperation } from "./document-paths.ts";
import {
  addSites,
  type DescribedContract,
  type DescribedPart,
  type DescribedPlugin,
  describeContract,
  describePlugin,
} from "./plugin-operations.ts";
import { problemSchema } from "./problem-schemas.ts";
import { addRoute, type DescribedRoute } from "./route-operations.ts";

export interface DescribedApi {
  /** Address of the API, without a slash at its end; may be relative to that of the document. */
  readonly server: string;
  /** Version of the host's API. */
  readonly version: string;
  readonly routes: readonly DescribedRoute[];
  readonly plugins: readonly DescribedPlugin[];
  readonly contracts?: readonly DescribedContract[];
  /** Sentence on plugins that are left out. */
  readonly note?: string;
}

/** A document, as JSON data. */
export function openApi({ plugins, contracts = [], ...head }: DescribedApi): JsonObject {
  const writer = new OpenApiWriter();
  for (const plugin of plugins) writer.add(describePlugin(plugin));
  for (const contract of contracts) writer.add(describeContract(contract));
  return writer.finish(head);
}

/** Writer of a document plugin by plugin, so that others have the thread in between. What it says of each is bounded. */
export class OpenApiWriter {
  readonly #plugins: DescribedPart["plugin"][] = [];
  readonly #tags: object[] = [];
  readonly #schemas: Record<string, unknown> = { Problem: problemSchema };
  readonly #calls: Record<string, Readonly<Record<string, PathOperation>>> = {};
  #characters = 0;

  /** Characters that what was added takes as JSON. */
  get characters(): number {
    return this.#characters;
  }

  add({ plugin, tag, schemas, paths, characters }: DescribedPart): void {
    this.#plugins.push(plugin);
    this.#tags.push(tag);
    Object.assign(this.#schemas, schemas);
    for (const [path, item] of paths) this.#calls[path] = item;
    this.#characters += characters;
  }

  finish({ server, version, routes, note }: Omit<DescribedApi, "plugins" | "contracts">): JsonObject {
    const url = server === "" ? "/" : server;
    const paths = new DocumentPaths(url);
    for (const route of routes) addRoute(paths, route);
    // A plugin may answer the path of a call, too, at a host of its own.
    for (const { path } of this.#plugins.flatMap(({ sites }) => sites)) {
      for (const [method, operation] of Object.entries(this.#calls[path] ?? {})) {
        paths.add(path, method, operation);
      }
    }
    addSites(this.#plugins, paths);
    const [first, ...others] = this.#plugins;
    const alone = first !== undefined && others.length === 0 && routes.length === 0;
    return {
      openapi: "3.1.0",
      info: {
        title: alone ? first.name : "Hotcell",
        version,
        ...(note && { description: note }),
      },
      servers: [{ url }],
      tags: [...this.#tags, ...(routes.length > 0 ? [hostTag] : [])],
      paths: { ...this.#calls, ...paths.items() },
      components: {
        schemas: this.#schemas,
        ...(first && { parameters: callParameters }),
        securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of this host." } },
      },
    };
  }
}

const hostTag = { name: "host", description: "Plugins, their versions and settings." };
