// `import … from "hotcell/hono"`; its types are those of host/http/embed.ts.
import { load } from "./load.mjs";

export const { nodeFilters, pluginFilters, pluginHandler, pluginRoutes } = load(
  "http/embed.js",
  "hotcell/hono",
);
