/** Places where a host itself answers, which no plugin can claim. */

export interface OwnPlaces {
  /** First parts of paths: `plugins` stands for `/plugins` and all below it. */
  readonly paths: readonly string[];
  /** Names by which the host is reached. */
  readonly names: readonly string[];
}

/** Paths of a listener for everybody, where the API has one of its own. */
export const publicPaths: readonly string[] = ["call", "http", "healthz", "readyz"];

/** Paths of the API, and those that are kept for it. */
export const apiPaths: readonly string[] = [
  ...publicPaths,
  ...["plugins", "events", "tokens", "wit", "contracts"],
  ...["console", "rights", "docs", "metrics", "series", "nodes", "mcp"],
  ...["openapi.json", "settings.schema.json", ".well-known"],
];

/** Part of a path by which it is the host's or a plugin's: `plugins` for `/plugins/a`. */
export function firstPart(path: string): string {
  return path.split("/", 2)[1]!;
}
