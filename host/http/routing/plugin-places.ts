/** Places at which requests reach plugins by host and path, before the API is asked. */
import { hostName } from "../../access/origin.ts";
import { HotcellError } from "../../errors.ts";
import type { Routes } from "../../registry/api.ts";
import { beginning } from "../../text/cut.ts";
import { methodNotAllowed } from "../answer/problem.ts";
import { lengthOfParts, targetPath } from "./target-path.ts";

/** Place of a request that is for a plugin. */
export interface PluginPlace {
  readonly plugin: string;
  /** Path that the plugin does not see, without a slash at its end. */
  readonly prefix: string;
  /** Characters of `target` that say it. */
  readonly prefixLength: number;
  /** Target as it is to be read: the one that came, but for parts of dots. */
  readonly target: string;
  /** The origin is the plugin's own: the name in `Host` leads to it alone. */
  readonly own: boolean;
  /** `Host` is a name that leads to plugins only, so it need not be one of the host's own. */
  readonly named: boolean;
}

/** `/shop`, where the pages are below `/shop/`. */
export interface MissingSlash {
  readonly location: string;
  /** See `PluginPlace.named`. */
  readonly named: boolean;
}

/** `shop.localhost`, as browsers and Node resolve it by themselves: a name that leads to this machine, whoever says it. */
const ownName = /^(?!xn--)([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.localhost$/;

export class PluginPlaces {
  readonly #routes: Routes;
  readonly #loopback: boolean;
  readonly #hostNames: ReadonlySet<string>;
  /** Name in the last `Host` header: most requests have the same one. */
  #header: string | undefined;
  #name: string | undefined;
  /** Plugin whose name that is, if it is one. */
  #plugin: string | undefined;

  /**
   * `loopback`: the listener is one that this machine alone reaches. There `NAME.localhost` is the plugin's, unless it is one of
   * `hostNames`, by which the host itself is reached.
   */
  constructor(routes: Routes, loopback: boolean, hostNames: readonly string[] = []) {
    this.#routes = routes;
    this.#loopback = loopback;
    this.#hostNames = new Set(hostNames.map(hostName).filter((name) => name !== undefined));
  }

  /** Undefined for a request that is none of any plugin's by its host and path. Throws where no route of such a host takes it. */
  find(header: string | undefined, target: string, method: string): PluginPlace | MissingSlash | undefined {
    const { index } = this.#routes;
    if (index.empty && !this.#loopback) return undefined;
    if (header !== this.#header) this.#read(header);
    const [name, plugin] = [this.#name, this.#plugin];
    if (plugin !== undefined) return { plugin, prefix: "", prefixLength: 0, target, own: true, named: true };
    if (index.empty || name === undefined) return undefined;
    const named = index.names(name);
    const read = targetPath(target);
    if (read === undefined) return undefined;
    const { path } = read;
    const found = index.find(name, path, method);
    if (found === undefined) {
      if (named) throw nothingThere(name, path);
      return undefined;
    }
    if (found.kind === "methods") throw methodNotAllowed(method, path, found.allow);
    if (found.kind === "slash") return { location: withSlash(read.target), named };
    const { prefix } = found;
    const parts = prefix.split("/").length - 1;
    return {
      plugin: found.plugin,
      prefix,
      prefixLength: parts === 0 ? 0 : lengthOfParts(read.target, parts),
      target: read.target,
      own: named && index.isAlone(name),
      named,
    };
  }

  /**
   * True where a redirect to that target, at the same host, leads to the plugin: by GET, and by the method of the request, which some
   * redirects keep.
   */
  leadsTo(plugin: string, header: string | undefined, target: string, method: string): boolean {
    if (header !== this.#header) this.#read(header);
    const name = this.#name;
    const path = targetPath(target)?.path;
    if (name === undefined || path === undefined) return false;
    const find = (by: string) => {
      const found = this.#routes.index.find(name, path, by);
      return found?.kind === "slash" ? this.#routes.index.find(name, `${path}/`, by) : found;
    };
    const takers = ["GET", method].flatMap((by) => {
      const found = find(by);
      // A path for other methods only: whose those are.
      const taker = found?.kind === "methods" ? find(found.allow[0]!) : found;
      return taker?.kind === "plugin" ? [taker.plugin] : [];
    });
    return takers.length > 0 && takers.every((taker) => taker === plugin);
  }

  #read(header: string | undefined): void {
    this.#header = header;
    this.#name = header === undefined ? undefined : hostName(header);
    const own = this.#loopback && this.#name !== undefined && !this.#hostNames.has(this.#name);
    this.#plugin = own ? ownName.exec(this.#name!)?.[1] : undefined;
  }
}

function withSlash(target: string): string {
  const end = target.indexOf("?");
  return end < 0 ? `${target}/` : `${target.slice(0, end)}/${target.slice(end)}`;
}

function nothingThere(host: string, path: string): HotcellError {
  const shown = beginning(path, 255);
  return new HotcellError("route-not-found", `Nothing is at ${shown} of ${host}.`, {
    subject: shown,
    remedy: "The plugins there have other paths: their setting routes says which.",
  });
}
