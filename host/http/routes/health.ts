/** For load balancers and supervisors. */

import type { Hono } from "hono";
import { HotcellError } from "../../errors.ts";
import { json } from "../answer/respond.ts";
import type { Services } from "../services.ts";

export function addHealthRoutes(app: Hono, { access, registry, ready }: Services): void {
  /** The process runs and answers. */
  app.get("/healthz", (c) => {
    access.check("health", c.req.raw.headers);
    return json({ status: "ok" });
  });

  /** It takes work; how many plugins can't run, because what is stored of them is damaged. */
  app.get("/readyz", (c) => {
    access.check("health", c.req.raw.headers);
    if (!ready())
      throw new HotcellError("closed", "The host is not ready for work.", { remedy: "Try again later." });
    const { damaged } = registry;
    return json({ status: "ready", ...(damaged > 0 && { damaged }) });
  });
}
