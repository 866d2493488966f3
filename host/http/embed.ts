import type { Context, Hono, Handler as HonoHandler, MiddlewareHandler } from "hono";
import { tokenFinder } from "../access/access.ts";
import { isOrigin, isPublicUrl, publicUrls } from "../access/origin.ts";
import {
  aFunction,
  anObject,
  aSignal,
  aText,
  aYesOrNo,
  checkOptions,
  count,
  type Kind,
  oneOf,
  requireKind,
  texts,
} from "../platform/code-options.ts";
import { harmlessFault } from "../text/harmless.ts";
import { type ProblemTeller, problemAnswer, problemOf } from "./answer/problem.ts";
import { type BodyLimits, defaultBodyLimits } from "./body/body-limits.ts";
import { FilterChain, type FilterOptions } from "./filters/filter-chain.ts";
import { filtersOfHono } from "./filters/hono-filters.ts";
import { filtersOfNode, type NodeMiddleware } from "./filters/node-filters.ts";
import type { OriginKind } from "./serve/origin-policy.ts";
import { PluginSites } from "./serve/plugin-sites.ts";
import { createApi, type ServedHost } from "./served-api.ts";

/** Options of `pluginRoutes`. */
export interface PluginRoutesOptions {
  /** The admin token. Without one, only calls, health checks and what `host.tokens` were made for work. */
  readonly token?: string;
  /**
   * The address your server listens on, if that is a loopback address: reads then need no token, and `Host` is
   * checked. By default the routes take themselves to be on a network.
   */
  readonly address?: string;
  /** Names that `Host` may say besides. */
  readonly allowedHosts?: readonly string[];
  /** Calls need a token too. */
  readonly privateCalls?: boolean;
  readonly limits?: Partial<BodyLimits>;
  /** Origins whose pages may use the API, such as `https://console.example`; none by default. */
  readonly cors?: readonly string[];
  /** Your server is behind a proxy that writes the client's address at the end of `X-Forwarded-For`. */
  readonly trustProxy?: boolean;
  /** Address at which everybody reaches the routes, such as `https://example.com/plugins-api`: the type of a problem is the URL of its error's page then. */
  readonly publicUrl?: string;
  /** False: no console at `/console/`. */
  readonly console?: boolean;
  /** Abort it before you close your server: event streams, which have no end of their own, end. */
  readonly closing?: AbortSignal;
}

/** Host whose plugins the routes serve: what `createHost` gives. */
export type MountedHost = ServedHost;

const aPublicUrl: Kind = {
  expected: publicUrls,
  fits: (value) => typeof value === "string" && isPublicUrl(value),
};

const kinds: { readonly [Name in keyof PluginRoutesOptions]-?: Kind } = {
  token: aText,
  address: aText,
  allowedHosts: texts,
  privateCalls: aYesOrNo,
  limits: anObject,
  cors: {
    expected: 'an array of origins such as "https://console.example", without a path',
    fits: (value) => texts.fits(value) && (value as string[]).every(isOrigin),
  },
  trustProxy: aYesOrNo,
  publicUrl: aPublicUrl,
  console: aYesOrNo,
  closing: aSignal,
};

const limitKinds = Object.fromEntries(Object.keys(defaultBodyLimits).map((name) => [name, count(0)]));

const aHost: Kind = {
  expected: "what createHost gives",
  fits: (value) => typeof value === "object" && value !== null && "registry" in value && "tokens" in value,
};

/**
 * The whole HTTP API of a host, to be mounted in your own app: `app.route("/plugins-api", pluginRoutes(host))`.
 * Answers for unknown routes stay your app's. Throws `bad-settings` for an option that it does not know or that is none.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Hono } from "hono";
 * import { createHost } from "hotcell";
 * import { pluginRoutes } from "hotcell/hono";
 *
 * const host = await createHost();
 * await host.registry.deploy("greet", await readFile("greet.wasm"));
 * const app = new Hono();
 * app.route("/plugins-api", pluginRoutes(host, { token: "a-long-random-token-of-yours" }));
 * const answer = await app.request("/plugins-api/call/greet/greet?name=Ada");
 * console.log(await answer.json()); // → Hello, Ada!
 * await host.close();
 * ```
 */
export function pluginRoutes(host: MountedHost, options: PluginRoutesOptions = {}): Hono {
  requireKind("The host of pluginRoutes", host, aHost, "host");
  checkOptions("pluginRoutes", options, kinds);
  checkOptions("the limits of pluginRoutes", options.limits ?? {}, limitKinds);
  // What is not known to be a loopback address is taken for the network.
  return createApi(host, { address: "0.0.0.0", ...options });
}

/** Options of `pluginHandler`. */
export interface PluginHandlerOptions {
  /**
   * Kind of the origin at which your app serves the plugin. `shared` (default): your app, or other plugins, are there too, so that its
   * pages are sandboxed and its answers can't act on the origin. `own`: a host name that is the plugin's alone. `trusted`: its answers
   * are as good as your own.
   */
  readonly origin?: OriginKind;
  /** The admin token that `pluginRoutes` has: no plugin gets to see it. */
  readonly token?: string;
  /** Your server is behind a proxy: what that says of who sent a request reaches the plugin. */
  readonly trustProxy?: boolean;
  /** Address at which everybody reaches the host's API, as `pluginRoutes` has it: the type of a problem is the URL of its error's page then. */
  readonly publicUrl?: string;
  /** Gives the name of who asks, by what your middleware knows: functions of yours that the plugin calls are told it. */
  readonly caller?: (c: Context) => string | undefined;
}

const origins: readonly OriginKind[] = ["shared", "own", "trusted"];

