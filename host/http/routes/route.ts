/** Routes of the HTTP API as values: what mounts them, judges who may ask, tells of them and describes them reads the same. */

import type { Context, Hono } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import type { Access } from "../../access/access.ts";
import { callerOf, type Identity } from "../../access/identity.ts";
import { type Permission, permissions } from "../../access/scopes.ts";
import { asHotcellError } from "../../errors.ts";
import { caught } from "../../platform/soon.ts";
import { problemOf } from "../answer/problem.ts";
import type { Services } from "../services.ts";
import { tracedTeller } from "../visits/request-trace.ts";
import { visitBeside } from "../visits/visit.ts";
import { onlyKnown, queryOf } from "./query.ts";
import { takeQuota, withQuota } from "./quota.ts";

/** Methods that routes have, in the order in which answers name them. */
export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export interface Route {
  /** `ANY`: all that there are, those that this table does not know too. */
  readonly method: (typeof methods)[number] | "ANY";
  /** Path as Hono writes it; `:name` is the plugin that it is about. */
  readonly path: string;
  /** Permission that whoever asks must have, checked before anything of the request is looked at. */
  readonly permission: Permission;
  /** A sentence without a full stop, as pages begin theirs about the route. */
  readonly summary: string;
  /** Query parameters, all others being refused; absent where the handler judges them itself. */
  readonly query?: { readonly once?: readonly string[]; readonly often?: readonly string[] };
  /** Media types of the request's body; absent: it has none. */
  readonly takes?: readonly string[];
  /** Media type of the answer; absent: JSON. */
  readonly gives?: string;
  /** False for a GET that has an effect: a HEAD would have it too. */
  readonly head?: false;
  /** `WWW-Authenticate` of its refusals in place of the one that there would be. */
  readonly challenge?: (challenge: string, request: Request, publicUrl?: string) => string;
  readonly handler: (c: Context, services: Services, asked: Asked) => Response | Promise<Response>;
}

/** Whatever was found out about a request before its handler begins. */
export interface Asked {
  /** Name in the path; empty where there is none. */
  readonly plugin: string;
  readonly identity: Identity;
}

/**
 * Adds a route to the app. No middleware stands before it, and it answers its errors itself: Hono runs a route that stands alone
 * without composing anything, in an app that the routes are mounted in too unless they come with an error handler.
 */
export function mount(app: Hono, route: Route, services: Services): void {
  const { method, path, query, handler } = route;
  const { access } = services;
  const named = path.includes("/:name");
  const written = writtenPath(route);
  const counted = route.permission === "call";
  const check = permissions[route.permission].reach === "patterns" && !named ? checkAsked : checkNamed;
  const answer = (c: Context) => {
    const plugin = named ? c.req.param("name")! : "";
    const visit = visitBeside(c.env);
    if (visit) visit.isOf(written, named ? plugin : undefined, named ? c.req.param("function") : undefined);
    const identity = check(access, route.permission, c, named ? plugin : undefined);
    if (visit) visit.caller = callerOf(identity);
    const quota = counted ? takeQuota(services, identity, c.req.raw.headers, plugin, c.env) : undefined;
    if (query !== undefined) onlyKnown(queryOf(c.req.url), query.once ?? [], query.often);
    const handle = () => handler(c, services, { plugin, identity });
    if (quota === undefined) return handle();
    return withQuota(quota, Promise.try(handle), (thrown) => refusalOf(route, c, thrown, services));
  };
  app.on(method === "ANY" ? METHOD_NAME_ALL : method, path, (c) =>
    caught(
      () => answer(c),
      (thrown) => refusalOf(route, c, thrown, services),
    ),
  );
}

function refusalOf({ challenge }: Route, c: Context, thrown: unknown, services: Services): Response {
  visitBeside(c.env)?.failed(asHotcellError(thrown).code);
  const problem = problemOf(thrown, tracedTeller(services, c.env, c.req.raw.headers));
  const usual = problem.headers.get("www-authenticate");
  if (challenge && usual !== null)
    problem.headers.set("www-authenticate", challenge(usual, c.req.raw, services.publicUrl));
  return problem;
}

function checkNamed(access: Access, permission: Permission, c: Context, plugin?: string): Identity {
  return access.check(permission, c.req.raw.headers, plugin, c.env);
}

/** Each of `?plugin=` is judged, a name or a pattern; none is all. */
function checkAsked(access: Access, permission: Permission, c: Context): Identity {
  const { headers } = c.req.raw;
  const [first, ...others] = queryOf(c.req.url).getAll("plugin");
  const identity = access.check(permission, headers, first, c.env);
  for (const plugin of others) access.check(permission, headers, plugin, c.env);
  return identity;
}

/** Path as people write it: `/call/{name}/{function}`, `/call/@{contract}/{function}`. */
export function writtenPath({ path }: Pick<Route, "path">): string {
  return path.replace(/:(\w+)(?:\{(?:\(\?:(@)[^)]*\))?[^}]*\})?/g, "$2{$1}");
}
