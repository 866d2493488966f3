/** Routes that tell what the host offers plugins for import, and which settings it takes. */

import { common, json } from "../answer/respond.ts";
import type { Route } from "./route.ts";

export const offerRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/wit",
    permission: "list",
    summary: "WIT of what plugins may import, and what each interface needs to be granted",
    query: {},
    handler: (_, { registry }) => json({ packages: registry.offered() }),
  },
  {
    method: "GET",
    path: "/settings.schema.json",
    permission: "list",
    summary: "JSON Schema of the settings of plugins, with this host's capabilities and ceilings",
    query: {},
    gives: "application/schema+json",
    handler: (_, { registry }) => {
      const text = JSON.stringify(registry.settingsDocument());
      return new Response(text, { headers: { ...common, "content-type": "application/schema+json" } });
    },
  },
];
