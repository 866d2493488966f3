/** Cross-origin requests (Fetch, section 3.2), for the origins the owner allows. Off unless there are some. */

import type { Hono } from "hono";
import { matchedRoutes } from "hono/route";
import type { Access } from "../../access/access.ts";
import { methods } from "../routes/route.ts";
import { noContent } from "./respond.ts";

/** Headers that pages may send and read. No credentials: tokens are sent by the page's own code, and there are no cookies. */
const sent =
  "authorization, content-encoding, content-type, idempotency-key, if-match, if-none-match, last-event-id, mcp-method, mcp-name, mcp-protocol-version";
const readable =
  "accept-encoding, etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, hotcell-fuel, www-authenticate, content-disposition";

/** End of the path of routes that plugins answer. */
const pluginsOwn = "/http/:name/*";

/** Seconds for which a browser need not ask again. */
const maxAge = "600";

/** Origins whose pages may use the API, such as `https://console.example`. */
export class AllowedOrigins {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  has(origin: string | null): origin is string {
    return origin !== null && this.#origins.has(origin);
  }

  /** Headers of any answer to a request from there. */
  fieldsFor(origin: string | null): Record<string, string> {
    // Also for others: a cache must not give one origin the answer to another.
    const vary = { vary: "Origin" };
    if (!this.has(origin)) return vary;
    return {
      ...vary,
      "access-control-allow-origin": origin,
      "access-control-expose-headers": readable,
    };
  }
}

/** To be added before the routes. */
export function allowOrigins(
  app: Hono,
  origins: AllowedOrigins,
  access: Access,
  refusal: (error: unknown) => Response,
): void {
  app.use("*", async (c, next) => {
    // What a plugin serves is its own to open to others.
    if (matchedRoutes(c).some(({ path }) => path.endsWith(pluginsOwn))) return next();
    const { method, headers } = c.req.raw;
    const origin = headers.get("origin");
    if (origins.has(origin) && method === "OPTIONS" && headers.has("access-control-request-method")) {
      try {
        access.check("health", headers);
      } catch (error) {
        return refusal(error);
      }
      return noContent({
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-allow-methods": methods.join(", "),
        "access-control-allow-headers": sent,
        "access-control-max-age": maxAge,
      });
    }
    await next();
    const { vary, ...others } = origins.fieldsFor(origin);
    c.res.headers.append("vary", vary!);
    for (const [name, value] of Object.entries(others)) c.res.headers.set(name, value);
  });
}
