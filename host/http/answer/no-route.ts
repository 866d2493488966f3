/** Answers to requests that no route takes: where the API has routes, and what the one there takes. */

import { Hono } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { HotcellError } from "../../errors.ts";
import { apiRoutes } from "../routes/api-routes.ts";
import { methods, type Route } from "../routes/route.ts";
import { behindOtherDoor, type HostDoor, pathsBehind, routesBehind } from "../routing/doors.ts";
import { methodNotAllowed } from "./problem.ts";

/** App that finds routes of every door, whatever it answers there. */
export function everyRoute(): Hono {
  const app = new Hono();
  for (const { method, path } of apiRoutes)
    app.on(method === "ANY" ? METHOD_NAME_ALL : method, path, (c) => c.body(null));
  return app;
}

/**
 * Error for a path that has no route behind the door, or none for the method: 405 then, with what the path takes. `all` finds the
 * routes of every door.
 */
export function noRoute(all: Hono, door: HostDoor, method: string, path: string): HotcellError {
  const found = (wanted: string) => routesAt(all, wanted, path);
  const there = methods.flatMap(found);
  const here = there.filter((route) => routesBehind(door).includes(route));
  if (here.length === 0 && there.length > 0) return behindOtherDoor(door, path);
  const allow: string[] = methods.filter((each) => here.some((route) => route.method === each));
  if (allow.length === 0) {
    return new HotcellError("route-not-found", `Nothing is at ${path}.`, {
      subject: path,
      remedy: `The API: ${pathsBehind(door)}.`,
    });
  }
  if (here.some((route) => route.method === "GET" && route.head !== false)) allow.splice(1, 0, "HEAD");
  return methodNotAllowed(method, path, allow);
}

/** Routes that the app's own router finds; middleware is none. */
function routesAt(app: Hono, method: string, path: string): Route[] {
  const [matches] = app.router.match(method, path);
  return matches.flatMap(([[, found]]) =>
    apiRoutes.filter(
      (route) => (route.method === method || route.method === "ANY") && route.path === found.path,
    ),
  );
}
