/** Requests to plugins that serve HTTP, below the path that each has of its own. */

import type { Route } from "./route.ts";

export const siteRoutes: readonly Route[] = [
  {
    method: "ANY",
    path: "/http/:name/*",
    permission: "call",
    summary: "answered by the plugin itself, where it serves HTTP",
    handler: (c, { sites }, { plugin }) => sites.serveRoute(plugin, "shared", c),
  },
];
