import { Hono } from "hono";
import { HeapAccount } from "../platform/heap-account.ts";
import { harmlessFault } from "../text/harmless.ts";
import { allowOrigins } from "./answer/cors.ts";
import { methodNotAllowed, problemOf, routeNotFound } from "./answer/problem.ts";
import { BodyBudget } from "./body/body-budget.ts";
import { Gate } from "./body/client-gate.ts";
import { Inflater } from "./body/content-coding.ts";
import { addCallRoutes, callPath } from "./routes/call.ts";
import { EventStreams, type StreamLimits } from "./routes/event-streams.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addPluginRoutes } from "./routes/plugins.ts";
import { addReflectionRoutes } from "./routes/reflection.ts";
import { addTokenRoutes } from "./routes/tokens.ts";
import { defaultLimits, type Services } from "./services.ts";

export type AppOptions = Pick<Services, "registry" | "store" | "access" | "tokens"> &
  Partial<Omit<Services, "bodies" | "inflater" | "uploads" | "downloads" | "streams">> & {
    readonly streamLimits?: StreamLimits;
    /** Origins whose pages may use the API; those that `access` was made with. */
    readonly cors?: readonly string[];
  };

/** Requests that read binaries at one time, and those that may wait: what was read counts once it is answered. */
export const downloadsAtOnce = 2;
export const downloadsWaiting = 256;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The HTTP API (docs/http-api.md) as a Hono app. Every route checks its own permission first; there is no middleware, because
 * Hono runs a route that stands alone without composing anything. Only where origins are allowed there is one.
 */
export function createApp(options: AppOptions): Hono {
  const limits = options.limits ?? defaultLimits;
  const heap = options.heap ?? new HeapAccount();
  const services: Services = {
    limits,
    bodies: new BodyBudget(limits.jsonAtOnce),
    inflater: new Inflater(heap),
    uploads: new Gate("uploads", { atOnce: limits.uploadsAtOnce, waiting: limits.uploadsWaiting }),
    downloads: new Gate("downloads", { atOnce: downloadsAtOnce, waiting: downloadsWaiting }),
    heap,
    streams: new EventStreams(heap, options.streamLimits),
    closing: new AbortController().signal,
    ready: () => true,
    logFault: (error) => console.error(harmlessFault(error)),
    ...options,
  };
  const app = new Hono();
  const cors = options.cors ?? [];
  if (cors.length > 0) allowOrigins(app, cors, services.access);
  const middleware = cors.length > 0 ? 1 : 0;
  addCallRoutes(app, services);
  addPluginRoutes(app, services);
  addReflectionRoutes(app, services);
  addEventRoutes(app, services);
  addTokenRoutes(app, services);
  addHealthRoutes(app, services);

  app.onError((error) => problemOf(error, services.logFault));
  app.notFound((c) => {
    const { path, method } = c.req;
    try {
      services.access.check("health", c.req.raw.headers);
    } catch (error) {
      return problemOf(error, services.logFault);
    }
    const matching = (m: string) => app.router.match(m, path)[0].slice(middleware);
    const allow = methods.filter((m) => matching(m).length > 0);
    // A HEAD of a call would have to make it.
    const reads = matching("GET").some(([[, route]]) => !route.path.endsWith(callPath));
    if (reads) allow.splice(1, 0, "HEAD");
    const error = allow.length > 0 ? methodNotAllowed(method, path, allow) : routeNotFound(path);
    return problemOf(error, services.logFault);
  });
  return app;
}
