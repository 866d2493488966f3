/** Sites of plugins: requests for one, answered by the handler of its live version. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { routePath } from "hono/route";
import { unlessLeft } from "../../engine/call-context.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Soon } from "../../platform/soon.ts";
import type { Handler, Registry } from "../../registry/api.ts";
import { clientSignal } from "../server/client-signal.ts";
import { type Gathered, GatheredRequests, type Written } from "./gathered-requests.ts";
import { type Mount, Mounts } from "./mount.ts";
import type { OriginKind } from "./origin-policy.ts";
import { answerProblem, serveNode } from "./serve-node.ts";
import { serveWeb } from "./serve-web.ts";
import type { ExchangeHandler, ServingOptions } from "./serving-options.ts";
import { baseOf, type NodeSide } from "./web-exchange.ts";

/** Place that a request was found to be for. */
export interface Site {
  readonly plugin: string;
  /** Path before what the plugin sees, without a slash at its end; empty for none. */
  readonly prefix: string;
  /** Characters of it as the client wrote it, where that is another number. */
  readonly prefixLength?: number | undefined;
  readonly origin: OriginKind;
  /** True for a path of that origin that is the plugin's too; absent: all below the prefix are. */
  readonly holds?: ((path: string) => boolean) | undefined;
  /** Name of who asks; undefined where nobody said it, and no token was needed. */
  readonly caller?: string | undefined;
  /** Fields that the host has to say with the answer. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

export interface SitesOptions extends Pick<Mount, "trustProxy" | "isOwnToken"> {
  readonly registry: Pick<Registry, "handler" | "countRefusal" | "countDroppedFields">;
  readonly heap: HeapAccount | undefined;
  readonly logFault: (error: unknown) => void;
  /** Address of the API, if everybody reaches it. */
  readonly publicUrl?: string | undefined;
}

export class PluginSites {
  readonly #options: SitesOptions;
  readonly #mounts: Mounts;
  readonly #gathered = new GatheredRequests<SiteRequest>(({ site, request, response }) =>
    this.serveNode(site, request, response),
  );
  /** The latest that was asked for. */
  #latest: Counting | undefined;

  constructor(options: SitesOptions) {
    this.#options = options;
    this.#mounts = new Mounts(options);
  }

  /** Answers over `node:http`, with all that came in this turn of the event loop. */
  serveSoon(site: Site, request: IncomingMessage, response: ServerResponse, written: Written): void {
    this.#gathered.add({ site, request, response, written });
  }

  /** Answers over `node:http`; gives the end of the plugin's side, see `serveNode`. Who may ask is known by then. */
  serveNode(site: Site, request: IncomingMessage, response: ServerResponse): Soon<void> {
    // Written out, as most are answered at once: what would be made to wait for them costs as much as a small answer.
    try {
      const found = this.#handler(site.plugin, response);
      const { live } = this.#counting(site.plugin);
      const served =
        found instanceof Promise
          ? found.then((handler) => this.#serveNode(live() ?? handler, site, request, response))
          : this.#serveNode(found, site, request, response);
      return served?.catch((error: unknown) => this.#refuse(error, site, response));
    } catch (error) {
      this.#refuse(error, site, response);
    }
  }

  #refuse(error: unknown, { fields }: Site, response: ServerResponse): void {
    const { logFault, publicUrl } = this.#options;
    if (!response.destroyed) answerProblem(response, error, { logFault, publicUrl, fields });
  }

  #serveNode(
    handler: ExchangeHandler,
    site: Site,
    request: IncomingMessage,
    response: ServerResponse,
  ): Soon<void> {
    const { logFault, publicUrl, heap } = this.#options;
    const { plugin, fields, caller, prefixLength, holds } = site;
    const { dropped, refused, live } = this.#counting(plugin);
    // Not spread: that takes several times as long.
    const options = {
      heap,
      logFault,
      publicUrl,
      fields,
      caller,
      prefixLength,
      holds,
      dropped,
      refused,
      live,
    };
    return serveNode(handler, request, response, this.#mount(site), options);
  }

  /**
   * Answers a web request for the path of a route, `/shop/*`, whose star is what the plugin sees. Rejects where there is no
   * handler.
   */
  serveRoute(
    { plugin, origin, caller }: Pick<Site, "plugin" | "origin" | "caller">,
    c: Context,
  ): Response | Promise<Response> {
    const { url } = c.req.raw;
    const path = url.slice(url.indexOf("/", url.indexOf("://") + 3));
    const prefix = prefixOf(path, routePath(c));
    const base = baseOf((c.env ?? {}) as NodeSide);
    // What is relative in its pages is relative to the slash.
    if (prefix !== "" && path[prefix.length] !== "/") {
      return c.redirect(`${base}${prefix}/${path.slice(prefix.length)}`, 308);
    }
    const site = { plugin, prefix: base + prefix, prefixLength: prefix.length, origin, caller };
    return this.#serveWeb(site, c.req.raw, c.env);
  }

  async #serveWeb(site: Site, request: Request, bindings: unknown): Promise<Response> {
    const { heap, logFault, publicUrl } = this.#options;
    const handler = await this.#handler(site.plugin, request);
    const { dropped, refused } = this.#counting(site.plugin);
    const { prefixLength, caller } = site;
    const options = { heap, logFault, publicUrl, bindings, prefixLength, caller, dropped, refused };
    return serveWeb(handler, request, this.#mount(site), options);
  }

  /** Handler of the live version, woken where it has not run since the start; not a promise where it runs. */
  #handler(plugin: string, asked: ServerResponse | Request): Handler | Promise<Handler> {
    const found = this.#options.registry.handler(plugin);
    if (!(found instanceof Promise)) return found;
    const signal = () => ("signal" in asked ? asked.signal : clientSignal(asked));
    return unlessLeft({ signal }, plugin, found);
  }

  #mount({ plugin, prefix, origin }: Site): Mount {
    return this.#mounts.get(plugin, prefix, origin);
  }

  #counting(plugin: string): Counting {
    if (this.#latest?.plugin === plugin) return this.#latest;
    const { registry } = this.#options;
    this.#latest = {
      plugin,
      dropped: (fields) => registry.countDroppedFields(plugin, fields),
      refused: (error) => registry.countRefusal(plugin, error),
      live() {
        const handler = registry.handler(plugin);
        return handler instanceof Promise ? undefined : handler;
      },
    };
    return this.#latest;
  }
}

/** Request that waits for others of its turn. */
interface SiteRequest extends Gathered {
  readonly site: Site;
  readonly request: IncomingMessage;
}

/** Things that are told of one plugin, and asked about it. */
interface Counting {
  readonly plugin: string;
  readonly dropped: (fields: number) => void;
  readonly refused: (error: unknown) => void;
  readonly live: NonNullable<ServingOptions["live"]>;
}

/** Part of a path that stands for what of a route's path is before its star; without a star there is none. */
function prefixOf(path: string, route: string): string {
  if (!route.endsWith("/*")) return "";
  const parts = route.split("/").length - 1;
  const [before = ""] = path.split(/[?#]/, 1);
  return before.split("/", parts).join("/");
}
