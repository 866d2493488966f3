/** Sites of plugins: requests for one, answered by the handler of its live version. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { routePath } from "hono/route";
import { type CallContext, unlessLeft } from "../../engine/call-context.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { after, caught, type Soon } from "../../platform/soon.ts";
import type { Handler, Registry } from "../../registry/api.ts";
import { clientSignal } from "../server/client-signal.ts";
import { type Mount, Mounts } from "./mount.ts";
import type { OriginKind } from "./origin-policy.ts";
import { answerProblem, type ExchangeHandler, serveNode } from "./serve-node.ts";
import { serveWeb } from "./serve-web.ts";
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
}

export class PluginSites {
  readonly #options: SitesOptions;
  readonly #mounts: Mounts;

  constructor(options: SitesOptions) {
    this.#options = options;
    this.#mounts = new Mounts(options);
  }

  /** Answers over `node:http`; gives the end of the plugin's side, see `serveNode`. Who may ask is known by then. */
  serveNode(site: Site, request: IncomingMessage, response: ServerResponse): Soon<void> {
    return caught(
      () =>
        after(this.#handler(site.plugin, { signal: () => clientSignal(response) }), (handler) =>
          this.#serveNode(handler, site, request, response),
        ),
      (error) => {
        const { logFault } = this.#options;
        if (!response.destroyed) answerProblem(response, error, { logFault, fields: site.fields });
      },
    );
  }

  #serveNode(handler: Handler, site: Site, request: IncomingMessage, response: ServerResponse): Soon<void> {
    const { logFault, heap } = this.#options;
    const { plugin, fields, caller, prefixLength, holds } = site;
    const { dropped, refused } = this.#counting(plugin);
    const options = { heap, logFault, fields, caller, prefixLength, holds, dropped, refused };
    return serveNode(this.#liveThen(plugin, handler), request, response, this.#mount(site), options);
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
    const { heap, logFault } = this.#options;
    const handler = await this.#handler(site.plugin, { signal: () => request.signal });
    return serveWeb(handler, request, this.#mount(site), {
      ...{ heap, logFault, bindings, prefixLength: site.prefixLength, caller: site.caller },
      ...this.#counting(site.plugin),
    });
  }

  /** Handler of the live version, woken where it has not run since the start; not a promise where it runs. */
  #handler(plugin: string, wishes: Pick<CallContext, "signal">): Handler | Promise<Handler> {
    const found = this.#options.registry.handler(plugin);
    return found instanceof Promise ? unlessLeft(wishes, plugin, found) : found;
  }

  /** Handler that is live when a request is ready for it: another version may have taken over meanwhile. */
  #liveThen(plugin: string, found: Handler): ExchangeHandler {
    return {
      limits: found.limits,
      handleSoon: (exchange, context) => {
        const live = this.#options.registry.handler(plugin);
        return (live instanceof Promise ? found : live).handleSoon(exchange, context);
      },
    };
  }

  #mount({ plugin, prefix, origin }: Site): Mount {
    return this.#mounts.get(plugin, prefix, origin);
  }

  #counting(plugin: string) {
    const { registry } = this.#options;
    return {
      dropped: (fields: number) => registry.countDroppedFields(plugin, fields),
      refused: (error: unknown) => registry.countRefusal(plugin, error),
    };
  }
}

/** Part of a path that stands for what of a route's path is before its star; without a star there is none. */
function prefixOf(path: string, route: string): string {
  if (!route.endsWith("/*")) return "";
  const parts = route.split("/").length - 1;
  const [before = ""] = path.split(/[?#]/, 1);
  return before.split("/", parts).join("/");
}
