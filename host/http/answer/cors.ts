/** Cross-origin requests (Fetch, section 3.2), for the origins the owner allows. Off unless there are some. */

import type { Hono } from "hono";
import { matchedRoutes } from "hono/route";
import type { Access } from "../../access/access.ts";
import { methods } from "../routes/route.ts";
import { noContent } from "./respond.ts";

/** Headers that pages may send and read. No credentials: tokens are sent by the page's own code, and there are no cookies. */
const sent = "authorization, content-encoding, content-type, if-match, if-none-match, last-event-id";
const readable =
  "accept-encoding, etag, location, ratelimit, ratelimit-policy, retry-after, hotcell-fuel, www-authenticate, content-disposition";

/** End of the path of routes that plugins answer. */
const pluginsOwn = "/http/:name/*";

/** Seconds for which a browser need not ask again. */
const maxAge = "600";

/** To be added before the routes. */
export function allowOrigins(app: Hono, origins: readonly string[], access: Access): void {
  const allowed = new Set(origins);
  app.use("*", async (c, next) => {
    // What a plugin serves is its own to open to others.
    if (matchedRoutes(c).some(({ path }) => path.endsWith(pluginsOwn))) return next();
    const { method, headers } = c.req.raw;
    const origin = headers.get("origin");
    const admitted = origin !== null && allowed.has(origin);
    if (admitted && method === "OPTIONS" && headers.has("access-control-request-method")) {
      access.check("health", headers);
      return noContent({
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-allow-methods": methods.join(", "),
        "access-control-allow-headers": sent,
        "access-control-max-age": maxAge,
      });
    }
    await next();
    // Also for others: a cache must not give one origin the answer to another.
    c.res.headers.append("vary", "Origin");
    if (!admitted) return;
    c.res.headers.set("access-control-allow-origin", origin);
    c.res.headers.set("access-control-expose-headers", readable);
  });
}
