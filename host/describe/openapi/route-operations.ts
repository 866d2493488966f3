/** Routes of the host's own API in OpenAPI. */
import type { DocumentPaths } from "./document-paths.ts";
import { problemResponse } from "./problem-schemas.ts";

/** Route of the table, as far as a document tells of it. */
export interface DescribedRoute {
  readonly method: string;
  /** Path as people write it: `/plugins/{name}`. */
  readonly path: string;
  /** A sentence without a full stop. */
  readonly summary: string;
  /** Query parameters that may come once, and those that may be repeated. */
  readonly once: readonly string[];
  readonly often: readonly string[];
  /** Media types of the request's body; none where it has no body. */
  readonly takes: readonly string[];
  /** Media type of the answer. */
  readonly gives: string;
  /** Sets of scopes, each of which is enough. */
  readonly scopes: readonly (readonly string[])[];
  /** Needs no token here. */
  readonly isOpen: boolean;
}

/** Security requirements: no token, or one with a set of scopes that is enough. */
export function security({ scopes, isOpen }: Pick<DescribedRoute, "scopes" | "isOpen">): object[] {
  const tokens = scopes.map((enough) => ({ token: enough }));
  return isOpen ? [{}, ...tokens] : tokens;
}

/** Adds the route's operation. */
export function addRoute(paths: DocumentPaths, route: DescribedRoute): void {
  const { method, path, summary, once, often, takes, gives } = route;
  const text = { type: "string" };
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: text,
  }));
  const query = [
    ...once.map((name) => ({ name, in: "query", schema: text })),
    ...often.map((name) => ({ name, in: "query", schema: { type: "array", items: text }, explode: true })),
  ];
  const parameters = [...inPath, ...query];
  const words = path
    .replaceAll(/[{}]/g, "")
    // A folder is another path than its name.
    .replace(/(?<=.)\/$/, "/index")
    .split("/")
    .filter((word) => word !== "");
  const body = path.startsWith("/call/") ? () => ({}) : bodyOf;
  const content = Object.fromEntries(takes.map((type) => [type, body(type)]));
  const operation = {
    tags: ["host"],
    // No plugin's operation begins with this word and a dot: plugins' names have no capitals.
    operationId: ["HOST", method.toLowerCase(), ...words].join("."),
    summary: summary.charAt(0).toUpperCase() + summary.slice(1),
    ...(parameters.length > 0 && { parameters }),
    ...(takes.length > 0 && { requestBody: { required: true, content } }),
    responses: {
      "2XX": { description: "Done.", ...(method !== "DELETE" && { content: { [gives]: body(gives) } }) },
      default: problemResponse,
    },
    security: security(route),
  };
  paths.add(path, method.toLowerCase(), operation);
}

/** Description of a body: the host's own are objects, and those of calls are whatever the types of functions say. */
function bodyOf(type: string): object {
  if (type.endsWith("json") || type === "multipart/form-data") return { schema: { type: "object" } };
  return type.startsWith("text/") ? { schema: { type: "string" } } : {};
}
