import { Hono } from "hono";
import { bodyBounds } from "../bounds/http-bounds.ts";
import { ociBounds } from "../bounds/oci-bounds.ts";
import { consoleFiles } from "../console/console.ts";
import { asHotcellError } from "../errors.ts";
import { HeapAccount } from "../platform/heap-account.ts";
import { MemoryCalls } from "../store/memory/memory-calls.ts";
import { harmlessFault } from "../text/harmless.ts";
import { AllowedOrigins, allowOrigins } from "./answer/cors.ts";
import { everyRoute, noRoute } from "./answer/no-route.ts";
import { problemOf } from "./answer/problem.ts";
import { BodyBudget } from "./body/body-budget.ts";
import { defaultBodyLimits } from "./body/body-limits.ts";
import { Gate } from "./body/client-gate.ts";
import { Inflater } from "./body/content-coding.ts";
import { directCalls } from "./routes/call/direct-calls.ts";
import { DoorHooks } from "./routes/call/door-hooks.ts";
import { DescribedPlugins } from "./routes/described-plugins.ts";
import { EventStreams, type StreamLimits } from "./routes/event-streams.ts";
import { mount } from "./routes/route.ts";
import { directPlaces } from "./routing/direct-places.ts";
import { type HostDoor, routesBehind } from "./routing/doors.ts";
import { PluginPlaces } from "./routing/plugin-places.ts";
import { directSites } from "./serve/direct-sites.ts";
import { PluginSites } from "./serve/plugin-sites.ts";
import type { ServedApp } from "./server/direct-handler.ts";
import type { Services } from "./services.ts";
import { tracedTeller } from "./visits/request-trace.ts";
import { visitBeside } from "./visits/visit.ts";

export type AppOptions = Pick<Services, "registry" | "store" | "access" | "tokens" | "pull" | "checkSource"> &
  Partial<
    Omit<
      Services,
      | "bodies"
      | "described"
      | "toldTools"
      | "inflater"
      | "hooks"
      | "uploads"
      | "pulls"
      | "downloads"
      | "streams"
      | "sites"
    >
  > & {
    readonly streamLimits?: StreamLimits;
    /** False: no console. */
    readonly console?: boolean;
    /** Proxies are trusted: what they say of who sent a request is handed on to plugins. */
    readonly trustProxy?: boolean;
    /** Origins whose pages may use the API; those that `access` was made with. */
    readonly cors?: readonly string[];
    /** Listener that it is for; `all` where it is absent. */
    readonly door?: HostDoor;
    /** Only this machine reaches that. */
    readonly loopback?: boolean;
    /** Names by which the host is reached there. */
    readonly hostNames?: readonly string[];
  };

/**
 * HTTP API (docs/http-api.md) as a Hono app, with the handlers that take some of its requests before it in a server of our own. Every
 * route checks its own permission first. Only where origins are allowed there is a middleware.
 */
export function createApp(options: AppOptions): ServedApp {
  const limits = options.limits ?? defaultBodyLimits;
  const heap = options.heap ?? new HeapAccount();
  const logFault = options.logFault ?? ((error: unknown) => console.error(harmlessFault(error)));
  const { registry, access, trustProxy = false, publicUrl } = options;
  const isOwnToken = (value: string) => access.holdsToken(value);
  const services: Services = {
    sites: new PluginSites({ registry, heap, logFault, publicUrl, trustProxy, isOwnToken }),
    limits,
    bodies: new BodyBudget(limits.jsonAtOnce),
    inflater: new Inflater(heap),
    consoleFiles: options.console === false ? undefined : consoleFiles(),
    kept: new MemoryCalls(heap),
    described: new DescribedPlugins(heap),
    toldTools: new DescribedPlugins(heap),
    hooks: new DoorHooks(registry),
    uploads: new Gate("uploads", { atOnce: limits.uploadsAtOnce, waiting: limits.uploadsWaiting }),
    pulls: new Gate("pulls", { atOnce: ociBounds.pullsAtOnce.value, waiting: ociBounds.pullsWaiting.value }),
    figures: {},
    downloads: new Gate("downloads", {
      atOnce: bodyBounds.downloadsAtOnce.value,
      waiting: bodyBounds.downloadsWaiting.value,
    }),
    heap,
    streams: new EventStreams(heap, options.streamLimits),
    closing: new AbortController().signal,
    ready: () => true,
    ...options,
    logFault,
  };
  const { door = "all" } = options;
  const app = new Hono();
  const { cors = [] } = options;
  const origins = cors.length > 0 ? new AllowedOrigins(cors) : undefined;
  if (origins) allowOrigins(app, origins, access, (error) => problemOf(error, services));
  for (const route of routesBehind(door)) mount(app, route, services);
  const all = door === "all" ? app : everyRoute();

  app.notFound((c) => {
    const { path, method } = c.req;
    const refuse = (error: unknown) => {
      visitBeside(c.env)?.failed(asHotcellError(error).code);
      return problemOf(error, tracedTeller(services, c.env, c.req.raw.headers));
    };
    try {
      access.check("health", c.req.raw.headers);
    } catch (error) {
      return refuse(error);
    }
    return refuse(noRoute(all, door, method, path));
  });
  const calls = directCalls(services, origins);
  if (door === "api") return Object.assign(app, { direct: [calls] });
  const places = new PluginPlaces(registry.routes, options.loopback === true, options.hostNames);
  // What a plugin serves at a place of its own comes first, whatever its path.
  return Object.assign(app, { direct: [directPlaces(services, places), calls, directSites(services)] });
}
