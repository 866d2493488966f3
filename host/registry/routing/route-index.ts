/** Index of routes that hold: which plugin answers a request. Built anew when routes change; looked into for every request. */
import { type PluginRoute, takes } from "./route-setting.ts";

/** Route of a plugin, as it holds. */
export interface HeldRoute {
  readonly plugin: string;
  readonly route: PluginRoute;
}

/**
 * Answer to who takes a request. `plugin`: that one, which sees the path without the prefix. `slash`: `/shop` where there is
 * `/shop/*`, whose pages want the slash. `methods`: a route has the path, and takes these only.
 */
export type Found =
  | { readonly kind: "plugin"; readonly plugin: string; readonly prefix: string }
  | { readonly kind: "slash" }
  | { readonly kind: "methods"; readonly allow: readonly string[] };

/** Routes of one host, or of all that no route names. */
class PathIndex {
  readonly #exact = new Map<string, HeldRoute[]>();
  /** Routes for all below a path, by that path with its slash. */
  readonly #below = new Map<string, HeldRoute[]>();
  readonly plugins = new Set<string>();
  #longest = 0;

  add(held: HeldRoute): void {
    this.plugins.add(held.plugin);
    const { path, methods } = held.route;
    const wild = path.endsWith("*");
    const key = wild ? path.slice(0, -1) : path;
    const map = wild ? this.#below : this.#exact;
    const there = map.get(key) ?? [];
    // Routes for some methods are more specific than those for all.
    map.set(key, methods ? [held, ...there] : [...there, held]);
    this.#longest = Math.max(this.#longest, key.length);
  }

  find(path: string, method: string): Found | undefined {
    const passed: HeldRoute[] = [];
    for (const routes of this.#candidates(path)) {
      if (routes === "slash") return { kind: "slash" };
      const held = routes.find(({ route }) => takes(route, method));
      if (held) return found(held);
      passed.push(...routes);
    }
    const [first] = passed;
    if (first === undefined) return undefined;
    // A browser asks what a path allows before it sends what a route is for: that is the plugin's to answer.
    if (method === "OPTIONS") return found(first);
    return { kind: "methods", allow: [...new Set(passed.flatMap(({ route }) => route.methods ?? []))] };
  }

  /** Routes of the path, the most specific first. */
  *#candidates(path: string): Generator<readonly HeldRoute[] | "slash"> {
    const exact = path.length <= this.#longest ? this.#exact.get(path) : undefined;
    if (exact) yield exact;
    if (path.length < this.#longest && this.#below.has(`${path}/`)) yield "slash";
    // No longer than a route can be: a path may be, and may have a slash at every other place.
    for (
      let end = path.lastIndexOf("/", this.#longest);
      end >= 0;
      end = end === 0 ? -1 : path.lastIndexOf("/", end - 1)
    ) {
      const routes = this.#below.get(path.slice(0, end + 1));
      if (routes) yield routes;
    }
  }
}

function found({ plugin, route: { path } }: HeldRoute): Found {
  return { kind: "plugin", plugin, prefix: path.endsWith("/*") ? path.slice(0, -2) : "" };
}

/** Routes of plugins, by host name and path. */
export class RouteIndex {
  readonly #hosts = new Map<string, PathIndex>();
  readonly #anyHost: PathIndex | undefined;
  readonly #ownPaths: ReadonlySet<string>;

  /** `ownPaths`: first parts of paths that stay the host's, whatever route is around them. */
  constructor(held: readonly HeldRoute[], ownPaths: readonly string[] = []) {
    this.#ownPaths = new Set(ownPaths);
    for (const each of held) {
      const { host = "" } = each.route;
      const paths = this.#hosts.get(host) ?? new PathIndex();
      this.#hosts.set(host, paths);
      paths.add(each);
    }
    this.#anyHost = this.#hosts.get("");
    this.#hosts.delete("");
  }

  /** True where no route holds. */
  get empty(): boolean {
    return this.#hosts.size === 0 && this.#anyHost === undefined;
  }

  /** A route names the host: nothing but such routes is there. */
  names(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** All routes that name the host are one plugin's. */
  isAlone(host: string): boolean {
    return this.#hosts.get(host)?.plugins.size === 1;
  }

  /** `host`: its name, in lower case and without a port; `path`: without what may be written in two ways. */
  find(host: string, path: string, method: string): Found | undefined {
    const named = this.#hosts.get(host);
    if (named) return named.find(path, method);
    return this.#ownPaths.has(path.split("/", 2)[1] ?? "") ? undefined : this.#anyHost?.find(path, method);
  }
}
