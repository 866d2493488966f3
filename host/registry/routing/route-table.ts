/** Claims of all plugins to routes: what the store has of them, what deployments under way hold, and which lose. */
import { HotcellError } from "../../errors.ts";
import { apiPaths, firstPart, type OwnPlaces, publicPaths } from "./own-places.ts";
import { type HeldRoute, RouteIndex } from "./route-index.ts";
import { covers, type PluginRoute, routeText, sameClaim } from "./route-setting.ts";

/** Route that is stored and does not hold. */
export interface LostRoute {
  readonly route: PluginRoute;
  /** Plugin that has it; absent: the host itself. */
  readonly to?: string;
}

interface Claims {
  readonly routes: readonly PluginRoute[];
  /** Time since which the plugin has had them, as the store says it. */
  readonly at: string;
}

export class RouteTable {
  readonly #stored = new Map<string, Claims>();
  /** Claims that are being stored. */
  readonly #held = new Set<{ readonly plugin: string; readonly routes: readonly PluginRoute[] }>();
  #own: OwnPlaces = { paths: apiPaths, names: [] };
  /** Undefined when something has changed. */
  #index: RouteIndex | undefined = new RouteIndex([]);
  #lost = new Map<string, LostRoute[]>();

  /** Routes that hold. */
  get index(): RouteIndex {
    if (this.#index) return this.#index;
    const { held, lost } = this.#settle();
    this.#lost = lost;
    this.#index = new RouteIndex(held, this.#own.paths);
    return this.#index;
  }

  /** Takes note of what is stored of a plugin. */
  store(plugin: string, routes: readonly PluginRoute[], at: string): void {
    const before = this.#stored.get(plugin);
    const kept = before !== undefined && coverAll(before.routes, routes);
    // Most commits are about something else.
    if (before ? kept && coverAll(routes, before.routes) : routes.length === 0) return;
    if (routes.length === 0) this.#stored.delete(plugin);
    else this.#stored.set(plugin, { routes, at: kept ? before.at : at });
    this.#index = undefined;
  }

  /** Takes note of where the host itself answers from now on. */
  reserve(own: OwnPlaces): void {
    this.#own = own;
    this.#index = undefined;
  }

  /** Stored routes of a plugin that don't hold: two hosts on one store were as quick, or the host answers elsewhere now. */
  lost(plugin: string): readonly LostRoute[] {
    return this.allLost().get(plugin) ?? [];
  }

  allLost(): ReadonlyMap<string, readonly LostRoute[]> {
    return this.index && this.#lost;
  }

  /** Throws `route-taken` for one that another has, or the host. Those that the plugin has stored already may stay as they are. */
  check(plugin: string, routes: readonly PluginRoute[]): void {
    const own = this.#stored.get(plugin)?.routes ?? [];
    const others = [
      ...[...this.#stored].map(([name, claims]) => ({ plugin: name, routes: claims.routes })),
      ...this.#held,
    ].filter((other) => other.plugin !== plugin);
    for (const route of routes) {
      if (own.some((each) => covers(each, route))) continue;
      if (this.#isOwn(route)) throw ownRoute(route);
      const other = others.find((each) => each.routes.some((theirs) => sameClaim(theirs, route)));
      if (other) throw routeTaken(route, other.plugin);
    }
  }

  /** Keeps routes for the plugin while they are being stored. Throws what `check` throws. */
  hold(plugin: string, routes: readonly PluginRoute[]): Disposable {
    this.check(plugin, routes);
    const held = { plugin, routes };
    this.#held.add(held);
    return { [Symbol.dispose]: () => void this.#held.delete(held) };
  }

  /** Claims in order of age: of two that are the same the later one loses. */
  #settle(): { held: HeldRoute[]; lost: Map<string, LostRoute[]> } {
    const held: HeldRoute[] = [];
    /** Routes by host and path: there may be thousands. */
    const at = new Map<string, HeldRoute[]>();
    const lost = new Map<string, LostRoute[]>();
    const oldestFirst = [...this.#stored].sort(([a, first], [b, second]) =>
      first.at === second.at ? (a < b ? -1 : 1) : first.at < second.at ? -1 : 1,
    );
    for (const [plugin, { routes }] of oldestFirst) {
      const gone: LostRoute[] = [];
      for (const route of routes) {
        const place = `${route.host ?? ""} ${route.path}`;
        const there = at.get(place) ?? [];
        const other = there.find((each) => sameClaim(each.route, route));
        if (this.#isOwn(route)) gone.push({ route });
        else if (other) gone.push({ route, to: other.plugin });
        else {
          const own = { plugin, route };
          held.push(own);
          at.set(place, [...there, own]);
        }
      }
      if (gone.length > 0) lost.set(plugin, gone);
    }
    return { held, lost };
  }

  #isOwn({ host, path }: PluginRoute): boolean {
    if (host !== undefined) return this.#own.names.includes(host);
    return this.#own.paths.includes(firstPart(path));
  }
}

/** Whatever the routes claim, those do. */
function coverAll(wide: readonly PluginRoute[], routes: readonly PluginRoute[]): boolean {
  return routes.every((route) => wide.some((each) => covers(each, route)));
}

/** Sentence that says who has a route that a plugin has lost. */
export function lostText(plugin: string, { route, to }: LostRoute): string {
  const whose = to === undefined ? "the host itself answers there" : `it is the plugin ${to}'s`;
  return `${plugin} has lost the route ${routeText(route)}: ${whose}. PATCH /plugins/${plugin} with other routes.`;
}

function routeTaken(route: PluginRoute, plugin: string): HotcellError {
  const subject = routeText(route);
  return new HotcellError("route-taken", `The route ${subject} is the plugin ${plugin}'s.`, {
    subject,
    remedy: `Choose another path or host, or take it from ${plugin} first: PATCH /plugins/${plugin}, or configure in code, with other routes.`,
    extra: { plugin },
  });
}

function ownRoute(route: PluginRoute): HotcellError {
  const subject = routeText(route);
  const free = "Choose another path, or a host for the route";
  const remedy =
    route.host !== undefined
      ? "Choose another host: this is a name of the API."
      : publicPaths.includes(firstPart(route.path))
        ? `${free}.`
        : `${free}; or give the API a listener of its own: HOTCELL_ADMIN or --admin.`;
  return new HotcellError("route-taken", `The host itself answers at ${subject}.`, { subject, remedy });
}
