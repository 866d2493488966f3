/** Answers to requests that no route takes: where the API has routes, and what the one there takes. */

import type { Hono } from "hono";
import { HotcellError } from "../../errors.ts";
import { apiRoutes } from "../routes/api-routes.ts";
import { methods, type Route, writtenPath } from "../routes/route.ts";
import { methodNotAllowed } from "./problem.ts";

/** Paths of the API, in the order of the table, each once. */
const paths = [...new Set(apiRoutes.map(writtenPath))].join(", ");

/** Error for a path that has no route, or none for the method: 405 then, with what the path takes. */
export function noRoute(app: Hono, method: string, path: string): HotcellError {
  const found = (wanted: string) => routesAt(app, wanted, path);
  const allow: string[] = methods.filter((each) => found(each).length > 0);
  if (allow.length === 0) {
    return new HotcellError("route-not-found", `Nothing is at ${path}.`, {
      subject: path,
      remedy: `The API: ${paths}.`,
    });
  }
  if (found("GET").some(({ head }) => head !== false)) allow.splice(1, 0, "HEAD");
  return methodNotAllowed(method, path, allow);
}

/** Routes that the app's own router finds; middleware is none. */
function routesAt(app: Hono, method: string, path: string): Route[] {
  const [matches] = app.router.match(method, path);
  return matches.flatMap(([[, found]]) =>
    apiRoutes.filter((route) => route.method === method && route.path === found.path),
  );
}