const handlerKinds: { readonly [Name in keyof PluginHandlerOptions]-?: Kind } = {
  caller: aFunction,
  origin: { expected: origins.join(", "), fits: (value) => origins.some((kind) => kind === value) },
  publicUrl: aPublicUrl,
  token: aText,
  trustProxy: aYesOrNo,
};

/**
 * Handler for a route of your own app that a plugin answers, by its `wasi:http/incoming-handler`: `app.all("/shop/*",
 * pluginHandler(host, "shop"))`. The plugin sees what is where the star is, and the rest in `X-Forwarded-Prefix`; of a route without
 * one it sees the whole path. Who may ask is your app's to say, by middleware. Throws `bad-settings` for an option that it does not
 * know or that is none. What the plugin can't answer is answered with a problem.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Hono } from "hono";
 * import { createHost } from "hotcell";
 * import { pluginHandler } from "hotcell/hono";
 *
 * const host = await createHost();
 * await host.registry.deploy("router", await readFile("router.wasm"));
 * const app = new Hono();
 * app.all("/people/*", pluginHandler(host, "router"));
 * const answer = await app.request("/people/hello/Ada");
 * console.log(await answer.text()); // → Hello, Ada!
 * await host.close();
 * ```
 */
export function pluginHandler(
  host: MountedHost,
  plugin: string,
  options: PluginHandlerOptions = {},
): HonoHandler {
  requireKind("The host of pluginHandler", host, aHost, "host");
  requireKind("The plugin of pluginHandler", plugin, aText, "plugin");
  checkOptions("pluginHandler", options, handlerKinds);
  const { origin = "shared", token, trustProxy = false, publicUrl, caller } = options;
  const { registry, heap } = host;
  const sites = new PluginSites({
    registry,
    heap,
    logFault: logToConsole,
    publicUrl,
    trustProxy,
    isOwnToken: tokenFinder(token),
  });
  return async (c) => {
    try {
      return await sites.serveRoute({ plugin, origin, caller: caller?.(c) }, c);
    } catch (error) {
      return problemOf(error, { logFault: logToConsole, publicUrl });
    }
  };
}

const filterKinds: { readonly [Name in keyof FilterOptions]-?: Kind } = {
  order: texts,
  deadline: count(1, "milliseconds"),
  // Judged by the hook.
  breaker: { expected: "{ failures, pause } or false", fits: () => true },
  onError: oneOf(["closed", "open"]),
  publicUrl: aPublicUrl,
};

function chainOf(
  what: string,
  host: Pick<MountedHost, "registry">,
  contract: string,
  options: FilterOptions,
): FilterChain {
  requireKind(`The host of ${what}`, host, aHost, "host");
  requireKind(`The contract of ${what}`, contract, aText, "contract");
  checkOptions(what, options, filterKinds);
  return new FilterChain(host.registry, contract, options);
}

/**
 * Middleware by which plugins judge the requests of your app, and change its responses, by their heads: all that are held to that
 * contract, whose world is `hotcell:filter`'s (the package's `wit/filter.wit`). Throws `contract-not-found`, and `bad-settings` for
 * a contract of no filters.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Hono } from "hono";
 * import { createHost } from "hotcell";
 * import { pluginFilters } from "hotcell/hono";
 *
 * const host = await createHost();
 * const gate = await readFile("gate.wasm");
 * await host.registry.contracts.put("filters", gate, { plugins: ["filter-*"] });
 * await host.registry.deploy("filter-gate", gate);
 * const app = new Hono();
 * app.use(pluginFilters(host, "filters"));
 * app.get("/*", (c) => c.text("Come in."));
 * console.log(await (await app.request("/admin")).text()); // → Not here.
 * console.log((await app.request("/")).headers.get("x-frame-options")); // → DENY
 * await host.close();
 * ```
 */
export function pluginFilters(
  host: MountedHost,
  contract: string,
  options: FilterOptions = {},
): MiddlewareHandler {
  const chain = chainOf("pluginFilters", host, contract, options);
  return filtersOfHono(chain, (error) => problemOf(error, tellerOf(options)));
}

/**
 * The same for `node:http` and what takes its middleware, such as Express: `app.use(nodeFilters(host, "filters"))`.
 *
 * @example
 * ```ts
 * import { once } from "node:events";
 * import { readFile } from "node:fs/promises";
 * import { createServer } from "node:http";
 * import { createHost } from "hotcell";
 * import { nodeFilters } from "hotcell/hono";
 *
 * const host = await createHost();
 * const gate = await readFile("gate.wasm");
 * await host.registry.contracts.put("filters", gate, { plugins: ["filter-*"] });
 * await host.registry.deploy("filter-gate", gate);
 * const filters = nodeFilters(host, "filters");
 * const server = createServer((request, response) => filters(request, response, () => response.end("Come in.")));
 * await once(server.listen(0, "127.0.0.1"), "listening");
 * const { port } = server.address() as { port: number };
 * console.log((await fetch(`http://127.0.0.1:${port}/admin`)).status); // → 403
 * server.close();
 * await host.close();
 * ```
 */
export function nodeFilters(
  host: MountedHost,
  contract: string,
  options: FilterOptions = {},
): NodeMiddleware {
  const chain = chainOf("nodeFilters", host, contract, options);
  return filtersOfNode(chain, (error) => problemAnswer(error, tellerOf(options)));
}

function tellerOf({ publicUrl }: FilterOptions): ProblemTeller {
  return { logFault: logToConsole, publicUrl };
}

function logToConsole(error: unknown): void {
  console.error(harmlessFault(error));
}
