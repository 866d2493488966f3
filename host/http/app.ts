import { Hono } from "hono";
import { addCallRoutes } from "./call.ts";
import { addEventRoutes } from "./events.ts";
import { addHealthRoutes } from "./health.ts";
import { addPluginRoutes } from "./plugins.ts";
import { methodNotAllowed, problemOf, routeNotFound } from "./problem.ts";
import { addReflectionRoutes } from "./reflection.ts";
import { defaultLimits, type Services } from "./services.ts";
import { addTokenRoutes } from "./tokens.ts";

export type AppOptions = Pick<Services, "registry" | "store" | "access" | "tokens"> & Partial<Services>;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The HTTP API (DESIGN §6) as a Hono app. Every route checks its own permission first; there is no middleware, because
 * Hono runs a route that stands alone without composing anything.
 */
export function createApp(options: AppOptions): Hono {
  const services: Services = {
    limits: defaultLimits,
    closing: new AbortController().signal,
    ready: () => true,
    logFault: (error) => console.error(error),
    ...options,
  };
  const app = new Hono();
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
    const allow = methods.filter((m) => app.router.match(m, path)[0].length > 0);
    const error = allow.length > 0 ? methodNotAllowed(method, path, allow) : routeNotFound(path);
    return problemOf(error, services.logFault);
  });
  return app;
}
