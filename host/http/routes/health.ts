/** Routes for load balancers and supervisors. */

import { HotcellError } from "../../errors.ts";
import { json } from "../answer/respond.ts";
import type { Route } from "./route.ts";

export const healthRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/healthz",
    permission: "health",
    summary: "the host runs",
    handler: () => json({ status: "ok" }),
  },
  {
    method: "GET",
    path: "/readyz",
    permission: "health",
    summary: "the host takes work",
    handler: (_, { ready, registry: { damaged } }) => {
      if (!ready())
        throw new HotcellError("closed", "The host is not ready for work.", { remedy: "Try again later." });
      return json({ status: "ready", ...(damaged > 0 && { damaged }) });
    },
  },
];
