/** Requests to plugins that serve HTTP, below the path that each has of its own. */

import { callerOf } from "../../access/identity.ts";
import type { Route } from "./route.ts";

export const siteRoutes: readonly Route[] = [
  {
    method: "ANY",
    path: "/http/:name/*",
    permission: "call",
    summary: "answered by the plugin itself, where it serves HTTP",
    handler: (c, { sites }, { plugin, identity }) =>
      sites.serveRoute({ plugin, origin: "shared", caller: callerOf(identity) }, c),
  },
];
