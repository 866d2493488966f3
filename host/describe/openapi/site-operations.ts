/** Places that plugins answer themselves over HTTP, in OpenAPI: those below `/http/NAME/`, and routes that they claim. */
import type { DocumentPaths } from "./document-paths.ts";

/** Place at which a plugin answers. */
export interface DescribedSite {
  /** `/shop`, or `/shop/*` for all below it. */
  readonly path: string;
  /** Name of the host; absent: any that no plugin claims. */
  readonly host?: string;
  /** Absent: all. */
  readonly methods?: readonly string[];
}

const commonMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** Methods that OpenAPI 3.1 has a word for. */
const httpMethods = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/** Adds the site's operations; nothing is known of what it answers. */
export function addSite(
  paths: DocumentPaths,
  plugin: string,
  { path, host, methods = commonMethods }: DescribedSite,
  security: readonly object[],
): void {
  const isBelow = path.endsWith("/*");
  const written = isBelow ? `${path.slice(0, -1)}{path}` : path;
  const below = {
    ...{ name: "path", in: "path", required: true, schema: { type: "string" } },
    description: "Any path below, slashes included.",
  };
  for (const method of methods.map((name) => name.toLowerCase())) {
    if (!httpMethods.has(method)) continue;
    const operation = {
      tags: [plugin],
      operationId: [plugin, method, ...(host === undefined ? [] : [host]), path].join(" "),
      summary: "Answered by the plugin itself",
      ...(isBelow && { parameters: [below] }),
      responses: { default: { description: "Whatever the plugin answers." } },
      security,
    };
    paths.add(written, method, operation, { host });
  }
}

/** Sites in the order in which they count: routes for some methods are more specific than those for all. */
export function bySpecificity<T extends { readonly site: DescribedSite }>(sites: readonly T[]): readonly T[] {
  return [...sites].sort((a, b) => Number(!a.site.methods) - Number(!b.site.methods));
}
