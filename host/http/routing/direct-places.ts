/** Requests that are for a plugin by their host and path, in a server of our own: they come before all of the API. */
import { admit } from "../serve/admit.ts";
import type { Site } from "../serve/plugin-sites.ts";
import { answerProblem, answerRedirect } from "../serve/serve-node.ts";
import type { DirectHandler } from "../server/direct-handler.ts";
import { IncomingHeaders } from "../server/incoming-headers.ts";
import type { Services } from "../services.ts";
import type { PluginPlaces } from "./plugin-places.ts";

export function directPlaces(
  services: Pick<Services, "access" | "registry" | "sites" | "logFault" | "publicUrl">,
  places: PluginPlaces,
): DirectHandler {
  const { access, sites } = services;
  return (request, response, written) => {
    const { host } = request.headers;
    try {
      const place = places.find(host, request.url ?? "", request.method ?? "");
      if (place === undefined) return false;
      if ("location" in place) {
        const connection = { incoming: request };
        access.check("health", new IncomingHeaders(request), undefined, connection, place.named);
        answerRedirect(response, place.location, undefined);
        written(response);
        return true;
      }
      const { plugin, prefix, prefixLength, target, own, named } = place;
      const { fields, caller } = admit(services, request, plugin, `${prefix}/*`, named);
      // Without parts of dots, so that the plugin is asked for what the route was found by.
      request.url = target;
      const { method = "GET" } = request;
      const holds = (path: string) => places.leadsTo(plugin, host, path, method);
      const origin = own ? "own" : "shared";
      const site: Site = { plugin, prefix, prefixLength, origin, fields, caller, holds };
      sites.serveSoon(site, request, response, written);
    } catch (error) {
      answerProblem(response, error, services);
      written(response);
    }
    return true;
  };
}
