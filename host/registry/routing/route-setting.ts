/** Setting `routes`: hosts and paths, besides `/http/{name}/`, at which a plugin answers what is sent over HTTP. */
import { METHODS } from "node:http";
import { isIP } from "node:net";
import * as v from "valibot";
import { routeBounds } from "../../bounds/http-bounds.ts";

/** Route that a plugin answers. */
export interface PluginRoute {
  /** One path (`/shop`), or all below one (`/shop/*`); of all others the plugin sees nothing. */
  readonly path: string;
  /** Name that `Host` says; absent: any that no route claims. */
  readonly host?: string | undefined;
  /** Absent: all. `GET` has `HEAD` with it. */
  readonly methods?: readonly string[] | undefined;
}

const maxPath = routeBounds.path.value;
const maxRoutes = routeBounds.routes.value;

/** Characters that stand for themselves in a path (RFC 3986, section 3.3), but for `*`. */
const routePath = /^(?=.)(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()+,;=:@-]+)*(?:\/\*?)?$/;

/** Name as `Host` and URLs have it; undefined for what is no name of a host in the net. */
export function routeHost(text: string): string | undefined {
  if (!/^[^\s/?#@\\:[\]%]+$/.test(text)) return undefined;
  const name = URL.parse(`http://${text}`)?.hostname.replace(/(?<=.)\.$/, "");
  // Loopback names lead to whoever asks: what listens there is not the plugin's to say.
  if (name === undefined || isIP(name) !== 0 || /(?:^|\.)localhost$/.test(name)) return undefined;
  return /^(?=.{1,253}$)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.|$))+$/.test(name) ? name : undefined;
}

const aHost = "the name of a host, such as shop.example.com, without a port and not localhost";
const aPath = `a path such as /shop, or /shop/* for all below it, of at most ${maxPath} characters of letters and signs that need no %, without an empty part`;

const methods = METHODS.filter((method) => method !== "CONNECT");

export const routesSchema = v.pipe(
  v.array(
    v.strictObject({
      path: v.pipe(
        v.string(),
        v.check((path) => path.length <= maxPath && routePath.test(path), aPath),
      ),
      host: v.optional(
        v.pipe(
          v.string(),
          v.check((host) => routeHost(host) !== undefined, aHost),
          v.transform((host) => routeHost(host)!),
        ),
      ),
      methods: v.optional(
        v.pipe(v.array(v.picklist(methods)), v.minLength(1, "a list of one method at least")),
      ),
    }),
  ),
  v.maxLength(maxRoutes, `a list of at most ${maxRoutes} routes`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const routes = dataset.value;
    const key = routes.findIndex((route, i) => routes.slice(0, i).some((each) => sameClaim(each, route)));
    if (key < 0) return;
    const value = routes[key]!;
    addIssue({
      message: "a route that none before it in the list claims",
      received: routeText(value),
      path: [{ type: "array", origin: "value", input: routes, key, value }],
    });
  }),
);

/** Both claim some request, and neither is more specific. */
export function sameClaim(a: PluginRoute, b: PluginRoute): boolean {
  if (a.path !== b.path || a.host !== b.host) return false;
  if (!a.methods || !b.methods) return a.methods === b.methods;
  return a.methods.some((method) => takes(b, method)) || b.methods.some((method) => takes(a, method));
}

/** A claim of the one is a claim of the other, too. */
export function covers(wide: PluginRoute, route: PluginRoute): boolean {
  if (wide.path !== route.path || wide.host !== route.host) return false;
  if (!wide.methods || !route.methods) return wide.methods === route.methods;
  return route.methods.every((method) => takes(wide, method));
}

/** The route takes that method. */
export function takes({ methods: own }: PluginRoute, method: string): boolean {
  return !own || own.includes(method) || (method === "HEAD" && own.includes("GET"));
}

/** Route in one line: `GET, POST shop.example.com/cart/*`. */
export function routeText({ path, host = "", methods: own }: PluginRoute): string {
  return `${own ? `${own.join(", ")} ` : ""}${host}${path}`;
}
