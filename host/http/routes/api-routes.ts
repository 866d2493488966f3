/** Table of all routes of the HTTP API. */

import { callRoutes } from "./call/call-routes.ts";
import { hookRoutes } from "./call/hook-routes.ts";
import { consoleRoutes } from "./console/console-routes.ts";
import { contractRoutes } from "./contract-routes.ts";
import { descriptionRoutes } from "./descriptions.ts";
import { eventRoutes } from "./events.ts";
import { metricsRoutes } from "./figures/metrics.ts";
import { nodeRoutes } from "./figures/nodes.ts";
import { healthRoutes } from "./health.ts";
import { mcpRoutes } from "./mcp/mcp-routes.ts";
import { offerRoutes } from "./offers.ts";
import { pluginRoutesOfApi } from "./plugins.ts";
import { reflectionRoutes } from "./reflection.ts";
import type { Route } from "./route.ts";
import { siteRoutes } from "./sites.ts";
import { tokenRoutes } from "./tokens.ts";
import { sourceRoutes } from "./upload/source-routes.ts";
import { valueRoutes } from "./value-routes.ts";

/** The routes of calls come first, because whoever looks for a route looks through them in this order. */
export const apiRoutes: readonly Route[] = [
  ...callRoutes,
  ...hookRoutes,
  ...siteRoutes,
  ...pluginRoutesOfApi,
  ...sourceRoutes,
  ...reflectionRoutes,
  ...valueRoutes,
  ...contractRoutes,
  ...mcpRoutes,
  ...offerRoutes,
  ...eventRoutes,
  ...metricsRoutes,
  ...nodeRoutes,
  ...tokenRoutes,
  ...descriptionRoutes(() => apiRoutes),
  ...consoleRoutes,
  ...healthRoutes,
];
